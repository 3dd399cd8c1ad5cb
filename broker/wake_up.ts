// Notices that the machine has slept: CLOCK_BOOTTIME is then further ahead of CLOCK_MONOTONIC than before. Pure but
// for the clock that it is given; whoever has a reason to think that it slept asks it to look.

/** Less changes no lifetime, which are whole seconds. */
const LEAST_SLEEP_MS = 500;

export class WakeUp {
  readonly #sleptMs: () => number;
  readonly #onWake: (sleptMs: number) => void;
  #known: number;

  /** `sleptMs`: how long the machine has slept since it was started. */
  constructor(sleptMs: () => number, onWake: (sleptMs: number) => void) {
    this.#sleptMs = sleptMs;
    this.#onWake = onWake;
    this.#known = sleptMs();
  }

  look(): void {
    const now = this.#sleptMs();
    const slept = now - this.#known;
    if (slept < LEAST_SLEEP_MS) return;
    this.#known = now;
    this.#onWake(slept);
  }
}
