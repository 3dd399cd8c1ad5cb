// What ends by itself as time goes on, and what ends because its link went away. Pure.

import { isAlive } from "./alive.ts";
import { DomainMap } from "./domain_map.ts";
import { type Ending, living } from "./merge.ts";
import { livingPrefixes } from "./prefix.ts";
import type { Domain, State } from "./types.ts";

export interface Expired {
  readonly state: State;
  /** Keys of the domains that lost something and live on. */
  readonly touched: readonly string[];
  /** What is left of the domains that ended. */
  readonly ended: readonly Domain[];
}

/** The state at `now`: every datum whose moment has come is gone, and every domain that this ended. */
export function expire(state: State, now: number): Expired {
  const before = DomainMap.of(state.domains);
  let domains = before;
  const touched: string[] = [];
  const ended: Domain[] = [];
  for (const held of before.values()) {
    const domain = deadlineOf(held) <= now ? withoutEnded(held, now) : held;
    if (!isAlive(domain, now)) {
      domains = domains.without(domain.key);
      ended.push(domain);
    } else if (domain !== held) {
      // Deprecation needs nothing here: it reached the kernel as the address's preferred lifetime.
      domains = domains.with(domain);
      touched.push(domain.key);
    }
  }
  return { state: domains === before ? state : { domains }, touched, ended };
}

/** The domain without what has ended by then. */
export function withoutEnded(domain: Domain, now: number): Domain {
  return {
    ...domain,
    routers: living(domain.routers, now),
    prefixes: livingPrefixes(domain.prefixes, now),
    routes: living(domain.routes, now),
    rdnss: living(domain.rdnss, now),
    dnssl: living(domain.dnssl, now),
    pref64: living(domain.pref64, now),
    encryptedDns: living(domain.encryptedDns, now),
  };
}

/** The link with this index is gone, or has another name now: all that was heard on it with it. */
export function linkGone(state: State, linkIndex: number): Expired {
  const ended = [...state.domains.values()].filter((domain) => domain.linkIndex === linkIndex);
  return { state: without(state, ended.map((domain) => domain.key)), touched: [], ended };
}

/** The state without the domains that have these keys. */
export function without(state: State, keys: readonly string[]): State {
  const before = DomainMap.of(state.domains);
  const domains = keys.reduce((rest, key) => rest.without(key), before);
  return domains === before ? state : { domains };
}

/** The first moment when `expire` has something to do, which may have passed; Infinity where there is none. */
export function nextDeadline(state: State): number {
  let next = Infinity;
  for (const domain of state.domains.values()) next = Math.min(next, deadlineOf(domain));
  return next;
}

/** The first moment when something of the domain ends. */
export function deadlineOf(domain: Domain): number {
  let next = Infinity;
  for (const prefix of domain.prefixes) {
    // 0: it has no such life (types.ts).
    if (prefix.validUntil > 0) next = Math.min(next, prefix.validUntil);
    if (prefix.onLinkUntil > 0) next = Math.min(next, prefix.onLinkUntil);
    if (prefix.addressValidUntil > 0) next = Math.min(next, prefix.addressValidUntil);
  }
  next = firstEnd(domain.routers, next);
  next = firstEnd(domain.routes, next);
  next = firstEnd(domain.rdnss, next);
  next = firstEnd(domain.dnssl, next);
  next = firstEnd(domain.pref64, next);
  return firstEnd(domain.encryptedDns, next);
}

function firstEnd(data: readonly Ending[], next: number): number {
  for (const { validUntil } of data) next = Math.min(next, validUntil);
  return next;
}
