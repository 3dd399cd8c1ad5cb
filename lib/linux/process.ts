// Processes by pid and pidfd (pidfd_open(2), proc_pid_stat(5), waitid(2)).

import * as abi from "./abi.ts";
import { must } from "./error.ts";
import { open, readTextFile } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, cString, view } from "./memory.ts";

/** A folder by path, for fchdir(2) later; the right to enter it is checked now, as this process. Throws LinuxError. */
export function openFolder(path: string): number {
  return open(path, abi.O_PATH | abi.O_DIRECTORY);
}

/** When a process started, in clock ticks since boot: with the pid it names a process for good. Null: no such. */
export function startTime(pid: number): string | null {
  const stat = readTextFile(`/proc/${pid}/stat`, 8192);
  if (stat === null) return null;
  // The second field is the program's name in parentheses, and may hold anything; the last ")" ends it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[19] ?? null;
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
  const info = allocate(128);
  must("waitid", libc.waitid(abi.P_PIDFD, pidfd, info, abi.WEXITED | abi.WNOHANG));
  const v = view(info);
  if (v.getInt32(16, true) === 0) return null;
  return { how: v.getInt32(8, true) === abi.CLD_EXITED ? "exited" : "signaled", value: v.getInt32(24, true) };
}

/** kill(2) of a process (or, negative, a group); false where it could not be. */
export function kill(pid: number, signal: number): boolean {
  return libc.kill(pid, signal) === 0;
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
