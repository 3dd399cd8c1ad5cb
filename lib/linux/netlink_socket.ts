// A netlink socket, of NETLINK_ROUTE (rtnetlink(7)) where nothing else is said, in the namespace of the thread that
// opens it. The kernel works on a request inside send(2), so the answer is there when send returns: requests need no
// waiting.

import * as abi from "./abi.ts";
import { lastErrno, LinuxError, must } from "./error.ts";
import { close } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";
import { errorOf, type NetlinkMessage, NLMSG_DONE, NLMSG_ERROR, parseMessages } from "./netlink.ts";
import { setInteger } from "./sockopt.ts";

const buffer = allocate(262_144);

export const NETLINK_ROUTE = 0, NETLINK_SOCK_DIAG = 4;

/** Opens a socket that also hears the multicast `groups` (bit mask, RTMGRP_*). Throws LinuxError. */
export function openNetlink(groups = 0, protocol = NETLINK_ROUTE): number {
  const type = abi.SOCK_RAW | abi.SOCK_CLOEXEC | abi.SOCK_NONBLOCK;
  const fd = must("socket", libc.socket(abi.AF_NETLINK, type, protocol), "AF_NETLINK");
  try {
    const address = allocate(12);
    view(address).setUint16(0, abi.AF_NETLINK, true);
    view(address).setUint32(8, groups, true);
    must("bind", libc.bind(fd, address, address.length), "NETLINK_ROUTE");
    setInteger(fd, abi.SOL_SOCKET, abi.SO_RCVBUF, 1 << 20, "SO_RCVBUF");
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** ENOBUFS: messages were lost, the whole has to be asked for again. */
export const ENOBUFS = 105;

/** What waits on the socket; null where nothing does. Throws LinuxError (ENOBUFS). */
export function receiveNetlink(fd: number): NetlinkMessage[] | null {
  const length = Number(libc.recv(fd, buffer, BigInt(buffer.length), abi.MSG_DONTWAIT));
  if (length < 0) {
    const errno = lastErrno();
    if (errno === abi.EAGAIN || errno === abi.EINTR) return null;
    throw new LinuxError("recv", errno, "NETLINK_ROUTE");
  }
  return parseMessages(buffer.slice(0, length));
}

export function sendNetlink(fd: number, bytes: Uint8Array): void {
  const copy = allocate(bytes.length);
  copy.set(bytes);
  must("send", libc.send(fd, copy, BigInt(copy.length), 0), "NETLINK_ROUTE");
}

/** Sends messages that each ask for an acknowledgement; the error number of each, in order (0: done). */
export function requestAcknowledged(fd: number, bytes: Uint8Array, count: number): number[] {
  sendNetlink(fd, bytes);
  const errors: number[] = [];
  // Each acknowledgement is one datagram; bounded, should the kernel answer otherwise.
  for (let datagrams = 0; errors.length < count && datagrams < count + 16; datagrams++) {
    const messages = receiveNetlink(fd);
    if (messages === null) break;
    for (const message of messages) if (message.type === NLMSG_ERROR) errors.push(errorOf(message));
  }
  while (errors.length < count) errors.push(abi.EINVAL);
  return errors;
}

/** Sends one dump request and gives all messages of the answer. Throws LinuxError. */
export function requestDump(fd: number, bytes: Uint8Array): NetlinkMessage[] {
  sendNetlink(fd, bytes);
  const all: NetlinkMessage[] = [];
  for (;;) {
    const messages = receiveNetlink(fd);
    if (messages === null) throw new LinuxError("recv", abi.EAGAIN, "NETLINK_ROUTE dump");
    for (const message of messages) {
      if (message.type === NLMSG_DONE) return all;
      if (message.type === NLMSG_ERROR) throw new LinuxError("NETLINK_ROUTE dump", errorOf(message));
      all.push(message);
    }
  }
}
