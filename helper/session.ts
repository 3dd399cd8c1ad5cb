// The session of a program that the helper started: its leader is the helper's own child, and whatever the program
// started in it ends with it when nobody is there any more for whom it runs (credentials(7), setsid(2)).

import { SIGCONT, SIGKILL } from "../lib/linux/abi.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { allProcesses, kill, pidfdOpen, reapPid } from "../lib/linux/process.ts";
import { Failure } from "./failure.ts";

/** Looking whether a process that was killed has ended. */
const LOOK_MS = 50;
/** A process that starts others while it is killed is met again, so often. */
const MOST_ROUNDS = 10;

/** A signal to all of the session of `leader`, who was not waited for yet: its number is nobody else's. Stopped ones
 * go on, to take it. */
export function signalSession(leader: number, signal: number): void {
  const signalled = new Set<number>();
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const others = livingIn(leader).filter((pid) => !signalled.has(pid));
    if (others.length === 0) return;
    for (const pid of others) {
      kill(pid, signal);
      if (signal !== SIGKILL) kill(pid, SIGCONT);
      signalled.add(pid);
    }
  }
}

/** Whether anything but the leader lives in its session. */
export function sessionHasOthers(leader: number): boolean {
  return livingIn(leader).some((pid) => pid !== leader);
}

function livingIn(leader: number): number[] {
  return allProcesses().filter(({ session, state }) => session === leader && state !== "Z").map(({ pid }) =>
    pid
  );
}

/** A pidfd for a child that has just been started. Where there can be none it would run unwatched, for ever if need
 * be: it is ended instead. Throws Failure. */
export function watched(pid: number, what: string, open = pidfdOpen): number {
  try {
    return open(pid);
  } catch (error) {
    endUnwatched(pid);
    const why = error instanceof LinuxError ? error.message : "failed";
    throw new Failure("failed", `${what}: the program cannot be watched over, and was ended again: ${why}`);
  }
}

/** Kills a child and waits for it, without a descriptor. */
export function endUnwatched(pid: number): void {
  // Where no descriptor is left, nobody is found in /proc; it is not waited for yet, so the number is its own.
  kill(pid, SIGKILL);
  signalSession(pid, SIGKILL);
  if (reapPid(pid)) return;
  const timer = setInterval(() => {
    if (reapPid(pid)) clearInterval(timer);
  }, LOOK_MS);
}
