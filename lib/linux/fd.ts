// Files and descriptors, synchronously, on this thread and in its namespaces: what Deno's own file API cannot
// promise (it may use another thread, and refuses /proc and /sys without all permissions).

import * as abi from "./abi.ts";
import { LinuxError, must, retry } from "./error.ts";
import { libc } from "./libc.ts";
import { addressOf, allocate, cString, view } from "./memory.ts";

/** open(2), always close-on-exec. Throws LinuxError. */
export function open(path: string, flags: number, mode = 0): number {
  return must("open", libc.open(cString(path), flags | abi.O_CLOEXEC, mode), path);
}

/** openat(2), always close-on-exec. Throws LinuxError. */
export function openAt(folder: number, path: string, flags: number, mode = 0): number {
  return must("openat", libc.openat(folder, cString(path), flags | abi.O_CLOEXEC, mode), path);
}

/** close(2). Never throws: there is nothing that a caller could do. */
export function close(fd: number): void {
  libc.close(fd);
}

/** Another descriptor for the same open file, close-on-exec too. Throws LinuxError. */
export function duplicate(fd: number): number {
  return must("fcntl", libc.fcntl(fd, abi.F_DUPFD_CLOEXEC, 0), "F_DUPFD_CLOEXEC");
}

export function closeAll(fds: readonly number[]): void {
  for (const fd of fds) close(fd);
}

export interface FileStatus {
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
  readonly size: number;
  /** Device and inode: what a file is, whatever its name. */
  readonly identity: string;
}

const statxBuffer = allocate(256);

/** statx(2) of an open descriptor. Throws LinuxError. */
export function statusOf(fd: number): FileStatus {
  must("statx", libc.statx(fd, cString(""), abi.AT_EMPTY_PATH, abi.STATX_BASIC_STATS, statxBuffer));
  const v = view(statxBuffer);
  return {
    uid: v.getUint32(20, true),
    gid: v.getUint32(24, true),
    mode: v.getUint16(28, true),
    size: Number(v.getBigUint64(40, true)),
    identity: identityIn(statxBuffer),
  };
}

/**
 * The `identity` of `statusOf`, of a descriptor that somebody passed to us: asks no file system, which may refuse an
 * answer to everybody but its owner (FUSE), or never give one. Throws LinuxError.
 */
export function identityOf(fd: number): string {
  const flags = abi.AT_EMPTY_PATH | abi.AT_STATX_DONT_SYNC;
  // Who asks for nothing is refused by nobody, and still told the device.
  if (libc.statx(fd, cString(""), flags, abi.STATX_INO, statxBuffer) < 0) {
    must("statx", libc.statx(fd, cString(""), flags, 0, statxBuffer));
    const inode = readTextFile(`/proc/self/fdinfo/${fd}`)?.match(/^ino:\s*(\d+)$/m)?.[1];
    if (inode === undefined) throw new LinuxError("fdinfo", abi.ENOENT, "ino");
    view(statxBuffer).setBigUint64(32, BigInt(inode), true);
  }
  return identityIn(statxBuffer);
}

function identityIn(status: Uint8Array<ArrayBuffer>): string {
  const v = view(status);
  return `${v.getUint32(136, true)}:${v.getUint32(140, true)}:${v.getBigUint64(32, true)}`;
}

/** One for all: reading is synchronous, and what was read is copied out. */
const readBuffer = allocate(65_536);

