// The programs that run in domains: each with its client's own socket, over which its start and end are told and
// signals come in. When the client is gone, so soon is its program.

import { checkedSignal } from "./program_signal.ts";
import { EPOLLIN, SIGKILL, SIGSTOP, SIGTERM, SIGTSTP } from "../lib/linux/abi.ts";
import { close, closeAll } from "../lib/linux/fd.ts";
import type { Home } from "../lib/linux/namespace.ts";
import { kill, pidfdOpen, reap } from "../lib/linux/process.ts";
import type { Reactor } from "../lib/linux/reactor.ts";
import { receiveMessage, sendMessage } from "../lib/linux/socket.ts";
import { MAX_PROGRAMS_PER_UID, type ProgramEvent } from "../lib/protocol.ts";
import { startProgram } from "./child.ts";
import type { Domain } from "./domains.ts";
import { explain, Failure } from "./failure.ts";
import { checkLaunch, launchDescriptors } from "./launch.ts";
import { log } from "./log.ts";

/** Between asking a program to end, because its client is gone, and making it end. */
const GRACE_MS = 5_000;

interface Program {
  readonly pid: number;
  readonly pidfd: number;
  readonly uid: number;
  readonly handle: string;
  /** -1 once the client is gone. */
  client: number;
  deadline: ReturnType<typeof setTimeout> | null;
}

export class Programs {
  readonly #home: Home;
  readonly #reactor: Reactor;
  readonly #onIdle: (handle: string) => void;
  readonly #programs = new Set<Program>();
  readonly #buffer = new Uint8Array(256);

  /** `onIdle` is told when the last program of a domain has ended. */
  constructor(home: Home, reactor: Reactor, onIdle: (handle: string) => void) {
    this.#home = home;
    this.#reactor = reactor;
    this.#onIdle = onIdle;
  }

  /** Starts what the client asks for in the domain that `find` finds; takes over all of `fds`, whatever happens. Throws
   * what these throw. */
  launch(find: () => Domain, fds: readonly number[]): void {
    let keep = -1;
    try {
      const domain = find();
      const descriptors = launchDescriptors(fds);
      if (descriptors === null) throw new Failure("invalidArgument", "a launch comes with six descriptors");
      const launch = checkLaunch(domain, descriptors);
      const running = [...this.#programs].filter((each) => each.uid === launch.uid).length;
      if (running >= MAX_PROGRAMS_PER_UID) {
        throw new Failure("limitExceeded", `${running} programs run already; end one first`);
      }
      const pid = startProgram(this.#home, domain, launch, descriptors);
      const program: Program = {
        pid,
        pidfd: pidfdOpen(pid),
        uid: launch.uid,
        handle: domain.handle,
        client: descriptors.client,
        deadline: null,
      };
      keep = descriptors.client;
      this.#programs.add(program);
      this.#reactor.add(program.pidfd, EPOLLIN, () => this.#ended(program));
      this.#reactor.add(program.client, EPOLLIN, () => this.#heard(program));
      this.#tell(program, { type: "started", pid });
      log("info", `${domain.record.id}: uid ${launch.uid} runs pid ${pid} in ${domain.handle}`);
    } finally {
      closeAll(fds.filter((fd) => fd !== keep));
    }
  }

  #ended(program: Program): void {
    const ending = reap(program.pidfd);
    if (ending === null) return;
    if (program.deadline !== null) clearTimeout(program.deadline);
    this.#programs.delete(program);
    this.#reactor.remove(program.pidfd);
    close(program.pidfd);
    const event: ProgramEvent = ending.how === "exited"
      ? { type: "exited", status: ending.value }
      : { type: "signaled", signal: ending.value };
    this.#tell(program, event);
    this.#dropClient(program);
    if (![...this.#programs].some((each) => each.handle === program.handle)) this.#onIdle(program.handle);
  }

  #heard(program: Program): void {
    try {
      const message = receiveMessage(program.client, this.#buffer, 0);
      if (message === null) return;
      const signal = message.truncated ? null : checkedSignal(this.#buffer.subarray(0, message.length));
      if (signal !== null) return deliver(program.pid, signal);
    } catch (error) {
      log("info", `client of pid ${program.pid}: ${explain(error).message}`);
    }
    this.#clientGone(program);
  }

  #clientGone(program: Program): void {
    this.#dropClient(program);
    kill(-program.pid, SIGTERM);
    program.deadline = setTimeout(() => kill(-program.pid, SIGKILL), GRACE_MS);
  }

  #dropClient(program: Program): void {
    if (program.client < 0) return;
    this.#reactor.remove(program.client);
    close(program.client);
    program.client = -1;
  }

  #tell(program: Program, event: ProgramEvent): void {
    if (program.client < 0) return;
    try {
      sendMessage(program.client, new TextEncoder().encode(JSON.stringify(event)));
    } catch {
      // The client has just gone; its end of the socket tells so as well.
    }
  }
}

/** To the program and all of its process group. The group is an orphaned one (its parent is in another session), where
 * the kernel discards SIGTSTP; the person who pressed Ctrl-Z still wants it to stop (setpgid(2)). */
function deliver(pid: number, signal: number): void {
  kill(-pid, signal);
  if (signal === SIGTSTP) kill(-pid, SIGSTOP);
}
