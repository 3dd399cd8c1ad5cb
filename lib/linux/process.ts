// Processes by pid and pidfd (pidfd_open(2), waitid(2), getsid(2)).

import * as abi from "./abi.ts";
import { LinuxError, must } from "./error.ts";
import { close, open } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, cString, view } from "./memory.ts";
import { allPids } from "./process_status.ts";

/** A folder by path, for fchdir(2) later; the right to enter it is checked now, as this process. Throws LinuxError. */
export function openFolder(path: string): number {
  return open(path, abi.O_PATH | abi.O_DIRECTORY);
}

/** A descriptor that becomes readable when the process ends. Throws LinuxError (ESRCH). */
export function pidfdOpen(pid: number): number {
  return must("pidfd_open", libc.syscall(BigInt(abi.SYS_pidfd_open), BigInt(pid), 0n, 0n, 0n));
}

export interface Ending {
  readonly how: "exited" | "signaled";
  /** Exit status, or signal number. */
  readonly value: number;
}

/** How our child behind a pidfd ended, and reaps it; null while it lives. Throws LinuxError. */
export function reap(pidfd: number): Ending | null {
  return endingOf(pidfd, 0);
}

/** How a child has ended, who stays to be waited for; null while it lives. Throws LinuxError. */
export function lookAtEnd(pidfd: number): Ending | null {
  return endingOf(pidfd, abi.WNOWAIT);
}

function endingOf(pidfd: number, more: number): Ending | null {
  const info = allocate(128);
  must("waitid", libc.waitid(abi.P_PIDFD, pidfd, info, abi.WEXITED | abi.WNOHANG | more));
  const v = view(info);
  if (v.getInt32(16, true) === 0) return null;
  return { how: v.getInt32(8, true) === abi.CLD_EXITED ? "exited" : "signaled", value: v.getInt32(24, true) };
}

/** Reaps a child that has ended; false while it lives, true also where there is no such child. */
export function reapPid(pid: number): boolean {
  const info = allocate(128);
  if (libc.waitid(abi.P_PID, pid, info, abi.WEXITED | abi.WNOHANG) !== 0) return true;
  return view(info).getInt32(16, true) !== 0;
}

/** kill(2) of a process (or, negative, a group); false where it could not be. */
export function kill(pid: number, signal: number): boolean {
  return libc.kill(pid, signal) === 0;
}

/** pidfd_send_signal(2); the same number on every architecture. */
const SYS_pidfd_send_signal = 424n;

/** Signals, in this order, to a process if it is in the session still; false where it is not, has ended, or could not be
 * signalled. The leader of the session must not have been waited for. */
export function signalMember({ pid, session }: SessionMember, signals: readonly number[]): boolean {
  const isStill = () => libc.getsid(pid) === session;
  let pidfd: number;
  try {
    pidfd = pidfdOpen(pid);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    // It has ended; or there is no descriptor left, and then the second look is the best there is.
    return isStill() && signals.map((signal) => kill(pid, signal)).every((done) => done);
  }
  try {
    // The descriptor is the process that has the pid by now, so it is looked at again.
    return isStill() && signals.map((signal) => sendTo(pidfd, signal)).every((done) => done);
  } finally {
    close(pidfd);
  }
}

function sendTo(pidfd: number, signal: number): boolean {
  return libc.syscall(SYS_pidfd_send_signal, BigInt(pidfd), BigInt(signal), 0n, 0n) === 0n;
}

export interface SessionMember {
  readonly pid: number;
  readonly session: number;
}

/** All processes that /proc names, with their sessions, at about this moment; also those that have ended and were not
 * waited for. The kernel's own are in none (0). Reads nothing of any of them. */
export function allSessions(): SessionMember[] {
  return allPids()
    .map((pid) => ({ pid, session: libc.getsid(pid) })).filter(({ session }) => session >= 0);
}

/** Whether any thread of it lives. */
export function isLiving(pid: number): boolean {
  let pidfd: number;
  try {
    pidfd = pidfdOpen(pid);
  } catch (error) {
    // With no descriptor left nothing is known of it.
    if (error instanceof LinuxError) return error.errno !== abi.ESRCH;
    throw error;
  }
  try {
    return !hasEnded(pidfd);
  } finally {
    close(pidfd);
  }
}

/** -20 to 19 (getpriority(2)); null: no such process. */
export function niceOf(pid: number): number | null {
  // The call itself, unlike libc's function, has no result that looks like an error: 40 to 1.
  const value = Number(libc.syscall(BigInt(abi.SYS_getpriority), 0n, BigInt(pid), 0n, 0n));
  return value > 0 ? 20 - value : null;
}

/** This process and all that it starts can never gain privilege by exec (PR_SET_NO_NEW_PRIVS). Throws LinuxError. */
export function refuseNewPrivileges(): void {
  must("prctl", libc.prctl(abi.PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n), "PR_SET_NO_NEW_PRIVS");
}

export function currentUid(): number {
  return libc.getuid();
}

/** The umask, which cannot be read without setting it. */
export function currentUmask(): number {
  const mask = libc.umask(0o077);
  libc.umask(mask);
  return mask;
}

/** The index of a link in this thread's namespace, or null. */
export function linkIndexOf(name: string): number | null {
  const index = libc.if_nametoindex(cString(name));
  return index === 0 ? null : index;
}

/** Whether the process behind a pidfd has ended, waited for or not; needs no right over it (pidfd_open(2)). */
export function hasEnded(pidfd: number): boolean {
  const pollfd = allocate(8);
  const v = view(pollfd);
  v.setInt32(0, pidfd, true);
  v.setInt16(4, abi.POLLIN, true);
  // A poll that failed tells nothing, and whoever asks is safer with "ended".
  return libc.poll(pollfd, 1n, 0) !== 0;
}
