// Route metrics: a better preference is a lower metric, and two routers never share one, because the kernel
// would merge equal routes into one multipath route. Pure; the same routers give the same metrics.

import type { Preference } from "../lib/ndp/types.ts";

/** As the kernel's own RA and address code has it (IP6_RT_PRIO_ADDRCONF). */
export const ON_LINK_METRIC = 256;

/** A thousand for each preference: the first digit tells which. */
const BASE: Readonly<Record<Preference, number>> = { high: 1000, medium: 2000, low: 3000 };
const SLOTS = 1000;

/**
 * A number from 0 to 999 for each router, from its address alone where no two meet, so that a router that
 * comes or goes moves no other's routes.
 */
export function routerSlots(routers: readonly string[]): ReadonlyMap<string, number> {
  const slots = new Map<string, number>();
  const taken = new Set<number>();
  for (const router of [...new Set(routers)].sort().slice(0, SLOTS)) {
    let slot = hash(router) % SLOTS;
    while (taken.has(slot)) slot = (slot + 1) % SLOTS;
    taken.add(slot);
    slots.set(router, slot);
  }
  return slots;
}

export function routerMetric(preference: Preference, slot: number): number {
  return BASE[preference] + slot;
}

/** FNV-1a, 32 bits: any spreading hash does. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const character of text) value = Math.imul(value ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return value;
}
