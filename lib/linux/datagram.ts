// Datagrams over a connected socket (udp(7), icmp(7)), and waiting for one for a while: for short questions whose
// answer may never come.

import * as abi from "./abi.ts";
import { lastErrno, LinuxError } from "./error.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";

const MAX_DATAGRAM_BYTES = 65_536;

/** Throws LinuxError (ENETUNREACH, EHOSTUNREACH; ECONNREFUSED: what was sent before was refused). */
export function sendDatagram(fd: number, bytes: Uint8Array): void {
  const copy = allocate(bytes.length);
  copy.set(bytes);
  if (Number(libc.send(fd, copy, BigInt(copy.length), abi.MSG_NOSIGNAL)) < 0) {
    throw new LinuxError("send", lastErrno());
  }
}

/** The datagram that waits, or null where none does. Throws LinuxError (ECONNREFUSED, EHOSTUNREACH). */
export function receiveDatagram(fd: number): Uint8Array | null {
  const buffer = allocate(MAX_DATAGRAM_BYTES);
  const length = Number(libc.recv(fd, buffer, BigInt(buffer.length), abi.MSG_DONTWAIT));
  if (length >= 0) return buffer.subarray(0, length);
  const errno = lastErrno();
  if (errno === abi.EAGAIN || errno === abi.EINTR) return null;
  throw new LinuxError("recv", errno);
}

/** Whether there is something to read, or an error to hear of, within so long. */
export async function readableWithin(fd: number, ms: number): Promise<boolean> {
  const pollfd = allocate(8);
  view(pollfd).setInt32(0, fd, true);
  view(pollfd).setInt16(4, abi.POLLIN, true);
  return await libc.poll_elsewhere(pollfd, 1n, Math.max(0, Math.ceil(ms))) > 0;
}
