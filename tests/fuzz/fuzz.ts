// Rounds of the fuzzer: each makes up a row of steps from a seed of its own and leads the state through it. The first
// row that breaks a promise is made as short as it can be. Touches the clock alone.

import { hex } from "../../lib/ndp/octets.ts";
import { Coverage } from "./coverage.ts";
import { bentPacket, checkBytes, corpus } from "./ndp_fuzz.ts";
import { randomFrom, seedOfRound } from "./random.ts";
import { makeSteps, type Step } from "./steps.ts";
import { MACHINE, type Machine, walk } from "./walk.ts";

export interface Failure {
  /** `main.ts --round` makes the same steps of it. */
  readonly roundSeed: number;
  readonly sentence: string;
  readonly error: unknown;
  /** Made shorter: each of them is needed. */
  readonly steps: readonly Step[];
}

export interface Fuzzed {
  readonly rounds: number;
  readonly seconds: number;
  readonly coverage: Coverage;
  readonly failure: Failure | null;
}

/** What Coverage counts them under. */
export const PARSER = "packets for the parser alone";
/** Bent packets that the parser alone is given in each round: far cheaper than steps. */
const PARSER_BURST = 300;
/** How long a row is made shorter, at the most. */
const SHORTEN_MS = 10_000;

/** For so many seconds, or until something is found. */
export function fuzz(seconds: number, seed: number, machine: Machine = MACHINE): Fuzzed {
  const coverage = new Coverage();
  const packets = corpus();
  const start = performance.now();
  const passed = () => (performance.now() - start) / 1000;
  for (let rounds = 0;;) {
    const failure = fuzzRound(seedOfRound(seed, rounds), packets, coverage, machine);
    rounds++;
    if (failure !== null || passed() >= seconds) return { rounds, seconds: passed(), coverage, failure };
  }
}

/** One round; null where all promises were kept. */
export function fuzzRound(
  roundSeed: number,
  packets: readonly Uint8Array[] = corpus(),
  coverage: Coverage = new Coverage(),
  machine: Machine = MACHINE,
): Failure | null {
  const random = randomFrom(roundSeed);
  for (let count = 0; count < PARSER_BURST; count++) {
    const bytes = bentPacket(packets, random);
    const steps: Step[] = [{ type: "hear", link: 0, router: 0, hex: hex(bytes) }];
    try {
      coverage.count(PARSER, checkBytes(bytes) ? "valid" : "invalid");
    } catch (error) {
      return { roundSeed, sentence: sentenceOf(error), error, steps };
    }
  }
  const steps = makeSteps(random, packets);
  const error = errorOf(steps, machine, coverage);
  if (error === null) return null;
  const shorter = shorten(steps, (fewer) => sentenceOf(errorOf(fewer, machine)) === sentenceOf(error));
  return { roundSeed, sentence: sentenceOf(error), error, steps: shorter };
}

function errorOf(steps: readonly Step[], machine: Machine, coverage = new Coverage()): unknown {
  try {
    walk(steps, coverage, machine);
    return null;
  } catch (error) {
    return error;
  }
}

/** Names and numbers left out: a shorter row that fails in the same way may fail with others. */
function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return error === null ? "" : String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${error.message}${cause}`.replace(/\b[0-9a-f]{16,}\b/g, "...").replace(/\\[0-9]{3}/g, "?").slice(
    0,
    300,
  );
}

/** Steps are left out, half of them, a quarter, ... one, as long as it still fails. */
function shorten(steps: readonly Step[], fails: (fewer: readonly Step[]) => boolean): readonly Step[] {
  const end = performance.now() + SHORTEN_MS;
  let rest = steps;
  for (let size = rest.length >> 1; size >= 1 && performance.now() < end;) {
    let found = false;
    for (let at = 0; at < rest.length && performance.now() < end;) {
      const fewer = rest.toSpliced(at, size);
      if (fewer.length > 0 && fails(fewer)) {
        rest = fewer;
        found = true;
      } else at += size;
    }
    if (!found || size > 1) size >>= 1;
  }
  return rest;
}
