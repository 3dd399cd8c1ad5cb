// Unix SOCK_SEQPACKET sockets with file descriptors beside the messages (unix(7), cmsg(3)): how client, broker and
// helper speak. Everything is nonblocking and close-on-exec; a descriptor that nobody takes is closed here.

import * as abi from "./abi.ts";
import { lastErrno, LinuxError, must } from "./error.ts";
import { close, closeAll } from "./fd.ts";
import { libc } from "./libc.ts";
import { addressOf, allocate, view } from "./memory.ts";

export { close, closeAll };

/** Descriptors in one control message that are looked at at all; the kernel allows 253 (SCM_MAX_FD). */
const MAX_CONTROL_FDS = 253;
const MAX_PACKET_BYTES = 65_536;

// One set of buffers serves every call: calls are synchronous and on one thread.
const data = allocate(MAX_PACKET_BYTES + 1);
const iovec = allocate(16);
const control = allocate(16 + 4 * MAX_CONTROL_FDS + 4);
const header = allocate(56);
const iovecView = view(iovec), controlView = view(control), headerView = view(header);
iovecView.setBigUint64(0, addressOf(data), true);
headerView.setBigUint64(16, addressOf(iovec), true);
headerView.setBigUint64(24, 1n, true);
const controlAddress = addressOf(control);

/** A SEQPACKET socket bound to `path` and listening, for everybody whom `mode` and `owner` (a uid; null: this
 * process's) let in; an old socket file there is replaced. Throws LinuxError. */
export function listenUnix(path: string, mode: number, owner: number | null = null, backlog = 128): number {
  const fd = must("socket", libc.socket(abi.AF_UNIX, SEQPACKET, 0));
  try {
    const address = unixAddress(path);
    libc.unlink(cPath(path));
    // Made with no permission for others and opened afterwards, so that nobody connects in between.
    const before = libc.umask(0o177);
    try {
      must("bind", libc.bind(fd, address, address.length), path);
    } finally {
      libc.umask(before);
    }
    if (owner !== null) must("chown", libc.chown(cPath(path), owner, KEEP_GROUP), path);
    must("chmod", libc.chmod(cPath(path), mode), path);
    must("listen", libc.listen(fd, backlog), path);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** A SEQPACKET socket connected to `path`. Throws LinuxError (ENOENT, ECONNREFUSED: nobody there). */
export function connectUnix(path: string): number {
  const fd = must("socket", libc.socket(abi.AF_UNIX, SEQPACKET, 0));
  const address = unixAddress(path);
  if (libc.connect(fd, address, address.length) < 0) {
    const error = new LinuxError("connect", lastErrno(), path);
    close(fd);
    throw error;
  }
  return fd;
}

/** Two connected SEQPACKET sockets. */
export function socketPair(): [number, number] {
  const pair = allocate(8);
  must("socketpair", libc.socketpair(abi.AF_UNIX, SEQPACKET, 0, pair));
  return [view(pair).getInt32(0, true), view(pair).getInt32(4, true)];
}

/** The next connection, or null where none waits (or it is gone already). */
export function accept(fd: number): number | null {
  const accepted = libc.accept4(fd, 0n, 0n, abi.SOCK_CLOEXEC | abi.SOCK_NONBLOCK);
  return accepted < 0 ? null : accepted;
}

/** One message with descriptors. False: the peer's queue is full, nothing was sent. Throws LinuxError (EPIPE). */
export function sendMessage(fd: number, bytes: Uint8Array, fds: readonly number[] = []): boolean {
  if (bytes.length === 0 || bytes.length > MAX_PACKET_BYTES) {
    throw new RangeError(`a message has 1 to ${MAX_PACKET_BYTES} bytes, not ${bytes.length}`);
  }
  data.set(bytes);
  iovecView.setBigUint64(8, BigInt(bytes.length), true);
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
  if (Number(libc.sendmsg(fd, header, abi.MSG_NOSIGNAL | abi.MSG_DONTWAIT)) >= 0) return true;
  const errno = lastErrno();
  if (errno === abi.EAGAIN) return false;
  throw new LinuxError("sendmsg", errno);
}

export interface ReceivedMessage {
  /** Bytes written into the buffer; 0 without fds: the peer has closed. */
  readonly length: number;
  /** Ours to close. */
  readonly fds: readonly number[];
  /** The message or its descriptors did not fit, or there were more than `maxFds`: all fds are closed already. */
  readonly truncated: boolean;
}

/** One message into `buffer`, or null where none waits. Throws LinuxError (ECONNRESET). */
export function receiveMessage(fd: number, buffer: Uint8Array, maxFds: number): ReceivedMessage | null {
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
  if (truncated) closeAll(fds);
  buffer.set(data.subarray(0, length));
  return { length, fds: truncated ? [] : fds, truncated };
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

/** (gid_t) -1 of chown(2). */
const KEEP_GROUP = 0xffff_ffff;
const SEQPACKET = abi.SOCK_SEQPACKET | abi.SOCK_CLOEXEC | abi.SOCK_NONBLOCK;

function setControl(length: number): void {
  headerView.setBigUint64(32, length === 0 ? 0n : controlAddress, true);
  headerView.setBigUint64(40, BigInt(length), true);
}

function cPath(path: string): Uint8Array<ArrayBuffer> {
  return unixAddress(path).slice(2);
}

/** sockaddr_un with its terminating NUL. Throws RangeError for a path that does not fit (unix(7): 108 bytes). */
function unixAddress(path: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(path);
  if (bytes.length === 0 || bytes.length > 107 || bytes.includes(0)) {
    throw new RangeError(`a socket's path has 1 to 107 bytes: ${path.length} here`);
  }
  const address = allocate(2 + bytes.length + 1);
  view(address).setUint16(0, abi.AF_UNIX, true);
  address.set(bytes, 2);
  return address;
}
