// A pipe (pipe(7)): bytes one way from whoever holds its writing end.

import * as abi from "./abi.ts";
import { must } from "./error.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";

/** Both ends, close-on-exec. Throws LinuxError. */
export function makePipe(): { readonly reading: number; readonly writing: number } {
  const pair = allocate(8);
  must("pipe2", libc.pipe2(pair, abi.O_CLOEXEC));
  return { reading: view(pair).getInt32(0, true), writing: view(pair).getInt32(4, true) };
}

/** What is there, at most as much as `into` holds; 0: every writer has closed. To be called when epoll(7) says that it
 * is readable: it would wait otherwise. Throws LinuxError. */
export function readPipe(fd: number, into: Uint8Array<ArrayBuffer>): number {
  return must("read", libc.read(fd, into, BigInt(into.length)));
}
