// The fetches that are under way: each is watched over until it has ended and was waited for, and none lasts longer
// than it may. One that cannot be watched over is ended at once.

import { EPOLLIN, SIGKILL } from "../lib/linux/abi.ts";
import { close } from "../lib/linux/fd.ts";
import { kill, pidfdOpen, reap } from "../lib/linux/process.ts";
import type { Reactor } from "../lib/linux/reactor.ts";
import { FETCH_KILL_MS } from "../lib/protocol.ts";
import { explain, Failure } from "./failure.ts";
import { log } from "./log.ts";
import { endUnwatched, watched } from "./session.ts";

interface Fetch {
  readonly pid: number;
  readonly pidfd: number;
  readonly handle: string;
  readonly deadline: ReturnType<typeof setTimeout>;
}

export class RunningFetches {
  readonly #reactor: Reactor;
  readonly #onEnd: (handle: string) => void;
  readonly #fetches = new Set<Fetch>();
  /** Those that cannot be watched over, until nothing is left of them. */
  #unwatched = 0;

  /** `onEnd` is told that the domain has one process less. */
  constructor(reactor: Reactor, onEnd: (handle: string) => void) {
    this.#reactor = reactor;
    this.#onEnd = onEnd;
  }

  /** Also those that are being ended: each has its place until it was waited for. */
  get count(): number {
    return this.#fetches.size + this.#unwatched;
  }

  /** Watches over a child of ours that leads a session of its own, in the domain `handle`, which people call `id`. Throws
   * Failure: then the child is ended, and `onEnd` told when it is gone. */
  add(pid: number, handle: string, id: string): void {
    const pidfd = this.#watched(pid, handle, id);
    const deadline = setTimeout(() => kill(-pid, SIGKILL), FETCH_KILL_MS);
    const fetch: Fetch = { pid, pidfd, handle, deadline };
    try {
      this.#reactor.add(pidfd, EPOLLIN, () => this.#ended(fetch));
    } catch (error) {
      clearTimeout(deadline);
      close(pidfd);
      this.#unwatched++;
      endUnwatched(pid, () => this.#unwatchedEnded(handle));
      const why = explain(error).message;
      throw new Failure("failed", `${id}: the fetch cannot be watched over, and was ended again: ${why}`);
    }
    this.#fetches.add(fetch);
  }

  /** The domain is to go: no fetch keeps it. */
  endIn(handle: string): void {
    for (const fetch of this.#fetches) if (fetch.handle === handle) kill(-fetch.pid, SIGKILL);
  }

  /** Counted before it is known whether it can be watched: what cannot be is still counted when this throws. */
  #watched(pid: number, handle: string, id: string): number {
    this.#unwatched++;
    const pidfd = watched(pid, id, pidfdOpen, () => this.#unwatchedEnded(handle));
    this.#unwatched--;
    return pidfd;
  }

  #unwatchedEnded(handle: string): void {
    this.#unwatched--;
    this.#onEnd(handle);
  }

  #ended(fetch: Fetch): void {
    const ending = reap(fetch.pidfd);
    if (ending === null) return;
    clearTimeout(fetch.deadline);
    this.#fetches.delete(fetch);
    this.#reactor.remove(fetch.pidfd);
    close(fetch.pidfd);
    if (ending.how === "signaled" || ending.value !== 0) {
      log("warning", `a fetch in ${fetch.handle} ${ending.how} with ${ending.value}`);
    }
    this.#onEnd(fetch.handle);
  }
}
