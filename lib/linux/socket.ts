// Unix SOCK_SEQPACKET sockets with file descriptors beside the messages (unix(7), cmsg(3)): how client, broker and
// helper speak. Everything is nonblocking and close-on-exec; a descriptor that nobody takes is closed here.

import * as abi from "./abi.ts";
import { MAX_BYTES_A_CALL, type ReceivedMessage, receiveWithFds, sendWithFds } from "./ancillary.ts";
import { must } from "./error.ts";
import { close, closeAll } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";
import { connectUnixSocket, unixAddress } from "./unix_address.ts";

export { close, closeAll, type ReceivedMessage };

/** A SEQPACKET socket bound to `path` and listening, for everybody whom `mode` and `owner` (a uid; null: this
 * process's) let in; an old socket file there is replaced. Throws LinuxError. */
export function listenUnix(path: string, mode: number, owner: number | null = null, backlog = 128): number {
  const fd = must("socket", libc.socket(abi.AF_UNIX, SEQPACKET, 0));
  try {
    const address = unixAddress(path);
    libc.unlink(cPath(path));
    // Made with no permission for others and opened when it listens, so that nobody connects in between, or in vain.
    const before = libc.umask(0o177);
    try {
      must("bind", libc.bind(fd, address, address.length), path);
    } finally {
      libc.umask(before);
    }
    must("listen", libc.listen(fd, backlog), path);
    must("chmod", libc.chmod(cPath(path), mode), path);
    if (owner !== null) must("chown", libc.chown(cPath(path), owner, KEEP_GROUP), path);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** A SEQPACKET socket connected to `path`. Throws LinuxError (ENOENT, ECONNREFUSED: nobody there). */
export function connectUnix(path: string): number {
  return connectUnixSocket(abi.SOCK_SEQPACKET, path);
}

/** Two connected SEQPACKET sockets. */
export function socketPair(): [number, number] {
  const pair = allocate(8);
  must("socketpair", libc.socketpair(abi.AF_UNIX, SEQPACKET, 0, pair));
  return [view(pair).getInt32(0, true), view(pair).getInt32(4, true)];
}

/** Whether the other end is closed, however much of what it said is still to be read (poll(2)). */
export function hasHungUp(fd: number): boolean {
  const pollfd = allocate(8);
  const v = view(pollfd);
  v.setInt32(0, fd, true);
  v.setInt16(4, abi.POLLRDHUP, true);
  return libc.poll(pollfd, 1n, 0) > 0 && (v.getInt16(6, true) & (abi.POLLHUP | abi.POLLRDHUP)) !== 0;
}

/** For a descriptor that goes to somebody else's program: calls on it wait, as programs expect. Throws LinuxError. */
export function makeBlocking(fd: number): void {
  must("fcntl", libc.fcntl(fd, abi.F_SETFL, 0), "F_SETFL");
}

/** The next connection, or null where none waits (or it is gone already). */
export function accept(fd: number): number | null {
  const accepted = libc.accept4(fd, 0n, 0n, abi.SOCK_CLOEXEC | abi.SOCK_NONBLOCK);
  return accepted < 0 ? null : accepted;
}

/** One message with descriptors. False: the peer's queue is full, nothing was sent. Throws LinuxError (EPIPE). */
export function sendMessage(fd: number, bytes: Uint8Array, fds: readonly number[] = []): boolean {
  if (bytes.length === 0 || bytes.length > MAX_BYTES_A_CALL) {
    throw new RangeError(`a message has 1 to ${MAX_BYTES_A_CALL} bytes, not ${bytes.length}`);
  }
  return sendWithFds(fd, bytes, fds) !== null;
}

/** One message into `buffer`, or null where none waits. Throws LinuxError (ECONNRESET). */
export function receiveMessage(fd: number, buffer: Uint8Array, maxFds: number): ReceivedMessage | null {
  return receiveWithFds(fd, buffer, maxFds);
}

/** (gid_t) -1 of chown(2). */
const KEEP_GROUP = 0xffff_ffff;
const SEQPACKET = abi.SOCK_SEQPACKET | abi.SOCK_CLOEXEC | abi.SOCK_NONBLOCK;

function cPath(path: string): Uint8Array<ArrayBuffer> {
  return unixAddress(path).slice(2);
}
