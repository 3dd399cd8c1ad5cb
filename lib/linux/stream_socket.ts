// Unix SOCK_STREAM sockets with file descriptors beside the bytes (unix(7)): how the broker speaks to the system
// bus. A stream has no messages: the kernel ends what one call receives behind bytes that descriptors came with.

import * as abi from "./abi.ts";
import { type ReceivedMessage, receiveWithFds, sendWithFds } from "./ancillary.ts";
import { must } from "./error.ts";
import { closeAll } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";
import { connectUnixSocket } from "./unix_address.ts";

/** A stream connected to `path`. Throws LinuxError (ENOENT, ECONNREFUSED: nobody there). */
export function connectStream(path: string): number {
  return connectUnixSocket(abi.SOCK_STREAM, path);
}

/** How many of the bytes were taken, with all descriptors; null: the queue is full, nothing was sent. The descriptors
 * stay the caller's. Throws LinuxError (EPIPE). */
export function sendBytes(fd: number, bytes: Uint8Array, fds: readonly number[] = []): number | null {
  if (bytes.length === 0) throw new RangeError("there is nothing to send");
  return sendWithFds(fd, bytes, fds);
}

/** What waits, as much as fits into `buffer`, and its descriptors, which are none where it is truncated; null: nothing
 * waits. `length` 0: the peer has closed. Throws LinuxError (ECONNRESET). */
export function receiveBytes(fd: number, buffer: Uint8Array, maxFds: number): ReceivedMessage | null {
  const received = receiveWithFds(fd, buffer, maxFds);
  if (received === null || !received.truncated) return received;
  closeAll(received.fds);
  return { ...received, fds: [] };
}

/** Two connected streams. */
export function streamPair(): [number, number] {
  const pair = allocate(8);
  must(
    "socketpair",
    libc.socketpair(abi.AF_UNIX, abi.SOCK_STREAM | abi.SOCK_CLOEXEC | abi.SOCK_NONBLOCK, 0, pair),
  );
  return [view(pair).getInt32(0, true), view(pair).getInt32(4, true)];
}
