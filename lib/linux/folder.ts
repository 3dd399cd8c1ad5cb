// Working folder and umask of this thread (chdir(2), umask(2)): its own since namespace.ts `rememberHome`.

import { must } from "./error.ts";
import { libc } from "./libc.ts";
import { allocate, cString } from "./memory.ts";

/** fchdir(2). Throws LinuxError. */
export function enterFolder(fd: number): void {
  must("fchdir", libc.fchdir(fd));
}

/** getcwd(3), or null where the folder was deleted or lies outside what this mount namespace shows. */
export function currentFolder(): string | null {
  const buffer = allocate(8192);
  if (BigInt(libc.getcwd(buffer, BigInt(buffer.length))) === 0n) return null;
  const path = new TextDecoder().decode(buffer.subarray(0, buffer.indexOf(0)));
  return path.startsWith("/") ? path : null;
}

/** The umask before. */
export function setUmask(mask: number): number {
  return libc.umask(mask);
}

/** chdir(2). Throws LinuxError. */
export function enterPath(path: string): void {
  must("chdir", libc.chdir(cString(path)), path);
}
