// What this process may do with a file, asked of the kernel (faccessat2(2)), so that access control lists and
// mounts count too. Paths are bytes: file names need not be UTF-8. A check before use: only for messages.

import { AT_FDCWD } from "./abi.ts";
import { libc } from "./libc.ts";
import { addressOf, allocate } from "./memory.ts";

const F_OK = 0, X_OK = 1;
/** Ask for the effective ids, those that execve(2) goes by. */
const AT_EACCESS = 0x200;
const SYS_faccessat2 = 439;

/** Whether there is such a file, as far as this process may see. */
export function exists(path: Uint8Array): boolean {
  return access(path, F_OK);
}

/** Whether it is a folder: only then may a slash follow. */
export function isFolder(path: Uint8Array): boolean {
  const withSlash = new Uint8Array(path.length + 1);
  withSlash.set(path);
  withSlash[path.length] = 0x2f;
  return access(withSlash, F_OK);
}

/** Whether this process may execute it; true for a folder that it may enter, as the kernel sees it. */
export function mayExecute(path: Uint8Array): boolean {
  return access(path, X_OK);
}

function access(path: Uint8Array, mode: number): boolean {
  if (path.length === 0 || path.includes(0)) return false;
  const cPath = allocate(path.length + 1);
  cPath.set(path);
  return libc.syscall(
    BigInt(SYS_faccessat2),
    BigInt(AT_FDCWD),
    addressOf(cPath),
    BigInt(mode),
    BigInt(AT_EACCESS),
  ) ===
    0n;
}
