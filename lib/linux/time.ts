// Clocks. Lifetimes run on CLOCK_BOOTTIME, which goes on while the machine sleeps and does not jump when somebody
// sets the date (clock_gettime(2)).

import { CLOCK_BOOTTIME, CLOCK_MONOTONIC } from "./abi.ts";
import { must } from "./error.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";

const timespec = allocate(16);
const timespecView = view(timespec);

/** Milliseconds since the machine was started, sleep included; fractions are kept. */
export function bootTimeMs(): number {
  return clockMs(CLOCK_BOOTTIME);
}

/** Between the readings of two clocks; more is another process's turn, or a stop. */
const READING_MS = 20;
const MAX_READINGS = 10;

/** Milliseconds that the machine has slept since it was started: CLOCK_MONOTONIC stands still while it sleeps. */
export function sleptMs(): number {
  for (let reading = 1;; reading++) {
    const before = clockMs(CLOCK_MONOTONIC);
    const boot = clockMs(CLOCK_BOOTTIME);
    if (reading === MAX_READINGS || clockMs(CLOCK_MONOTONIC) - before < READING_MS) return boot - before;
  }
}

function clockMs(clock: number): number {
  must("clock_gettime", libc.clock_gettime(clock, timespec));
  return Number(timespecView.getBigInt64(0, true)) * 1000 + Number(timespecView.getBigInt64(8, true)) / 1e6;
}
