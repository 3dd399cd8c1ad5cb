// setsockopt(2) and getsockopt(2) with the values they take, for the other files of this folder.

import { must } from "./error.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";

/** A socklen_t to pass by pointer. */
export function setLength(length: number): Uint8Array<ArrayBuffer> {
  const bytes = allocate(4);
  view(bytes).setUint32(0, length, true);
  return bytes;
}

export function setInteger(fd: number, level: number, option: number, value: number, name: string): void {
  const bytes = allocate(4);
  view(bytes).setInt32(0, value, true);
  setBytes(fd, level, option, bytes, name);
}

export function setBytes(
  fd: number,
  level: number,
  option: number,
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
): void {
  must("setsockopt", libc.setsockopt(fd, level, option, bytes, bytes.length), name);
}

/** Throws LinuxError (ENOTSOCK). */
export function getInteger(fd: number, level: number, option: number, name: string): number {
  const bytes = allocate(4);
  must("getsockopt", libc.getsockopt(fd, level, option, bytes, setLength(4)), name);
  return view(bytes).getInt32(0, true);
}
