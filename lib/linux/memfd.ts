// Sealed memory files (memfd_create(2)): the bytes are final, and the owner is the uid that made them, which no
// other process can change.

import * as abi from "./abi.ts";
import { must } from "./error.ts";
import { close, readAll, statusOf, writeAll } from "./fd.ts";
import { libc } from "./libc.ts";
import { cString } from "./memory.ts";

/** A descriptor for `bytes`, sealed against any change. Throws LinuxError. */
export function sealedMemfd(name: string, bytes: Uint8Array): number {
  const fd = must("memfd_create", libc.memfd_create(cString(name), abi.MFD_CLOEXEC | abi.MFD_ALLOW_SEALING));
  try {
    writeAll(fd, bytes);
    must("fcntl", libc.fcntl(fd, abi.F_ADD_SEALS, abi.ALL_SEALS), "F_ADD_SEALS");
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** The bytes of a sealed memfd that `uid` made, from its start. Throws SyntaxError where it is anything else. */
export function readSealedMemfd(fd: number, uid: number, max: number): Uint8Array {
  // There may be more: with the sysctl vm.memfd_noexec each new memfd has F_SEAL_EXEC too. -1: it is none at all.
  const seals = libc.fcntl(fd, abi.F_GET_SEALS, 0);
  if (seals < 0 || (seals & abi.ALL_SEALS) !== abi.ALL_SEALS) {
    throw new SyntaxError("launch record: not a sealed memfd");
  }
  const status = statusOf(fd);
  if (status.uid !== uid) throw new SyntaxError("launch record: made by somebody else");
  if (status.size > max) throw new SyntaxError("launch record: too long");
  // By a path of our own the offset is ours: a client that shares the descriptor cannot move it under the read.
  const own = must(
    "open",
    libc.open(cString(`/proc/self/fd/${fd}`), abi.O_RDONLY | abi.O_CLOEXEC, 0),
    "memfd",
  );
  try {
    return readAll(own, max);
  } finally {
    close(own);
  }
}
