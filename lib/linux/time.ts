// Clocks. Lifetimes run on CLOCK_BOOTTIME, which goes on while the machine sleeps and does not jump when somebody
// sets the date (clock_gettime(2)).

import { CLOCK_BOOTTIME } from "./abi.ts";
import { must } from "./error.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";

const timespec = allocate(16);
const timespecView = view(timespec);

/** Milliseconds since the machine was started, sleep included; fractions are kept. */
export function bootTimeMs(): number {
  must("clock_gettime", libc.clock_gettime(CLOCK_BOOTTIME, timespec));
  return Number(timespecView.getBigInt64(0, true)) * 1000 + Number(timespecView.getBigInt64(8, true)) / 1e6;
}
