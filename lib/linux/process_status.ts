// What the kernel says of a process to everybody, by proc_pid_status(5). Not by proc_pid_stat(5): since Linux 6.18 a
// process that is executing a program holds who reads that, and its links and memory, until it is done; and with a file
// that never closes (FUSE) it is never done. One person's process would hold everybody who looks at all of them.

import { LinuxError } from "./error.ts";
import { namesIn, readTextFile } from "./fd.ts";

export interface ProcessStatus {
  readonly pid: number;
  /** "R" runs, "S" and "D" wait, "T" is stopped, "Z" has ended and was not waited for. */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
}

/** Null: no such process. */
export function processStatus(pid: number): ProcessStatus | null {
  const status = statusText(pid);
  if (status === null) return null;
  const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(status)?.[1];
  const state = field("State");
  if (state === undefined) return null;
  // The first of several is the one of the namespace that /proc shows.
  const [parent, group, session] = [field("PPid"), field("NSpgid"), field("NSsid")].map(Number);
  return { pid, state, parent: parent ?? 0, group: group ?? 0, session: session ?? 0 };
}

/** All of /proc/PID/status; null: no such process. */
export function statusText(pid: number): string | null {
  return textOfProcess(pid, "status");
}

/** A file of /proc/PID, as far as nobody is held who reads it; null: no such process. */
export function textOfProcess(pid: number, name: "status" | "limits"): string | null {
  try {
    return readTextFile(`/proc/${pid}/${name}`);
  } catch (error) {
    // It ended between opening and reading.
    if (error instanceof LinuxError) return null;
    throw error;
  }
}

/** All processes that /proc names, at about this moment. */
export function allPids(): number[] {
  return namesIn("/proc").filter((name) => /^[0-9]+$/.test(name)).map(Number);
}

/** The same, with what it says of each. */
export function allProcesses(): ProcessStatus[] {
  return allPids().map(processStatus).filter((each) => each !== null);
}
