// Which processes are in a network namespace (namespaces(7), pidfd_open(2)). Needs CAP_SYS_PTRACE for other people's.

import { EACCES, ENOTTY, EPERM, ESRCH } from "./abi.ts";
import { LinuxError, must } from "./error.ts";
import { close, linkTarget } from "./fd.ts";
import { libc } from "./libc.ts";
import { pidfdOpen } from "./process.ts";
import { allPids } from "./process_status.ts";

/** PIDFD_GET_NET_NAMESPACE (Linux 6.11). */
const PIDFD_GET_NET_NAMESPACE = 0xff04n;

/** "net:[4026531840]", of any process; null where it has ended, or is not to be seen. Throws LinuxError where nothing can
 * be known, as with no descriptor left. */
export function networkNamespaceOf(pid: number): string | null {
  let pidfd = -1, namespace = -1;
  try {
    pidfd = pidfdOpen(pid);
    namespace = must(
      "ioctl",
      libc.ioctl_value(pidfd, PIDFD_GET_NET_NAMESPACE, 0n),
      "PIDFD_GET_NET_NAMESPACE",
    );
    return linkTarget(`/proc/self/fd/${namespace}`);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    // An older kernel. A newer one may hold who follows this link for as long as the process executes a program
    // (process_status.ts).
    if (error.errno === ENOTTY) return linkTarget(`/proc/${pid}/ns/net`);
    if ([ESRCH, EACCES, EPERM].includes(error.errno)) return null;
    throw error;
  } finally {
    for (const fd of [pidfd, namespace]) if (fd >= 0) close(fd);
  }
}

/** The processes whose network namespace has this inode, at about this moment. */
export function processesInNamespace(inode: string): number[] {
  return allPids().filter((pid) => networkNamespaceOf(pid) === `net:[${inode}]`);
}
