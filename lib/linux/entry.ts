// An entry of a folder as it is, links not followed (statx(2), symlink(2)), and a file rewritten in place, for those who
// hold it open or have it mounted elsewhere. Synchronous, on this thread and in its namespaces.

import * as abi from "./abi.ts";
import { must } from "./error.ts";
import { close, open } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, cString, view } from "./memory.ts";

const NEWLINE = 0x0a;
const statxBuffer = allocate(256);

/** What kind of entry it is (S_IFMT of its mode); null where there is none. */
export function kindOf(path: string): number | null {
  return look(path) ? view(statxBuffer).getUint16(28, true) & abi.S_IFMT : null;
}

/** Differs when the entry is another one or was changed: inode and time of change. For a folder, when a name came, went
 * or means something else. Null where there is none. Two changes within a tick of the clock may look like one. */
export function changeMark(path: string): string | null {
  if (!look(path)) return null;
  const v = view(statxBuffer);
  return `${v.getBigUint64(32, true)} ${v.getBigInt64(96, true)}.${v.getUint32(104, true)}`;
}

/** symlink(2). Throws LinuxError. */
export function makeLink(target: string, path: string): void {
  must("symlink", libc.symlink(cString(target), cString(path)), path);
}

/** Gives an existing file another content, in place: whoever reads it meanwhile sees the old text or the new one, the
 * new one perhaps with empty lines behind it. Throws LinuxError. */
export function overwriteFile(path: string, content: string): void {
  const bytes = new TextEncoder().encode(content);
  const fd = open(path, abi.O_WRONLY);
  try {
    must("statx", libc.statx(fd, cString(""), abi.AT_EMPTY_PATH, abi.STATX_BASIC_STATS, statxBuffer), path);
    const before = Number(view(statxBuffer).getBigUint64(40, true));
    // One write, that covers all of the old text: no reader meets the end of the old behind the new.
    const covering = allocate(Math.max(bytes.length, before)).fill(NEWLINE);
    covering.set(bytes);
    const written = must("write", libc.write(fd, covering, BigInt(covering.length)), path);
    if (written < covering.length) throw new Error(`${path}: only ${written} bytes could be written`);
    must("ftruncate", libc.ftruncate(fd, BigInt(bytes.length)), path);
  } finally {
    close(fd);
  }
}

function look(path: string): boolean {
  const mask = abi.STATX_BASIC_STATS;
  return libc.statx(abi.AT_FDCWD, cString(path), abi.AT_SYMLINK_NOFOLLOW, mask, statxBuffer) === 0;
}
