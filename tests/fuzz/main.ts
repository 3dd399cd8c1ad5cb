// `deno task fuzz [--seconds N] [--seed N]`: bent packets against the parser, and rows of packets and clock steps
// against the broker's whole pure state. What was found before comes first; what is found is written to corpus/ as
// a file, and its seed is told. `--round SEED` makes one round again.

import { parseArgs } from "node:util";
import { readCases, replay, writeCase } from "./cases.ts";
import { type Failure, fuzz, fuzzRound, PARSER } from "./fuzz.ts";

const USAGE = "usage: deno task fuzz [--seconds N] [--seed N] [--round SEED]";
const DEFAULT_SECONDS = 60;

interface Given {
  readonly seconds: number;
  readonly seed: number;
  readonly round: number | null;
}

function parse(args: string[]): Given | null {
  try {
    const { values } = parseArgs({
      args,
      options: { seconds: { type: "string" }, seed: { type: "string" }, round: { type: "string" } },
    });
    const [chosen = 1] = crypto.getRandomValues(new Uint32Array(1));
    const given = {
      seconds: Number(values.seconds ?? DEFAULT_SECONDS),
      seed: Number(values.seed ?? chosen),
      round: values.round === undefined ? null : Number(values.round),
    };
    const isNumber = (value: number | null) => value === null || Number.isFinite(value) && value >= 0;
    return Object.values(given).every(isNumber) ? given : null;
  } catch {
    return null;
  }
}

function report(failure: Failure): number {
  console.error(`found: ${failure.sentence}`);
  console.error(failure.error);
  console.error(`again: deno task fuzz --round ${failure.roundSeed}`);
  console.error(`kept, for you to give it a name: ${writeCase(failure)}`);
  return 1;
}

function main(args: string[]): number {
  const given = parse(args);
  if (given === null) {
    console.error(USAGE);
    return 2;
  }
  const cases = readCases();
  for (const each of cases) replay(each);
  if (given.round !== null) {
    const failure = fuzzRound(given.round);
    if (failure !== null) return report(failure);
    console.log(`round ${given.round}: every promise was kept`);
    return 0;
  }
  console.log(`${cases.length} cases of corpus/ replayed; ${given.seconds} s with --seed ${given.seed}`);
  const { rounds, seconds, coverage, failure } = fuzz(given.seconds, given.seed);
  const aSecond = (group: string) => Math.round(coverage.sum(group) / seconds);
  console.log(
    `${rounds} rounds in ${seconds.toFixed(1)} s; a second: ${
      aSecond(PARSER)
    } packets for the parser alone, ` +
      `${aSecond("steps")} steps of the state with ${aSecond("packets")} packets in them`,
  );
  for (const line of coverage.lines()) console.log(`  ${line}`);
  if (failure !== null) return report(failure);
  console.log("every promise was kept");
  return 0;
}

if (import.meta.main) Deno.exit(main(Deno.args));
