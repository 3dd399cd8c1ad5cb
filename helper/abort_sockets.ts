// Ends the sockets of a domain whose interface is gone. The kernel leaves a reader waiting for ever then, and a writer
// for a quarter of an hour; like this they get an error at once (ECONNABORTED). Touches sockets of one namespace.

import { EOPNOTSUPP, IPPROTO_TCP, IPPROTO_UDP } from "../lib/linux/abi.ts";
import { close, readTextFile } from "../lib/linux/fd.ts";
import { type Home, inside } from "../lib/linux/namespace.ts";
import { NetlinkWriter, NLMSG_DONE, NLMSG_ERROR } from "../lib/linux/netlink.ts";
import {
  NETLINK_SOCK_DIAG,
  openNetlink,
  receiveNetlink,
  requestAcknowledged,
  sendNetlink,
} from "../lib/linux/netlink_socket.ts";
import {
  destroySocket,
  type DiagProtocol,
  type DiagSocket,
  diagSocket,
  socketDump,
} from "../lib/linux/sock_diag.ts";
import { bootTimeMs } from "../lib/linux/time.ts";

const LOOPBACK = "::1";
const SOCKET_COUNTS = "/proc/thread-self/net/sockstat6";
/** Acknowledgements that wait in the socket at the same time. */
const AT_ONCE = 64;
/** Nobody's sockets keep the helper from its other work for longer: about two thousand of them. */
const MOST_MS = 500;

/** How many were ended; null where the kernel cannot end a socket. IPv4 goes no further than the loopback in a
 * domain, so those are left, and IPv6's on the loopback too. Throws LinuxError. */
export function abortSockets(home: Home, namespace: number): number | null {
  const until = bootTimeMs() + MOST_MS;
  const open = () => inside(namespace, home, () => openNetlink(0, NETLINK_SOCK_DIAG));
  // A dump goes through the table of all namespaces, which takes milliseconds: not without a need.
  if (!inside(namespace, home, () => hasSockets(readTextFile(SOCKET_COUNTS)))) return 0;
  let ended = 0;
  for (const protocol of [IPPROTO_TCP, IPPROTO_UDP] as const) {
    for (let isProgress = true; isProgress;) {
      const errors = end(open, protocol, until);
      if (errors.includes(EOPNOTSUPP)) return null;
      const now = errors.filter((errno) => errno === 0).length;
      ended += now;
      isProgress = now > 0 && bootTimeMs() < until;
    }
  }
  return ended;
}

/** Ends the first sockets there are; the error number for each. One that ended by itself meanwhile is ENOENT. */
function end(open: () => number, protocol: DiagProtocol, until: number): number[] {
  const netlink = open();
  try {
    const sockets = firstSockets(open, protocol, until);
    const writer = new NetlinkWriter();
    sockets.forEach((socket, index) => destroySocket(writer, index + 1, protocol, socket));
    return sockets.length === 0 ? [] : requestAcknowledged(netlink, writer.bytes(), sockets.length);
  } finally {
    close(netlink);
  }
}

/** Closing its socket ends the dump, however much would follow. */
function firstSockets(open: () => number, protocol: DiagProtocol, until: number): DiagSocket[] {
  const netlink = open();
  try {
    const found: DiagSocket[] = [];
    sendNetlink(netlink, socketDump(protocol));
    while (found.length < AT_ONCE && bootTimeMs() < until) {
      const messages = receiveNetlink(netlink) ?? [];
      found.push(...messages.map(diagSocket).filter((each) => each !== null).filter(isOutward));
      if (messages.every(({ type }) => type === NLMSG_DONE || type === NLMSG_ERROR)) break;
    }
    return found.slice(0, AT_ONCE);
  } finally {
    close(netlink);
  }
}

function isOutward({ local, remote }: DiagSocket): boolean {
  return local !== LOOPBACK && remote !== LOOPBACK;
}

/** Whether sockstat6 counts any socket that could be ended; where it cannot be read, there may be some. */
export function hasSockets(sockstat6: string | null): boolean {
  return sockstat6 === null || /^(TCP6|UDP6): inuse [1-9]/m.test(sockstat6);
}
