// The programs that run in domains: each with its client's own socket, over which its start and end are told and
// signals come in. When the client is gone, so soon is its program, unless the client let it go on alone.

import { EPOLLIN, SIGHUP, SIGKILL, SIGSTOP, SIGTERM, SIGTSTP } from "../lib/linux/abi.ts";
import { close } from "../lib/linux/fd.ts";
import { closeMessageSocket, foreign, NOT_TOLD_APART } from "../lib/linux/foreign.ts";
import type { Home } from "../lib/linux/namespace.ts";
import { startTimeOfPeer } from "../lib/linux/peer.ts";
import { kill, lookAtEnd, pidfdOpen, reap } from "../lib/linux/process.ts";
import type { Reactor } from "../lib/linux/reactor.ts";
import { hasHungUp, receiveMessage, sendMessage } from "../lib/linux/socket.ts";
import type { ProgramEvent } from "../lib/protocol.ts";
import { type Inherited, inheritedOf } from "./caller.ts";
import { unifiedMountPoint } from "./cgroup.ts";
import { startProgram } from "./child.ts";
import type { Domain } from "./domains.ts";
import { explain, Failure } from "./failure.ts";
import { callerOf, checkLaunch, launchDescriptors } from "./launch.ts";
import { log } from "./log.ts";
import type { OwnView } from "./own_view.ts";
import { checkedOrder } from "./program_signal.ts";
import { type Place, Places } from "./places.ts";
import { endUnwatched, sessions, watched } from "./session.ts";

/** Between asking a program to end, because its client is gone, and making it end. */
const GRACE_MS = 5_000;
/** A process that is executing a program keeps its start time to itself until it is done. The broker has waited for that
 * before; while it is waited for, the descriptors of the launch are in every child's way. */
const START_TIME_MS = 1_000;

interface Program {
  readonly pid: number;
  readonly pidfd: number;
  readonly place: Place;
  readonly handle: string;
  /** -1 once the client is gone. */
  client: number;
  /** Set when its client is gone and it is to end. */
  deadline: ReturnType<typeof setTimeout> | null;
  /** Its end was told before it was waited for. */
  isTold: boolean;
}

/** Whether a child was ended by SIGHUP. */
function hungUp(pidfd: number): boolean {
  const ending = lookAtEnd(pidfd);
  return ending?.how === "signaled" && ending.value === SIGHUP;
}

export class Programs {
  readonly #home: Home;
  readonly #view: OwnView;
  readonly #reactor: Reactor;
  readonly #services: readonly number[];
  readonly #onIdle: (handle: string) => void;
  readonly #programs = new Set<Program>();
  readonly #places = new Places();
  readonly #buffer = new Uint8Array(256);
  readonly #cgroups = unifiedMountPoint();
  /** What a program would inherit from here. */
  readonly #own: Inherited;

  /** `services`: uids that have no programs started. `onIdle` is told when the last program of a domain has ended. */
  constructor(
    home: Home,
    view: OwnView,
    reactor: Reactor,
    services: readonly number[],
    onIdle: (handle: string) => void,
  ) {
    this.#home = home;
    this.#view = view;
    this.#reactor = reactor;
    this.#services = services;
    this.#onIdle = onIdle;
    const own = inheritedOf(Deno.pid);
    if (own === null) throw new Failure("failed", "/proc does not show the helper itself; is it mounted?");
    this.#own = own;
  }

