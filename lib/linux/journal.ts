// What stands before a line of the log: journald's priority where standard error goes to it (sd-daemon(3)), else a word
// that a person understands.

import { statusOf } from "./fd.ts";
import { ownVariable } from "./own.ts";

/** syslog(3): 2 cannot go on, 3 somebody must act, 4 something is off, 6 worth knowing, 7 for developers. */
export type Priority = 2 | 3 | 4 | 6 | 7;

const WORDS: Readonly<Record<Priority, string>> = {
  2: "error: ",
  3: "error: ",
  4: "warning: ",
  6: "",
  7: "debug: ",
};
const STDERR = 2;

let journal: boolean | null = null;

/** "<4>" for the journal, "warning: " elsewhere. */
export function priorityPrefix(priority: Priority): string {
  journal ??= stderrIsJournal();
  return linePrefix(priority, journal);
}

/** Pure. */
export function linePrefix(priority: Priority, toJournal: boolean): string {
  return toJournal ? `<${priority}>` : WORDS[priority];
}

/** Whether JOURNAL_STREAM names what standard error is, "DEVICE:INODE" (systemd.exec(5)). */
function stderrIsJournal(): boolean {
  try {
    const stream = ownVariable("JOURNAL_STREAM");
    return stream !== null && stream === journalStreamOf(statusOf(STDERR).identity);
  } catch {
    return false;
  }
}

/** From FileStatus.identity, "MAJOR:MINOR:INODE". Pure. */
export function journalStreamOf(identity: string): string {
  const [major = "0", minor = "0", inode = "0"] = identity.split(":");
  return `${deviceNumber(BigInt(major), BigInt(minor))}:${inode}`;
}

/** makedev(3) */
function deviceNumber(major: bigint, minor: bigint): bigint {
  return (minor & 0xffn) | ((major & 0xfffn) << 8n) | ((minor & ~0xffn) << 12n) | ((major & ~0xfffn) << 32n);
}
