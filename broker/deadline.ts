// One timer for everything that ends: it fires at the first moment of all. A moment that is put off is not looked for
// among the others; the timer then fires once for nothing, and whoever it calls says which moment is next. So an
// advertisement that renews one domain of a thousand costs nothing for the others. Takes time from outside.

import { type After, type Cancel, MAX_WAIT_MS } from "./timers.ts";

export interface DeadlineOptions {
  readonly now: () => number;
  readonly after: After;
  /** A moment has come, or may have: to be answered with `set`. */
  readonly onReached: () => void;
}

export class Deadline {
  readonly #options: DeadlineOptions;
  #at = Infinity;
  #cancel: Cancel = () => {};

  constructor(options: DeadlineOptions) {
    this.#options = options;
  }

  /** Something ends then, in milliseconds of CLOCK_BOOTTIME; what ends earlier stays waited for. */
  bring(moment: number): void {
    if (moment < this.#at) this.set(moment);
  }

  /** Nothing ends before then. Infinity: nothing ends. */
  set(moment: number): void {
    this.#cancel();
    this.#at = moment;
    if (moment === Infinity) return;
    // Not a fraction of a millisecond too early, and never so long that a suspended machine's clock runs away.
    const waitMs = Math.min(Math.max(0, Math.ceil(moment - this.#options.now())), MAX_WAIT_MS);
    this.#cancel = this.#options.after(waitMs, () => {
      this.#at = Infinity;
      this.#options.onReached();
    });
  }
}
