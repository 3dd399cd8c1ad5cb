// Who is at the other end of a Unix socket, as the kernel says (unix(7), socket(7)): fixed when the peer connected,
// and true also in a third process that the socket was passed on to.

import * as abi from "./abi.ts";
import { LinuxError, must } from "./error.ts";
import { close, closeAll } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";
import { hasEnded } from "./process.ts";
import { statusText } from "./process_status.ts";
import { socketPair } from "./socket.ts";
import { setLength } from "./sockopt.ts";
import { startTimes } from "./start_time.ts";

export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** SO_PEERCRED. Throws LinuxError. */
export function peerCredentials(fd: number): PeerCredentials {
  const value = allocate(12);
  must(
    "getsockopt",
    libc.getsockopt(fd, abi.SOL_SOCKET, abi.SO_PEERCRED, value, setLength(12)),
    "SO_PEERCRED",
  );
  const v = view(value);
  return { pid: v.getInt32(0, true), uid: v.getUint32(4, true), gid: v.getUint32(8, true) };
}

/** Linux allows 65536 supplementary groups (NGROUPS_MAX). */
const MAX_GROUPS = 65_536;

/** SO_PEERGROUPS: the supplementary groups. Throws LinuxError. */
export function peerGroups(fd: number): number[] {
  const value = allocate(MAX_GROUPS * 4);
  const length = setLength(value.length);
  must("getsockopt", libc.getsockopt(fd, abi.SOL_SOCKET, abi.SO_PEERGROUPS, value, length), "SO_PEERGROUPS");
  const count = view(length).getUint32(0, true) / 4;
  return Array.from(new Uint32Array(value.buffer, 0, count));
}

/** SO_PEERPIDFD (Linux 6.5): a descriptor for the very process that connected; ours to close. Throws LinuxError. */
export function peerPidfd(fd: number): number {
  const value = allocate(4);
  must(
    "getsockopt",
    libc.getsockopt(fd, abi.SOL_SOCKET, abi.SO_PEERPIDFD, value, setLength(4)),
    "SO_PEERPIDFD",
  );
  return view(value).getInt32(0, true);
}

let kernelHasPidfds: boolean | null = null;

/** Tried once, on a socket of our own: what an error number says of somebody else's is not enough to go by. */
function hasPeerPidfds(): boolean {
  if (kernelHasPidfds !== null) return kernelHasPidfds;
  const [one, other] = socketPair();
  try {
    close(peerPidfd(one));
    kernelHasPidfds = true;
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    // Anything else, as no descriptor left, says nothing of the kernel.
    if (error.errno !== abi.ENOPROTOOPT) return true;
    kernelHasPidfds = false;
  } finally {
    closeAll([one, other]);
  }
  return kernelHasPidfds;
}

/** Whether the very process that connected still lives; its pid is nobody else's until then. Before Linux 6.5, as in
 * Debian 12, the kernel cannot tell: then a process with its pid must live and be of that person alone. */
export function peerIsAlive(fd: number): boolean {
  if (!hasPeerPidfds()) return isOf(peerCredentials(fd));
  let pidfd: number;
  try {
    pidfd = peerPidfd(fd);
  } catch (error) {
    // Which error a process gives that has been waited for differs between kernels.
    if (error instanceof LinuxError) return false;
    throw error;
  }
  try {
    return !hasEnded(pidfd);
  } finally {
    close(pidfd);
  }
}

/** Whether a process lives that has this pid and is of this uid and no other: real, effective, saved and file system
 * uid are the same (proc_pid_status(5)). One that has executed a set-user-ID program is not. */
export function isOf({ pid, uid }: Pick<PeerCredentials, "pid" | "uid">): boolean {
  const status = statusText(pid);
  const state = /^State:\s+(\S)/m.exec(status ?? "")?.[1];
  const uids = /^Uid:\s+(.*)$/m.exec(status ?? "")?.[1]?.split("\t").map(Number);
  return state !== undefined && !"ZX".includes(state) && uids?.length === 4 &&
    uids.every((each) => each === uid);
}

/** The start time of the process that connected, `peer` by SO_PEERCRED; null where it has ended, or `givenUp` aborts
 * first: the kernel may keep it for ever (start_time.ts). Read while the process is known to live: a pid that is used again
 * cannot lend its start time. `fd` must stay open until then. Throws LinuxError. */
export async function startTimeOfPeer(
  fd: number,
  { pid, uid }: Pick<PeerCredentials, "pid" | "uid">,
  givenUp: AbortSignal,
): Promise<string | null> {
  const { promise: gaveUp, resolve: giveUp } = Promise.withResolvers<null>();
  const onAbort = () => giveUp(null);
  givenUp.addEventListener("abort", onAbort);
  try {
    const started = await Promise.race([startTimes.of(pid, uid), gaveUp]);
    return !givenUp.aborted && peerIsAlive(fd) ? started : null;
  } finally {
    givenUp.removeEventListener("abort", onAbort);
  }
}
