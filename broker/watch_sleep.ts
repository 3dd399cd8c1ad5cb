// The machine's sleep, noticed as soon as something says that it may have slept: the wall clock, which jumps when a
// machine wakes, or a link, of which some come up before the clock is set right. Reads what it is given.

import { EPOLLIN } from "../lib/linux/abi.ts";
import { drainClockChange } from "../lib/linux/clock_change.ts";
import type { Reactor } from "../lib/linux/reactor.ts";
import { WakeUp } from "./wake_up.ts";

export interface SleepSources {
  readonly reactor: Pick<Reactor, "add">;
  /** Readable when the wall clock jumps (lib/linux/clock_change.ts); stays the caller's. */
  readonly clockChange: number;
  /** How long the machine has slept since it was started. */
  readonly sleptMs: () => number;
  /** It woke after so long. */
  readonly onResumed: (sleptMs: number) => void;
}

/** Watches from now on. The answer is to be called after whatever else may come first after a sleep. */
export function watchSleep({ reactor, clockChange, sleptMs, onResumed }: SleepSources): () => void {
  const wakeUp = new WakeUp(sleptMs, onResumed);
  reactor.add(clockChange, EPOLLIN, () => {
    drainClockChange(clockChange);
    wakeUp.look();
  });
  return () => wakeUp.look();
}
