// Stopping and ending by a signal as a job of a shell does (credentials(7), setpgid(2), signal(7)): by the signal's
// default action, so that the shell sees it, and the kernel refuses to stop what nobody could continue.

import * as abi from "./abi.ts";
import { must } from "./error.ts";
import { libc } from "./libc.ts";
import { allocate } from "./memory.ts";
import { allProcesses } from "./process_status.ts";

/** More than sizeof(struct sigaction) of glibc, 152; all zero is SIG_DFL without flags. */
const SIGACTION_BYTES = 256;

/** SIGTSTP for this process and its group; comes back when it is continued, or at once where the group is an orphaned
 * one, which the kernel does not stop. Other signals keep their handlers. Throws LinuxError. */
export function stopOwnGroup(): void {
  const before = allocate(SIGACTION_BYTES);
  must("sigaction", libc.sigaction(abi.SIGTSTP, allocate(SIGACTION_BYTES), before));
  libc.kill(0, abi.SIGTSTP);
  must("sigaction", libc.sigaction(abi.SIGTSTP, before, allocate(SIGACTION_BYTES)));
}

/** Ends this process by a signal's default action, so that whoever waits for it sees that. Throws LinuxError. */
export function dieOf(signal: number): void {
  must("sigaction", libc.sigaction(signal, allocate(SIGACTION_BYTES), allocate(SIGACTION_BYTES)));
  libc.kill(libc.getpid(), signal);
}

/** Whether no process of this session, outside this process group, could continue the group if it stopped. */
export function ownGroupIsOrphaned(): boolean {
  const processes = new Map(allProcesses().map((each) => [each.pid, each]));
  const group = libc.getpgrp();
  return ![...processes.values()].some((each) => {
    const parent = processes.get(each.parent);
    return each.group === group && parent !== undefined && parent.group !== group &&
      parent.session === each.session;
  });
}
