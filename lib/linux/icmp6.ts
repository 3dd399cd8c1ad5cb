// Raw ICMPv6 sockets for Neighbor Discovery (RFC 3542, ipv6(7)): opened with privilege, usable by whoever they are
// passed to. The kernel computes and verifies the checksum.

import { formatAddress, parseIpv6 } from "../ip.ts";
import * as abi from "./abi.ts";
import { lastErrno, LinuxError, must } from "./error.ts";
import { close } from "./fd.ts";
import { libc } from "./libc.ts";
import { addressOf, allocate, view } from "./memory.ts";
import { attachFilter, firstOctetIn, lockFilter } from "./socket_filter.ts";
import { setBytes, setInteger } from "./sockopt.ts";

/** Room for a burst: about 10,000 small advertisements with the kernel's bookkeeping. */
const RECEIVE_BUFFER_BYTES = 8 * 1024 * 1024;

/** A raw socket on one link that receives only messages of `types`, hop limit and link told with each; sends with
 * hop limit 255. Whoever has it later can neither hear other messages by it, nor go to another link, nor make a packet's
 * header. He can send any ICMPv6 from any address (IPV6_FREEBIND), and be the multicast router of its network namespace
 * (MRT6_INIT): neither takes a capability, and options of a socket cannot be locked. Needs CAP_NET_RAW. Throws LinuxError
 * (EPERM; ENODEV: no such link). */
