// One link's router socket: asked of the helper until it is there, read when something waits on it, asked for anew when
// it fails. Touches that socket and a timer; what is read goes to whoever reads.

import { EPOLLIN } from "../lib/linux/abi.ts";
import { close } from "../lib/linux/fd.ts";
import type { Reactor } from "../lib/linux/reactor.ts";
import { escapeText } from "../lib/escape.ts";
import type { Helper } from "./helper_client.ts";
import { describeError, type Log } from "./log.ts";
import { type After, backOffMs, type Cancel } from "./timers.ts";

/** Packets of one link handled before others get their turn: in a flood a client waits for so many, each some 10 µs. */
const PACKETS_PER_TURN = 16;
const FIRST_RETRY_MS = 500;
const MOST_RETRY_MS = 30_000;

export interface RouterSocketOptions {
  readonly reactor: Pick<Reactor, "add" | "remove">;
  readonly helper: Helper;
  readonly after: After;
  readonly log: Log;
  /** False: there is nothing to be heard, and the kernel might refuse the socket. */
  readonly isUseful: () => boolean;
  /** Reads one packet; false: none waits. Throws LinuxError. */
  readonly receive: (fd: number) => boolean;
  /** It is there (again). */
  readonly onOpen: () => void;
}

export class RouterSocket {
  readonly #link: { readonly name: string; readonly index: number };
  readonly #options: RouterSocketOptions;
  #fd: number | null = null;
  #problem: string | null = "waiting for the helper";
  #opening = false;
  #closed = false;
  #failures = 0;
  #cancelRetry: Cancel = () => {};

  constructor(link: { readonly name: string; readonly index: number }, options: RouterSocketOptions) {
    this.#link = { name: link.name, index: link.index };
    this.#options = options;
  }

  /** Null where it is not there. */
  get fd(): number | null {
    return this.#fd;
  }

  /** Why it is not. */
  get problem(): string | null {
    return this.#problem;
  }

  /** Asks the helper, where it is to be had and not there. */
  open(): void {
    const { helper, isUseful } = this.#options;
    if (this.#fd !== null || this.#opening || this.#closed || helper.problem !== null || !isUseful()) return;
    this.#opening = true;
    this.#cancelRetry();
    const { name, index } = this.#link;
    void helper.request({ type: "openRouterSocket", link: name, linkIndex: index }).then((answer) => {
      this.#opening = false;
      if (!answer.ok) return this.#failed(answer.message);
      const [fd] = answer.fds;
      if (fd === undefined) return;
      if (this.#closed) return close(fd);
      this.#listen(fd);
    });
  }

  /** The same, without waiting for the back-off. */
  openAtOnce(): void {
    this.#failures = 0;
    this.open();
  }

  /** For ever: the link is gone, or the broker stops. */
  close(): void {
    this.#closed = true;
    this.#cancelRetry();
    this.#drop();
  }

  #listen(fd: number): void {
    try {
      this.#options.reactor.add(fd, EPOLLIN, () => this.#readable(fd));
    } catch (error) {
      close(fd);
      return this.#failed(describeError(error));
    }
    this.#fd = fd;
    this.#problem = null;
    this.#failures = 0;
    this.#options.onOpen();
  }

  #readable(fd: number): void {
    try {
      for (let count = 0; count < PACKETS_PER_TURN && this.#fd === fd; count++) {
        if (!this.#options.receive(fd)) return;
      }
    } catch (error) {
      // The link went down or away: its event says so too. Until then, not in a busy loop.
      this.#drop();
      this.#failed(describeError(error));
    }
  }

  #drop(): void {
    if (this.#fd === null) return;
    this.#options.reactor.remove(this.#fd);
    close(this.#fd);
    this.#fd = null;
  }

  #failed(problem: string): void {
    if (this.#closed) return;
    if (this.#problem !== problem) {
      const name = escapeText(this.#link.name);
      this.#options.log("warning", `cannot listen on ${name}: ${escapeText(problem)}`);
    }
    this.#problem = problem;
    const delay = backOffMs(this.#failures++, FIRST_RETRY_MS, MOST_RETRY_MS);
    this.#cancelRetry();
    this.#cancelRetry = this.#options.after(delay, () => this.open());
  }
}
