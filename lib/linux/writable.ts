// Waiting on this thread until a descriptor can be written (poll(2)): for the few words of a program that has nothing
// else to do until they are written.

import { retry } from "./error.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";

const POLLOUT = 4;

/** Comes back when `fd` takes bytes or tells why it does not, perhaps earlier: write(2) says which. */
export function waitWritable(fd: number): void {
  const pollfd = allocate(8);
  view(pollfd).setInt32(0, fd, true);
  view(pollfd).setInt16(4, POLLOUT, true);
  retry(() => libc.poll(pollfd, 1n, -1));
}