  /** Starts what the client asks for in the domain that `find` finds; takes over all of `fds`, whatever happens. Throws
   * what these throw. */
  async launch(find: () => Domain, fds: readonly number[]): Promise<void> {
    let keep = -1;
    let owner = NOT_TOLD_APART;
    try {
      const descriptors = launchDescriptors(fds);
      if (descriptors === null) throw new Failure("invalidArgument", "a launch comes with six descriptors");
      const caller = callerOf(descriptors.client, this.#services);
      owner = caller.uid;
      const { id } = find().record;
      // A child has all descriptors of the helper until it executes, and waits for those that do not close.
      if (foreign.isFull(owner) || foreign.isStuck(owner)) {
        const what = `files that uid ${owner} has passed cannot be closed`;
        throw new Failure("limitExceeded", `${what}: end the file system that does not answer`);
      }
      // Before the record is read, which may be long.
      const place = this.#places.take(caller.uid);
      let domain: Domain, pid: number;
      try {
        const givenUp = AbortSignal.timeout(START_TIME_MS);
        const startTime = await startTimeOfPeer(descriptors.client, caller, givenUp);
        if (startTime === null) {
          throw new Failure("failed", `${id}: the client has ended, or executes another program meanwhile`);
        }
        domain = find();
        const launch = checkLaunch(domain, descriptors, caller, startTime);
        pid = startProgram(this.#home, this.#view, domain, launch, this.#own, this.#cgroups, descriptors);
      } catch (error) {
        this.#places.leave(place);
        throw error;
      }
      const program = this.#watch(pid, domain, descriptors.client, place);
      keep = descriptors.client;
      this.#tell(program, { type: "started", pid });
      log("info", `${domain.record.id}: uid ${caller.uid} runs pid ${pid} in ${domain.handle}`);
    } finally {
      foreign.close(fds.filter((fd) => fd !== keep), owner);
    }
  }

  /** A program that is watched over; or it is ended, and has its place until then. Throws Failure. */
  #watch(pid: number, domain: Domain, client: number, place: Place): Program {
    const { id } = domain.record;
    const leave = () => this.#places.leave(place);
    const pidfd = watched(pid, id, pidfdOpen, leave);
    const program: Program = {
      pid,
      pidfd,
      place,
      handle: domain.handle,
      client,
      deadline: null,
      isTold: false,
    };
    try {
      this.#reactor.add(pidfd, EPOLLIN, () => this.#ended(program));
      this.#reactor.add(client, EPOLLIN, () => this.#heard(program));
    } catch (error) {
      this.#reactor.remove(pidfd);
      close(pidfd);
      endUnwatched(pid, leave);
      const why = explain(error).message;
      throw new Failure("failed", `${id}: the program cannot be watched over, and was ended again: ${why}`);
    }
    this.#programs.add(program);
    return program;
  }

  #ended(program: Program): void {
    // Both may have gone at once: a client that was killed takes the terminal along, and with it the session's leader.
    if (program.client >= 0 && hasHungUp(program.client)) this.#clientGone(program);
    if (program.deadline === null) {
      if (program.client >= 0 && hungUp(program.pidfd)) return this.#askClient(program);
      return this.#waitFor(program);
    }
    // Not waited for while others are in its session, so that this stays its own until the deadline.
    this.#reactor.remove(program.pidfd);
    sessions.look(program.pid, (hasOthers) => {
      if (!hasOthers) this.#waitFor(program);
    });
  }

  /** A client that is being killed may have closed the terminal, whose hang-up ended the program, and not this socket yet.
   * It is told, and what comes back says whether it lived to read it. Until then the rest of the session can be found. */
  #askClient(program: Program): void {
    this.#reactor.remove(program.pidfd);
    program.isTold = true;
    if (!this.#tell(program, { type: "signaled", signal: SIGHUP })) return this.#clientGone(program);
    // One that is stopped reads nothing, and is not gone.
    setTimeout(() => {
      if (program.deadline === null) this.#waitFor(program);
    }, GRACE_MS);
  }

  /** Also of one that was waited for before. */
  #waitFor(program: Program): void {
    if (!this.#programs.has(program)) return;
    const ending = reap(program.pidfd);
    if (ending === null) return;
    if (program.deadline !== null) clearTimeout(program.deadline);
    this.#programs.delete(program);
    this.#places.leave(program.place);
    this.#reactor.remove(program.pidfd);
    close(program.pidfd);
    const event: ProgramEvent = ending.how === "exited"
      ? { type: "exited", status: ending.value }
      : { type: "signaled", signal: ending.value };
    if (!program.isTold) this.#tell(program, event);
    this.#dropClient(program);
    if (![...this.#programs].some((each) => each.handle === program.handle)) this.#onIdle(program.handle);
  }

  #heard(program: Program): void {
    try {
      const message = receiveMessage(program.client, this.#buffer, 0);
      if (message === null) return;
      foreign.close(message.fds, program.place.uid);
      if (program.isTold && message.length === 0) return this.#waitFor(program);
      const order = message.truncated ? null : checkedOrder(this.#buffer.subarray(0, message.length));
      if (order?.type === "signal") return deliver(program.pid, order.signal);
      // That the socket closes is the answer.
      if (order?.type === "detach") {
        this.#dropClient(program);
        return program.isTold ? this.#waitFor(program) : undefined;
      }
    } catch (error) {
      log("info", `client of pid ${program.pid}: ${explain(error).message}`);
    }
    this.#clientGone(program);
  }

  #clientGone(program: Program): void {
    this.#dropClient(program);
    sessions.signal(program.pid, SIGTERM);
    program.deadline = setTimeout(() => this.#endSession(program), GRACE_MS);
  }

  #endSession(program: Program): void {
    sessions.signal(program.pid, SIGKILL, () => {
      program.deadline = null;
      // It may have ended before the rest of its session, and then nothing else tells of it.
      this.#waitFor(program);
    });
  }

  #dropClient(program: Program): void {
    if (program.client < 0) return;
    this.#reactor.remove(program.client);
    closeMessageSocket(program.client, program.place.uid);
    program.client = -1;
  }

  /** False: the client has gone, or takes nothing; its end of the socket tells so as well. */
  #tell(program: Program, event: ProgramEvent): boolean {
    if (program.client < 0) return false;
    try {
      return sendMessage(program.client, new TextEncoder().encode(JSON.stringify(event)));
    } catch {
      return false;
    }
  }
}

/** To the program and all of its process group. The group is an orphaned one (its parent is in another session), where
 * the kernel discards SIGTSTP; the person who pressed Ctrl-Z still wants it to stop (setpgid(2)). */
function deliver(pid: number, signal: number): void {
  kill(-pid, signal);
  if (signal === SIGTSTP) kill(-pid, SIGSTOP);
}
