// Which domain a person means: an id, an unambiguous beginning of one, or a namespace's name. Pure; exact words
// win over beginnings, and what could be two is never guessed. What has a dot is a whole name: where
// office.example.com is not there, a router that announces office.example.com.evil.example gets nothing.

import { escapeName, escapeText } from "../lib/escape.ts";
import type { ErrorCode } from "../lib/protocol.ts";
import { asciiLowerCase } from "./state/key.ts";

export interface Candidate {
  readonly id: string;
  readonly link: string;
  /** The namespace's name; null until there is one. */
  readonly handle: string | null;
}

export type Found<T extends Candidate> =
  | { readonly ok: true; readonly domain: T }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** How many names an answer lists: more help nobody. */
const MAX_NAMES_SHOWN = 5;
/** Ids are compared by this much of them: distance takes the product of both lengths. */
const MAX_COMPARED_CHARS = 64;

/** The one domain that `typed` names, or why there is none, with what to do next. */
export function findDomain<T extends Candidate>(candidates: readonly T[], typed: string): Found<T> {
  const byHandle = candidates.find((each) => each.handle !== null && each.handle === typed);
  if (byHandle !== undefined) return { ok: true, domain: byHandle };
  const wanted = asciiLowerCase(typed);
  // A name as DNS tools print it has a final dot.
  const bare = wanted.length > 1 && wanted.endsWith(".") ? wanted.slice(0, -1) : wanted;
  const ids = candidates.map((each) => ({ each, id: asciiLowerCase(each.id) }));
  const exact = ids.filter(({ id }) => id === wanted || id === bare);
  const isWhole = exact.length > 0 || wanted === "" || wanted.includes(".");
  const matches = isWhole ? exact : ids.filter(({ id }) => id.startsWith(wanted));
  const [first, ...others] = matches.map(({ each }) => each);
  if (first !== undefined && others.length === 0) return { ok: true, domain: first };
  return first === undefined ? unknown(candidates, typed, wanted) : ambiguous([first, ...others], typed);
}

function ambiguous<T extends Candidate>(matches: readonly T[], typed: string): Found<T> {
  const names = matches.slice(0, MAX_NAMES_SHOWN)
    .map((each) => `${escapeName(each.id)} on ${escapeText(each.link)} (${each.handle ?? "not ready"})`);
  const more = matches.length > names.length ? `, and ${matches.length - names.length} more` : "";
  const message = `"${escapeName(typed)}" could be ${names.join(", ")}${more}; name one by its namespace`;
  return { ok: false, code: "ambiguous", message };
}

function unknown<T extends Candidate>(candidates: readonly T[], typed: string, wanted: string): Found<T> {
  const near = nearNames(candidates.map((each) => each.id), wanted);
  const hint = near.length === 0 ? "" : ` did you mean ${near.map(escapeName).join(" or ")}?`;
  const message = `no domain "${escapeName(typed)}";${hint} see pvd list`;
  return { ok: false, code: "noSuchDomain", message };
}

/** The ids that differ from `wanted` by a typing mistake or two, nearest first. */
function nearNames(ids: readonly string[], wanted: string): string[] {
  const short = wanted.slice(0, MAX_COMPARED_CHARS);
  const tolerated = Math.max(1, Math.floor(short.length / 4));
  return [...new Set(ids)]
    .map((id) => ({ id, distance: editDistance(asciiLowerCase(id).slice(0, MAX_COMPARED_CHARS), short) }))
    .filter(({ distance }) => distance <= tolerated)
    .sort((one, other) => one.distance - other.distance || (one.id < other.id ? -1 : 1))
    .slice(0, MAX_NAMES_SHOWN)
    .map(({ id }) => id);
}

/** Levenshtein's: insertions, deletions and replacements from one to the other. */
export function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 0; at < one.length; at++) {
    const next = [at + 1];
    for (let index = 0; index < other.length; index++) {
      const replaced = (row[index] ?? 0) + (one[at] === other[index] ? 0 : 1);
      next.push(Math.min(replaced, (row[index + 1] ?? 0) + 1, (next[index] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
