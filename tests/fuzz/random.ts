// Chance that can be repeated: the same numbers for the same seed, on every machine. Pure.

/** A whole number from 0 up to, and without, `below`. */
export type Random = (below: number) => number;

/** xorshift32. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

/** A seed for the round with this number, unlike those of its neighbours (the finalizer of MurmurHash3). */
export function seedOfRound(seed: number, round: number): number {
  let mixed = (seed ^ Math.imul(round + 1, 0x9e37_79b1)) >>> 0;
  mixed = Math.imul(mixed ^ mixed >>> 16, 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ mixed >>> 13, 0xc2b2_ae35);
  return (mixed ^ mixed >>> 16) >>> 0;
}

/** One of them; there has to be one. */
export function pick<T>(random: Random, choices: readonly T[]): T {
  const [first] = choices;
  const chosen = choices[random(choices.length)] ?? first;
  if (chosen === undefined) throw new RangeError("nothing to pick from");
  return chosen;
}

export function chance(random: Random, oneIn: number): boolean {
  return random(oneIn) === 0;
}