/** The whole of a file of at most `max` bytes from its start. Throws LinuxError, RangeError over `max`. */
export function readAll(fd: number, max: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  const buffer = readBuffer;
  let total = 0;
  for (;;) {
    const length = must("read", retry(() => libc.read(fd, buffer, BigInt(buffer.length))));
    if (length === 0) break;
    total += length;
    if (total > max) throw new RangeError(`file is over ${max} bytes`);
    chunks.push(buffer.slice(0, length));
  }
  const all = new Uint8Array(total);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

export function writeAll(fd: number, bytes: Uint8Array): void {
  const buffer = allocate(bytes.length);
  buffer.set(bytes);
  for (let at = 0; at < buffer.length;) {
    const rest = buffer.slice(at);
    at += must("write", retry(() => libc.write(fd, rest, BigInt(rest.length))));
  }
}

/** The text of a file of at most `max` bytes, or null where there is none. Throws LinuxError otherwise. */
export function readTextFile(path: string, max = 1 << 20): string | null {
  let fd: number;
  try {
    fd = open(path, abi.O_RDONLY);
  } catch (error) {
    if (error instanceof LinuxError && error.errno === abi.ENOENT) return null;
    throw error;
  }
  try {
    return new TextDecoder().decode(readAll(fd, max));
  } finally {
    close(fd);
  }
}

/** Writes a /proc or /sys setting, or an existing file, in place. Throws LinuxError. */
export function writeSetting(path: string, value: string): void {
  const fd = open(path, abi.O_WRONLY);
  try {
    writeAll(fd, new TextEncoder().encode(value));
  } finally {
    close(fd);
  }
}

/** Replaces a file at once, by rename: a reader sees the old or the new one, never half. Where several may do so at
 * the same time, each needs a temporary name of its own in the same folder. Throws LinuxError. */
export function replaceFile(path: string, content: string, mode: number, temporary = `${path}.new`): void {
  const fd = open(temporary, abi.O_WRONLY | abi.O_CREAT | abi.O_TRUNC | abi.O_NOFOLLOW, mode);
  try {
    // The umask may have taken some of it.
    must("chmod", libc.chmod(cString(temporary), mode), temporary);
    writeAll(fd, new TextEncoder().encode(content));
  } finally {
    close(fd);
  }
  must("rename", libc.rename(cString(temporary), cString(path)), path);
}

/** mkdir(2) where it is not there yet. Throws LinuxError. */
export function makeFolder(path: string, mode: number): void {
  const result = libc.mkdir(cString(path), mode);
  if (result === 0) return;
  try {
    must("mkdir", result, path);
  } catch (error) {
    if (!(error instanceof LinuxError && error.errno === abi.EEXIST)) throw error;
  }
}

/** Whether something has this name, be it a link that leads nowhere. */
export function isThere(path: string): boolean {
  return libc.statx(abi.AT_FDCWD, cString(path), abi.AT_SYMLINK_NOFOLLOW, 0, statxBuffer) === 0;
}

/** unlink(2); false where there was nothing to remove or it could not be. */
export function removeFile(path: string): boolean {
  return libc.unlink(cString(path)) === 0;
}

export function removeFolder(path: string): boolean {
  return libc.rmdir(cString(path)) === 0;
}

/** Where a symbolic link points, or null. */
export function linkTarget(path: string): string | null {
  const buffer = allocate(4096);
  const length = Number(libc.readlink(cString(path), buffer, BigInt(buffer.length)));
  return length < 0 ? null : new TextDecoder().decode(buffer.subarray(0, length));
}

/** The names in a folder, without "." and "..", by getdents64(2). Empty where it cannot be read. */
export function namesIn(path: string): string[] {
  const fd = libc.open(cString(path), abi.O_RDONLY | abi.O_DIRECTORY | abi.O_CLOEXEC, 0);
  if (fd < 0) return [];
  try {
    const names: string[] = [];
    const buffer = allocate(32_768);
    const address = addressOf(buffer);
    for (;;) {
      const length = Number(
        libc.syscall(BigInt(abi.SYS_getdents64), BigInt(fd), address, BigInt(buffer.length), 0n),
      );
      if (length <= 0) return names;
      const v = view(buffer);
      for (let at = 0; at < length;) {
        const recordLength = v.getUint16(at + 16, true);
        const end = buffer.indexOf(0, at + 19);
        const name = new TextDecoder().decode(buffer.subarray(at + 19, end));
        if (name !== "." && name !== "..") names.push(name);
        at += recordLength;
      }
    }
  } finally {
    close(fd);
  }
}
