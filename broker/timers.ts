// Timers at the broker's edge: they can be cancelled, and what one throws is logged and goes no further. Tests
// pass their own.

import { describeError, type Log } from "./log.ts";

export type Cancel = () => void;
type Timer = ReturnType<typeof setTimeout>;
export type After = (delayMs: number, run: () => void) => Cancel;

/**
 * setTimeout runs on CLOCK_MONOTONIC, which stands still while the machine sleeps: whoever waits for a moment of
 * CLOCK_BOOTTIME waits at most this long at a time and looks again.
 */
export const MAX_WAIT_MS = 30_000;

/** Timers of the runtime; `cancelAll` lets the process end. */
export function realTimers(log: Log): { readonly after: After; readonly cancelAll: () => void } {
  const timers = new Set<Timer>();
  const cancel = (timer: Timer) => {
    clearTimeout(timer);
    timers.delete(timer);
  };
  return {
    after: (delayMs, run) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        try {
          run();
        } catch (error) {
          log("error", `timer: ${describeError(error)}`);
        }
      }, Math.max(0, delayMs));
      timers.add(timer);
      return () => cancel(timer);
    },
    cancelAll: () => timers.forEach(cancel),
  };
}

/** Waits of 1, 2, 4, ... times `firstMs`, at most `mostMs`. */
export function backOffMs(failures: number, firstMs: number, mostMs: number): number {
  return Math.min(mostMs, firstMs * 2 ** Math.min(failures, 30));
}
