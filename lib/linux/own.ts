// What the kernel keeps of this process as bytes: its arguments and its environment as they were at exec. Deno's
// own view of both is text, in which bytes that are not UTF-8 are lost. Reads /proc/self and nothing else.

import { O_RDONLY } from "./abi.ts";
import { close, open, readAll } from "./fd.ts";

/** The arguments at exec, the program's name and a runtime's own flags included. Throws LinuxError, RangeError. */
export function ownArguments(maxBytes: number): Uint8Array[] {
  return splitAtNul(readOwn("/proc/self/cmdline", maxBytes));
}

/** "NAME=value" each, as at exec. Throws LinuxError, RangeError. */
export function ownEnvironment(maxBytes: number): Uint8Array[] {
  return splitAtNul(readOwn("/proc/self/environ", maxBytes));
}

function readOwn(path: string, maxBytes: number): Uint8Array {
  const fd = open(path, O_RDONLY);
  try {
    return readAll(fd, maxBytes);
  } finally {
    close(fd);
  }
}

/** NUL ends each; bytes after the last NUL are an entry too. */
export function splitAtNul(bytes: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const nul = bytes.indexOf(0, start);
    const end = nul < 0 ? bytes.length : nul;
    entries.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return entries;
}