export function openIcmp6Socket(linkIndex: number, linkName: string, types: readonly number[]): number {
  const flags = abi.SOCK_RAW | abi.SOCK_CLOEXEC | abi.SOCK_NONBLOCK;
  const fd = must("socket", libc.socket(abi.AF_INET6, flags, abi.IPPROTO_ICMPV6), "raw ICMPv6");
  try {
    const name = allocate(16);
    name.set(new TextEncoder().encode(linkName).subarray(0, 15));
    // The filter first: nothing else may be queued in between. A bit that is set blocks (RFC 3542 3.2).
    setBytes(fd, abi.IPPROTO_ICMPV6, abi.ICMPV6_FILTER, filterFor(types), "ICMPV6_FILTER");
    attachFilter(fd, firstOctetIn(types));
    lockFilter(fd);
    setBytes(fd, abi.SOL_SOCKET, abi.SO_BINDTODEVICE, name, `SO_BINDTODEVICE ${linkName}`);
    setInteger(fd, abi.IPPROTO_IPV6, abi.IPV6_RECVPKTINFO, 1, "IPV6_RECVPKTINFO");
    setInteger(fd, abi.IPPROTO_IPV6, abi.IPV6_RECVHOPLIMIT, 1, "IPV6_RECVHOPLIMIT");
    setInteger(fd, abi.IPPROTO_IPV6, abi.IPV6_RECVFRAGSIZE, 1, "IPV6_RECVFRAGSIZE");
    setInteger(fd, abi.IPPROTO_IPV6, abi.IPV6_UNICAST_HOPS, 255, "IPV6_UNICAST_HOPS");
    setInteger(fd, abi.IPPROTO_IPV6, abi.IPV6_MULTICAST_HOPS, 255, "IPV6_MULTICAST_HOPS");
    setInteger(fd, abi.IPPROTO_IPV6, abi.IPV6_MULTICAST_LOOP, 0, "IPV6_MULTICAST_LOOP");
    setInteger(fd, abi.IPPROTO_IPV6, abi.IPV6_MULTICAST_IF, linkIndex, "IPV6_MULTICAST_IF");
    setInteger(fd, abi.SOL_SOCKET, abi.SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES, "SO_RCVBUFFORCE");
    // Always ENOTCONN, and done all the same: packets with a header of the sender's own making (IPV6_HDRINCL) are
    // refused from now on (EPIPE), plain ICMPv6 is not, whatever address it is sent from.
    libc.shutdown(fd, abi.SHUT_WR);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** Joins ff02::2, where solicitations go (RFC 4861 6.2.2). Throws LinuxError. */
export function joinAllRouters(fd: number, linkIndex: number): void {
  const request = allocate(20);
  request.set(parseIpv6("ff02::2") ?? []);
  view(request).setInt32(16, linkIndex, true);
  setBytes(fd, abi.IPPROTO_IPV6, abi.IPV6_ADD_MEMBERSHIP, request, "IPV6_ADD_MEMBERSHIP");
}

export interface ReceivedIcmp6 {
  /** Bytes of the message in the buffer. */
  readonly length: number;
  readonly source: string;
  readonly hopLimit: number;
  readonly linkIndex: number;
  /** The kernel put it together from fragments. */
  readonly fragmented: boolean;
}

const MAX_PACKET_BYTES = 65_536;
const data = allocate(MAX_PACKET_BYTES);
const iovec = allocate(16);
const name = allocate(28);
const control = allocate(128);
const header = allocate(56);
const nameView = view(name), controlView = view(control), headerView = view(header), iovecView = view(iovec);
headerView.setBigUint64(0, addressOf(name), true);
headerView.setBigUint64(16, addressOf(iovec), true);
headerView.setBigUint64(24, 1n, true);
headerView.setBigUint64(32, addressOf(control), true);
iovecView.setBigUint64(0, addressOf(data), true);

/** One message into `buffer` (what does not fit is cut), or null where none waits. Throws LinuxError (ENETDOWN). */
export function receiveIcmp6(fd: number, buffer: Uint8Array): ReceivedIcmp6 | null {
  iovecView.setBigUint64(8, BigInt(Math.min(buffer.length, data.length)), true);
  headerView.setUint32(8, name.length, true);
  headerView.setBigUint64(40, BigInt(control.length), true);
  const length = Number(libc.recvmsg(fd, header, abi.MSG_DONTWAIT));
  if (length < 0) {
    const errno = lastErrno();
    if (errno === abi.EAGAIN || errno === abi.EINTR) return null;
    throw new LinuxError("recvmsg", errno, "ICMPv6");
  }
  buffer.set(data.subarray(0, length));
  let hopLimit = -1;
  let linkIndex = 0;
  let fragmented = false;
  const controlLength = Number(headerView.getBigUint64(40, true));
  for (let at = 0; at + 16 <= controlLength;) {
    const size = Number(controlView.getBigUint64(at, true));
    if (size < 16) break;
    if (controlView.getInt32(at + 8, true) === abi.IPPROTO_IPV6) {
      const type = controlView.getInt32(at + 12, true);
      if (type === abi.IPV6_HOPLIMIT) hopLimit = controlView.getInt32(at + 16, true);
      if (type === abi.IPV6_RECVFRAGSIZE) fragmented = true;
      if (type === abi.IPV6_PKTINFO) linkIndex = controlView.getInt32(at + 32, true);
    }
    at += (size + 7) & ~7;
  }
  return { length, source: formatAddress(name.subarray(8, 24)), hopLimit, linkIndex, fragmented };
}

/** Sends one message; the kernel fills in its checksum. Throws LinuxError (ENETUNREACH, ENETDOWN), RangeError. */
export function sendIcmp6(fd: number, bytes: Uint8Array, destination: string, linkIndex: number): void {
  const address = parseIpv6(destination);
  if (address === null) throw new RangeError("destination is not an IPv6 address");
  data.set(bytes);
  iovecView.setBigUint64(8, BigInt(bytes.length), true);
  name.fill(0);
  nameView.setUint16(0, abi.AF_INET6, true);
  name.set(address, 8);
  nameView.setUint32(24, linkIndex, true);
  headerView.setUint32(8, name.length, true);
  headerView.setBigUint64(40, 0n, true);
  must("sendmsg", libc.sendmsg(fd, header, abi.MSG_DONTWAIT | abi.MSG_NOSIGNAL), `ICMPv6 to ${destination}`);
}

function filterFor(types: readonly number[]): Uint8Array<ArrayBuffer> {
  const filter = allocate(32).fill(0xff);
  const v = view(filter);
  for (const type of types) {
    v.setUint32((type >> 5) * 4, v.getUint32((type >> 5) * 4, true) & ~(1 << (type & 31)), true);
  }
  return filter;
}
