// Whether a descriptor has something to tell at this moment (poll(2)), without waiting and without reading it.

import * as abi from "./abi.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";

/** Something can be read, there is an error, or the other end is gone. True also where poll itself fails: whoever asks
 * then finds out by using it. */
export function isReady(fd: number): boolean {
  const pollfd = allocate(8);
  const v = view(pollfd);
  v.setInt32(0, fd, true);
  v.setInt16(4, abi.POLLIN, true);
  return libc.poll(pollfd, 1n, 0) !== 0;
}
