// Processes by pid and pidfd (pidfd_open(2), proc_pid_stat(5), waitid(2)).

import * as abi from "./abi.ts";
import { LinuxError, must } from "./error.ts";
import { namesIn, open, readTextFile } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, cString, view } from "./memory.ts";

/** A folder by path, for fchdir(2) later; the right to enter it is checked now, as this process. Throws LinuxError. */
export function openFolder(path: string): number {
  return open(path, abi.O_PATH | abi.O_DIRECTORY);
}

/** What proc_pid_stat(5) says of a process. */
export interface ProcessStat {
  readonly pid: number;
  /** "R" runs, "S" and "D" wait, "T" is stopped, "Z" has ended and was not waited for. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** -20 to 19. */
  readonly nice: number;
  /** In clock ticks since boot: with the pid it names a process for good. */
  readonly startTime: string;
}

/** Null: no such process. */
export function processStat(pid: number): ProcessStat | null {
  let stat: string | null;
  try {
    stat = readTextFile(`/proc/${pid}/stat`, 8192);
  } catch (error) {
    // It ended between opening and reading.
    if (error instanceof LinuxError) return null;
    throw error;
  }
  if (stat === null) return null;
  // The second field is the program's name in parentheses, and may hold anything; the last ")" ends it.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state, parent, group, session] = fields;
  const [nice, startTime] = [fields[16], fields[19]];
  if (state === undefined || startTime === undefined) return null;
  return {
    pid,
    state,
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    nice: Number(nice),
    startTime,
  };
}

/** All processes that /proc shows, at about this moment. */
export function allProcesses(): ProcessStat[] {
  return namesIn("/proc").filter((name) => /^[0-9]+$/.test(name)).map((name) => processStat(Number(name)))
    .filter((each) => each !== null);
}

/** When a process started, in clock ticks since boot; null: no such process. */
export function startTime(pid: number): string | null {
  return processStat(pid)?.startTime ?? null;
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
