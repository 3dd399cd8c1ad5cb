// sendmsg(2) and recvmsg(2) with file descriptors beside the bytes (cmsg(3), unix(7)), for the kinds of Unix
// sockets. Everything is nonblocking and close-on-exec; every descriptor that came is the caller's to close.

import * as abi from "./abi.ts";
import { lastErrno, LinuxError } from "./error.ts";
import { libc } from "./libc.ts";
import { addressOf, allocate, view } from "./memory.ts";

/** Descriptors in one control message that are looked at at all; the kernel allows 253 (SCM_MAX_FD). */
export const MAX_CONTROL_FDS = 253;
/** One call moves at most so much. */
export const MAX_BYTES_A_CALL = 65_536;

// One set of buffers serves every call: calls are synchronous and on one thread.
const data = allocate(MAX_BYTES_A_CALL + 1);
const iovec = allocate(16);
const control = allocate(16 + 4 * MAX_CONTROL_FDS + 4);
const header = allocate(56);
const iovecView = view(iovec), controlView = view(control), headerView = view(header);
iovecView.setBigUint64(0, addressOf(data), true);
headerView.setBigUint64(16, addressOf(iovec), true);
headerView.setBigUint64(24, 1n, true);
const controlAddress = addressOf(control);

/** How many of the bytes (MAX_BYTES_A_CALL at most) were taken, all descriptors with them; null: the queue is full
 * and nothing was sent. The descriptors stay the caller's. Throws LinuxError (EPIPE). */
export function sendWithFds(fd: number, bytes: Uint8Array, fds: readonly number[]): number | null {
  const length = Math.min(bytes.length, MAX_BYTES_A_CALL);
  data.set(bytes.subarray(0, length));
  iovecView.setBigUint64(8, BigInt(length), true);
  if (fds.length === 0) {
    setControl(0);
  } else {
    controlView.setBigUint64(0, BigInt(16 + 4 * fds.length), true);
    controlView.setInt32(8, abi.SOL_SOCKET, true);
    controlView.setInt32(12, abi.SCM_RIGHTS, true);
    fds.forEach((each, index) => controlView.setInt32(16 + 4 * index, each, true));
    setControl(16 + 4 * fds.length + (fds.length % 2) * 4);
  }
  headerView.setInt32(48, 0, true);
  const sent = Number(libc.sendmsg(fd, header, abi.MSG_NOSIGNAL | abi.MSG_DONTWAIT));
  if (sent >= 0) return sent;
  const errno = lastErrno();
  if (errno === abi.EAGAIN) return null;
  throw new LinuxError("sendmsg", errno);
}

export interface ReceivedMessage {
  /** Bytes written into the buffer; 0 without fds: the peer has closed. */
  readonly length: number;
  /** Ours to close. */
  readonly fds: readonly number[];
  /** The message or its descriptors did not fit, or there were more than `maxFds`. */
  readonly truncated: boolean;
}

/** What waits, into `buffer`: a message, or of a stream up to the end of it or of what has descriptors. Null: nothing
 * waits. Throws LinuxError (ECONNRESET). */
export function receiveWithFds(fd: number, buffer: Uint8Array, maxFds: number): ReceivedMessage | null {
  iovecView.setBigUint64(8, BigInt(Math.min(buffer.length, data.length)), true);
  setControl(control.length);
  headerView.setInt32(48, 0, true);
  const length = Number(libc.recvmsg(fd, header, abi.MSG_DONTWAIT | abi.MSG_CMSG_CLOEXEC));
  if (length < 0) {
    const errno = lastErrno();
    if (errno === abi.EAGAIN || errno === abi.EINTR) return null;
    throw new LinuxError("recvmsg", errno);
  }
  const flags = headerView.getInt32(48, true);
  const fds = receivedFds(Number(headerView.getBigUint64(40, true)));
  const truncated = (flags & (abi.MSG_TRUNC | abi.MSG_CTRUNC)) !== 0 || fds.length > maxFds;
  buffer.set(data.subarray(0, length));
  return { length, fds, truncated };
}

function receivedFds(controlLength: number): number[] {
  const fds: number[] = [];
  for (let at = 0; at + 16 <= controlLength;) {
    const length = Number(controlView.getBigUint64(at, true));
    if (length < 16) break;
    if (
      controlView.getInt32(at + 8, true) === abi.SOL_SOCKET &&
      controlView.getInt32(at + 12, true) === abi.SCM_RIGHTS
    ) {
      for (let each = at + 16; each + 4 <= at + length; each += 4) fds.push(controlView.getInt32(each, true));
    }
    at += (length + 7) & ~7;
  }
  return fds;
}

function setControl(length: number): void {
  headerView.setBigUint64(32, length === 0 ? 0n : controlAddress, true);
  headerView.setBigUint64(40, BigInt(length), true);
}
