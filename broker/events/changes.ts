// What is another between two views of the same thing, datum by datum: the heart of `pvd monitor`. Pure.
//
// Views hold lifetimes as seconds left, which shrink by themselves. So each view comes with the moment when it was
// taken, and ends are compared: an end that is where it was is no change, a later one is a renewal, an earlier one is
// a router's change of mind, as is one that appears or vanishes.

import type { DatumChange, JsonObject, JsonValue } from "../../lib/protocol.ts";

/** A view, and the moment (milliseconds of CLOCK_BOOTTIME) from which its lifetimes count. */
export interface Seen<View> {
  readonly view: View;
  readonly at: number;
}

export interface Change<Datum extends string> extends DatumChange<Datum> {
  /** Nothing but the same with a later end. */
  readonly renewed: boolean;
}

/** By which members an entry of a list is the same one. */
const IDENTITY: ReadonlyMap<string, readonly string[]> = new Map([
  ["routers", ["address"]],
  ["addresses", ["address"]],
  ["prefixes", ["prefix"]],
  ["routes", ["prefix", "router"]],
  ["rdnss", ["address"]],
  ["dnssl", ["domain"]],
  ["pref64", ["prefix"]],
  ["encryptedDns", ["authenticationName", "addresses", "parameters"]],
]);
const LIFETIMES: readonly string[] = ["lifetimeS", "validS", "preferredS"];
/** Each lifetime is rounded up to a second. */
const ROUNDING_MS = 1000;

type Difference = "none" | "renewed" | "changed";

/** In the order of `data`; of a list first what ended, then the rest in the list's order. `old` is aged to then. */
export function changesBetween<Datum extends string>(
  data: readonly Datum[],
  before: Seen<Readonly<Record<Datum, JsonValue>>>,
  after: Seen<Readonly<Record<Datum, JsonValue>>>,
): Change<Datum>[] {
  const elapsedMs = after.at - before.at;
  return data.flatMap((datum) => {
    const [old, next] = [before.view[datum], after.view[datum]];
    const pairs = isList(old) && isList(next) ? pairsOf(datum, old, next) : [[datum, old, next] as const];
    return pairs.flatMap(([member, one, other]): Change<Datum>[] => {
      const difference = compare(member, one, other, elapsedMs);
      if (difference === "none") return [];
      return [{ datum, old: aged(member, one, elapsedMs), new: other, renewed: difference === "renewed" }];
    });
  });
}

/** The value as it is `elapsedMs` later, where nothing but time has passed. */
function aged(member: string, value: JsonValue, elapsedMs: number): JsonValue {
  if (LIFETIMES.includes(member) && typeof value === "number") return left(value, elapsedMs);
  // Of what servers say nothing is ours to count down.
  if (!isObject(value) || member === "information") return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, aged(name, each, elapsedMs)]),
  );
}

/** The seconds left of a lifetime `elapsedMs` later. */
export function left(lifetimeS: number | null, elapsedMs: number): number | null {
  return lifetimeS === null ? null : Math.max(0, Math.ceil((lifetimeS * 1000 - elapsedMs) / 1000));
}

/** Of two lists: `["", old, new]`, null where there is none. */
function pairsOf(datum: string, old: readonly JsonValue[], next: readonly JsonValue[]) {
  const before = new Map(old.map((entry) => [identityOf(datum, entry), entry]));
  const after = new Map(next.map((entry) => [identityOf(datum, entry), entry]));
  const ended = [...before].filter(([identity]) => !after.has(identity));
  return [
    ...ended.map(([, entry]) => ["", entry, null] as const),
    ...[...after].map(([identity, entry]) => ["", before.get(identity) ?? null, entry] as const),
  ];
}

function identityOf(datum: string, entry: JsonValue): string {
  if (!isObject(entry)) return JSON.stringify(entry);
  return JSON.stringify((IDENTITY.get(datum) ?? []).map((name) => entry[name]));
}

function compare(member: string, old: JsonValue, next: JsonValue, elapsedMs: number): Difference {
  if (LIFETIMES.includes(member)) return compareEnds(old, next, elapsedMs);
  if (!isObject(old) || !isObject(next) || member === "information") {
    return JSON.stringify(old) === JSON.stringify(next) ? "none" : "changed";
  }
  let difference: Difference = "none";
  for (const name of new Set([...Object.keys(old), ...Object.keys(next)])) {
    const each = compare(name, old[name] ?? null, next[name] ?? null, elapsedMs);
    if (each === "changed") return each;
    if (each === "renewed") difference = each;
  }
  return difference;
}

function compareEnds(old: JsonValue, next: JsonValue, elapsedMs: number): Difference {
  if (typeof old !== "number" || typeof next !== "number") return old === next ? "none" : "changed";
  // What ends now is another than what goes on, also where that was to be expected.
  if (old === 0 || next === 0) return old === next ? "none" : "changed";
  const laterMs = next * 1000 - (old * 1000 - elapsedMs);
  if (Math.abs(laterMs) <= ROUNDING_MS) return "none";
  return laterMs > 0 ? "renewed" : "changed";
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}
