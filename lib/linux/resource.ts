// The soft limit of open files (getrlimit(2)), which a process may lower and raise again as it likes up to the hard one.

import * as abi from "./abi.ts";
import { must } from "./error.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";

/** Runs `work` while this process, and what it starts, has this soft limit; at most the hard one. No descriptor above
 * it is closed, but none can be opened meanwhile. Throws LinuxError. */
export function withSoftOpenFiles<T>(soft: number, work: () => T): T {
  const before = allocate(16);
  must("getrlimit", libc.getrlimit(abi.RLIMIT_NOFILE, before));
  const lowered = before.slice();
  const hard = view(before).getBigUint64(8, true);
  if (BigInt(Number.isFinite(soft) ? soft : Number.MAX_SAFE_INTEGER) >= hard) return work();
  view(lowered).setBigUint64(0, BigInt(soft), true);
  must("setrlimit", libc.setrlimit(abi.RLIMIT_NOFILE, lowered));
  try {
    return work();
  } finally {
    must("setrlimit", libc.setrlimit(abi.RLIMIT_NOFILE, before));
  }
}
