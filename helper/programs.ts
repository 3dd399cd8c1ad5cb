// The programs that run in domains: each with its client's own socket, over which its start and end are told and
// signals come in. When the client is gone, so soon is its program, unless the client let it go on alone.

import { EPOLLIN, SIGKILL, SIGSTOP, SIGTERM, SIGTSTP } from "../lib/linux/abi.ts";
import { close, closeAll } from "../lib/linux/fd.ts";
import type { Home } from "../lib/linux/namespace.ts";
import { kill, reap } from "../lib/linux/process.ts";
import type { Reactor } from "../lib/linux/reactor.ts";
import { hasHungUp, receiveMessage, sendMessage } from "../lib/linux/socket.ts";
import { MAX_PROGRAMS_PER_UID, type ProgramEvent } from "../lib/protocol.ts";
import { type Inherited, inheritedOf } from "./caller.ts";
import { unifiedMountPoint } from "./cgroup.ts";
import { startProgram } from "./child.ts";
import type { Domain } from "./domains.ts";
import { explain, Failure } from "./failure.ts";
import { checkLaunch, type Launch, type LaunchDescriptors, launchDescriptors } from "./launch.ts";
import { log } from "./log.ts";
import type { OwnView } from "./own_view.ts";
import { checkedOrder } from "./program_signal.ts";
import { endUnwatched, sessionHasOthers, signalSession, watched } from "./session.ts";

/** Between asking a program to end, because its client is gone, and making it end. */
const GRACE_MS = 5_000;

interface Program {
  readonly pid: number;
  readonly pidfd: number;
  readonly uid: number;
  readonly handle: string;
  /** -1 once the client is gone. */
  client: number;
  /** Set when its client is gone and it is to end. */
  deadline: ReturnType<typeof setTimeout> | null;
}

export class Programs {
  readonly #home: Home;
  readonly #view: OwnView;
  readonly #reactor: Reactor;
  readonly #onIdle: (handle: string) => void;
  readonly #programs = new Set<Program>();
  readonly #buffer = new Uint8Array(256);
  readonly #cgroups = unifiedMountPoint();
  /** What a program would inherit from here. */
  readonly #own: Inherited;

  /** `onIdle` is told when the last program of a domain has ended. */
  constructor(home: Home, view: OwnView, reactor: Reactor, onIdle: (handle: string) => void) {
    this.#home = home;
    this.#view = view;
    this.#reactor = reactor;
    this.#onIdle = onIdle;
    const own = inheritedOf(Deno.pid);
    if (own === null) throw new Failure("failed", "/proc does not show the helper itself; is it mounted?");
    this.#own = own;
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
      const program = this.#start(domain, launch, descriptors);
      keep = descriptors.client;
      this.#tell(program, { type: "started", pid: program.pid });
      log("info", `${domain.record.id}: uid ${launch.uid} runs pid ${program.pid} in ${domain.handle}`);
    } finally {
      closeAll(fds.filter((fd) => fd !== keep));
    }
  }

  /** A program that is watched over, or none. */
  #start(domain: Domain, launch: Launch, descriptors: LaunchDescriptors): Program {
    const { id } = domain.record;
    const pid = startProgram(this.#home, this.#view, domain, launch, this.#own, this.#cgroups, descriptors);
    const pidfd = watched(pid, id);
    const { client } = descriptors;
    const program: Program = { pid, pidfd, uid: launch.uid, handle: domain.handle, client, deadline: null };
    try {
      this.#reactor.add(pidfd, EPOLLIN, () => this.#ended(program));
      this.#reactor.add(client, EPOLLIN, () => this.#heard(program));
    } catch (error) {
      this.#reactor.remove(pidfd);
      close(pidfd);
      endUnwatched(pid);
      const why = explain(error).message;
      throw new Failure("failed", `${id}: the program cannot be watched over, and was ended again: ${why}`);
    }
    this.#programs.add(program);
    return program;
  }

  #ended(program: Program): void {
    // Both may have gone at once: a client that was killed takes the terminal along, and with it the session's leader.
    if (program.client >= 0 && hasHungUp(program.client)) this.#clientGone(program);
    if (program.deadline !== null && sessionHasOthers(program.pid)) {
      // Not waited for yet, so that its session stays its own, and nobody else's, until the deadline.
      this.#reactor.remove(program.pidfd);
      return;
    }
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
      closeAll(message.fds);
      const order = message.truncated ? null : checkedOrder(this.#buffer.subarray(0, message.length));
      if (order?.type === "signal") return deliver(program.pid, order.signal);
      // That the socket closes is the answer.
      if (order?.type === "detach") return this.#dropClient(program);
    } catch (error) {
      log("info", `client of pid ${program.pid}: ${explain(error).message}`);
    }
    this.#clientGone(program);
  }

  #clientGone(program: Program): void {
    this.#dropClient(program);
    signalSession(program.pid, SIGTERM);
    program.deadline = setTimeout(() => this.#endSession(program), GRACE_MS);
  }

  #endSession(program: Program): void {
    signalSession(program.pid, SIGKILL);
    program.deadline = null;
    // It may have ended before the rest of its session, and then nothing else tells of it.
    this.#ended(program);
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
