// The cases that the fuzzer found, each a named file in corpus/: replayed before every run, so that no bug comes back.
// Reads and writes that folder.

import { asObject, integer, list, member, oneOf, text } from "../../lib/check.ts";
import { Coverage } from "./coverage.ts";
import type { Failure } from "./fuzz.ts";
import type { Step } from "./steps.ts";
import { walk } from "./walk.ts";

const FOLDER = new URL("corpus/", import.meta.url);
const MAX_NAME_CHARS = 70;
const MANY = 10_000;
const LONG = 1 << 20;

export interface Case {
  /** The file's, without its ending: what was wrong. */
  readonly name: string;
  readonly steps: readonly Step[];
}

export function readCases(): Case[] {
  return [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => name.endsWith(".json")).sort()
    .map((name) => ({
      name: name.slice(0, -".json".length),
      steps: readSteps(JSON.parse(Deno.readTextFileSync(new URL(name, FOLDER)))),
    }));
}

/** Throws what the case breaks. */
export function replay({ name, steps }: Case): void {
  try {
    walk(steps, new Coverage());
  } catch (error) {
    throw new Error(`the bug of corpus/${name}.json is back`, { cause: error });
  }
}

/** The file's path, for a person to give it a better name. */
export function writeCase({ sentence, roundSeed, steps }: Failure): string {
  const words = sentence.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(
    0,
    MAX_NAME_CHARS,
  );
  const file = new URL(`${words}-${roundSeed}.json`, FOLDER);
  Deno.writeTextFileSync(file, `${JSON.stringify({ found: sentence, steps }, null, 1)}\n`);
  return file.pathname;
}

function readSteps(value: unknown): Step[] {
  const fields = asObject(value, ["found", "steps"], "case");
  return list(fields, "steps", MANY, readStep);
}

function readStep(value: unknown): Step {
  const fields = asObject(
    value,
    ["type", "link", "router", "hex", "ms", "domain", "word", "prefix"],
    "step",
  );
  const number = (name: string) => integer(fields, name, 0, Number.MAX_SAFE_INTEGER);
  switch (member(fields, "type")) {
    case "hear":
      return { type: "hear", link: number("link"), router: number("router"), hex: text(fields, "hex", LONG) };
    case "wait":
      return { type: "wait", ms: number("ms") };
    case "sleep":
      return { type: "sleep", ms: number("ms") };
    case "late":
      return { type: "late", ms: number("ms") };
    case "linkGone":
      return { type: "linkGone", link: number("link") };
    case "linkReplaced":
      return { type: "linkReplaced", link: number("link") };
    case "remove":
      return { type: "remove", domain: number("domain") };
    case "duplicate": {
      const word = oneOf(fields, "word", ["found", "next", "again"]);
      return { type: "duplicate", word, domain: number("domain"), prefix: number("prefix") };
    }
    case "restart":
      return { type: "restart" };
    default:
      throw new SyntaxError("a step of no known type");
  }
}
