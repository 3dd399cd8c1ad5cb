// How a failed system call is told. Only messages come from errno: it can be wrong about twice in a million
// (another thread's, or the collector's, call in between), so nothing that matters for safety hangs on it.

import { EINTR, ERRNO_NAMES } from "./abi.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";

export class LinuxError extends Error {
  override readonly name = "LinuxError";

  constructor(readonly call: string, readonly errno: number, detail = "") {
    super(`${call}${detail && ` ${detail}`}: ${describeErrno(errno)}`);
  }

  /** "ENOENT", or "errno 123" where it has no name here. */
  get errnoName(): string {
    return ERRNO_NAMES[this.errno]?.[0] ?? `errno ${this.errno}`;
  }
}

export function describeErrno(errno: number): string {
  const known = ERRNO_NAMES[errno];
  return known === undefined ? `errno ${errno}` : `${known[1]} (${known[0]})`;
}

const errnoBytes = allocate(4);
const errnoView = view(errnoBytes);

/** errno(3) of this thread; ask straight after a synchronous call. */
export function lastErrno(): number {
  libc.memcpy(errnoBytes, libc.__errno_location(), 4n);
  return errnoView.getInt32(0, true);
}

/** The result of a call that returns -1 for failure, or LinuxError. */
export function must(call: string, result: number | bigint, detail = ""): number {
  const value = Number(result);
  if (value < 0) throw new LinuxError(call, lastErrno(), detail);
  return value;
}

/** Calls again while a signal interrupted it; bounded, because errno can lie. */
export function retry(call: () => number | bigint): number {
  for (let attempt = 0; attempt < 100; attempt++) {
    const result = Number(call());
    if (result >= 0 || lastErrno() !== EINTR) return result;
  }
  return -1;
}
