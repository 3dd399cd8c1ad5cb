// When lifetimes are looked at again that the kernel does not have quite as they are wanted: before the difference
// matters, should no router renew them until then. One timer a domain, and none where nothing differs. Takes timers
// from outside.

import type { After, Cancel } from "./timers.ts";

/** No timer of the runtime takes a month; who looks for nothing sets the next. */
const MOST_S = 86_400;

export interface LifetimeLooksOptions {
  readonly after: After;
  /** The domain with this key is to be compared anew, which may find nothing to do. */
  readonly onDue: (key: string) => void;
}

export class LifetimeLooks {
  readonly #options: LifetimeLooksOptions;
  readonly #cancels = new Map<string, Cancel>();

  constructor(options: LifetimeLooksOptions) {
    this.#options = options;
  }

  /** In so many seconds, in place of what was set before; Infinity: not at all. */
  set(key: string, inS: number): void {
    this.cancel(key);
    if (inS === Infinity) return;
    const delayMs = Math.min(inS, MOST_S) * 1000;
    const cancel = this.#options.after(delayMs, () => {
      this.#cancels.delete(key);
      this.#options.onDue(key);
    });
    this.#cancels.set(key, cancel);
  }

  cancel(key: string): void {
    this.#cancels.get(key)?.();
    this.#cancels.delete(key);
  }
}
