// One list of data with lifetimes, and what a Router Advertisement says of it: renewed, added, ended. An
// advertisement never ends anything by leaving it out (RFC 4861 6.3.4). Pure.

import { INFINITE_LIFETIME_S } from "../../lib/ndp/types.ts";

export interface Ending {
  readonly validUntil: number;
}

/** The moment when a lifetime heard now ends; Infinity for the all-ones lifetime. */
export function untilMs(now: number, lifetimeS: number): number {
  return lifetimeS >= INFINITE_LIFETIME_S ? Infinity : now + lifetimeS * 1000;
}

/**
 * `held` after `heard`, whose last word on each thing counts: in the order first heard, at most `limit`, `refuse`
 * called for each that has no room.
 */
export function mergeData<T extends Ending>(
  held: readonly T[],
  heard: readonly T[],
  keyOf: (datum: T) => string,
  limit: number,
  now: number,
  refuse: () => void,
): readonly T[] {
  const live = living(held, now);
  if (heard.length === 0) return live;
  const byKey = new Map(live.map((datum) => [keyOf(datum), datum]));
  const said = [...new Map(heard.map((datum) => [keyOf(datum), datum]))];
  for (const [key, datum] of heldFirst(said, byKey)) {
    if (datum.validUntil <= now) byKey.delete(key);
    else if (byKey.has(key) || byKey.size < limit) byKey.set(key, datum);
    else refuse();
  }
  return [...byKey.values()];
}

/** What is said of things that are held before what is said of others, so that what ends makes room for what is new. */
export function heldFirst<T>(
  said: readonly (readonly [key: string, said: T])[],
  held: ReadonlyMap<string, unknown>,
): readonly (readonly [key: string, said: T])[] {
  const known = said.filter(([key]) => held.has(key));
  return known.length === 0 ? said : [...known, ...said.filter(([key]) => !held.has(key))];
}

/** What has not ended; the same list where nothing has. */
export function living<T extends Ending>(data: readonly T[], now: number): readonly T[] {
  return data.every((datum) => datum.validUntil > now)
    ? data
    : data.filter((datum) => datum.validUntil > now);
}
