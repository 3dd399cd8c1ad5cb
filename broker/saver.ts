// Writes the state to its file now and then: at once when a domain ends, soon after one came, seldom for renewed lifetimes. Touches
// that one file; that it cannot be written is said once and harms nobody but the next start.

import { describeError, type Log } from "./log.ts";
import { saveState } from "./store.ts";
import type { State } from "./state/types.ts";
import type { After, Cancel } from "./timers.ts";

const SOON_MS = 100;
/** A domain whose lifetime is shorter than this is lost by a restart, and is announced again as soon. */
const SELDOM_MS = 5_000;

export interface SaverOptions {
  readonly file: string;
  readonly boot: string;
  readonly after: After;
  readonly log: Log;
  readonly state: () => State;
}

export class Saver {
  readonly #options: SaverOptions;
  #pending: { readonly soon: boolean; readonly cancel: Cancel } | null = null;
  #failed = false;
  #isRecent = false;

  constructor(options: SaverOptions) {
    this.#options = options;
  }

  /** At once; of many that end one after the other, one now and the others soon. */
  ended(): void {
    if (this.#isRecent) return this.changed(true);
    this.#isRecent = true;
    this.#options.after(SOON_MS, () => this.#isRecent = false);
    this.save();
  }

  changed(soon: boolean): void {
    if (this.#pending !== null && (this.#pending.soon || !soon)) return;
    this.#pending?.cancel();
    const cancel = this.#options.after(soon ? SOON_MS : SELDOM_MS, () => this.save());
    this.#pending = { soon, cancel };
  }

  save(): void {
    this.#pending?.cancel();
    this.#pending = null;
    const { file, state, boot, log } = this.#options;
    try {
      saveState(file, state(), boot);
      this.#failed = false;
    } catch (error) {
      if (!this.#failed) log("warning", `the domains cannot be kept for a restart: ${describeError(error)}`);
      this.#failed = true;
    }
  }
}
