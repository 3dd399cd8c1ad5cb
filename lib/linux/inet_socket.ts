// Internet sockets and the namespace they belong to (socket(2), SO_NETNS_COOKIE of socket(7)).

import * as abi from "./abi.ts";
import { must } from "./error.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";
import { setLength } from "./sockopt.ts";

/** The kinds that are ever opened for somebody: no raw, packet or netlink socket can be named. */
export const INTERNET_SOCKETS = {
  "inet stream tcp": [abi.AF_INET, abi.SOCK_STREAM, abi.IPPROTO_TCP],
  "inet6 stream tcp": [abi.AF_INET6, abi.SOCK_STREAM, abi.IPPROTO_TCP],
  "inet datagram udp": [abi.AF_INET, abi.SOCK_DGRAM, abi.IPPROTO_UDP],
  "inet6 datagram udp": [abi.AF_INET6, abi.SOCK_DGRAM, abi.IPPROTO_UDP],
  "inet datagram icmp": [abi.AF_INET, abi.SOCK_DGRAM, abi.IPPROTO_ICMP],
  "inet6 datagram icmp": [abi.AF_INET6, abi.SOCK_DGRAM, abi.IPPROTO_ICMPV6],
} as const;

export type InternetSocket = keyof typeof INTERNET_SOCKETS;

/** A socket in this thread's namespace, blocking, close-on-exec. Throws LinuxError. */
export function openInternetSocket(kind: InternetSocket): number {
  const [family, type, protocol] = INTERNET_SOCKETS[kind];
  return must("socket", libc.socket(family, type | abi.SOCK_CLOEXEC, protocol), kind);
}

/** Which network namespace a socket belongs to: a number that the kernel never gives twice. Throws LinuxError. */
export function namespaceCookie(fd: number): bigint {
  const value = allocate(8);
  must(
    "getsockopt",
    libc.getsockopt(fd, abi.SOL_SOCKET, abi.SO_NETNS_COOKIE, value, setLength(8)),
    "SO_NETNS_COOKIE",
  );
  return view(value).getBigUint64(0, true);
}
