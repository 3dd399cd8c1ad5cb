// What ends by itself as time goes on, and what ends because its link went away. Pure.

import { isAlive } from "./alive.ts";
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
  const domains = new Map<string, Domain>();
  const touched: string[] = [];
  const ended: Domain[] = [];
  for (const [key, held] of state.domains) {
    const domain = expireDomain(held, now);
    if (!isAlive(domain, now)) {
      ended.push(domain);
      continue;
    }
    domains.set(key, domain);
    // Deprecation needs nothing here: it reached the kernel as the address's preferred lifetime.
    if (domain !== held) touched.push(key);
  }
  return touched.length === 0 && ended.length === 0
    ? { state, touched, ended }
    : { state: { domains }, touched, ended };
}

function expireDomain(domain: Domain, now: number): Domain {
  const next: Domain = {
    ...domain,
    routers: living(domain.routers, now),
    prefixes: livingPrefixes(domain.prefixes, now),
    routes: living(domain.routes, now),
    rdnss: living(domain.rdnss, now),
    dnssl: living(domain.dnssl, now),
    pref64: living(domain.pref64, now),
    encryptedDns: living(domain.encryptedDns, now),
  };
  const same = next.routers === domain.routers && next.prefixes === domain.prefixes &&
    next.routes === domain.routes && next.rdnss === domain.rdnss && next.dnssl === domain.dnssl &&
    next.pref64 === domain.pref64 && next.encryptedDns === domain.encryptedDns;
  return same ? domain : next;
}

/** The link with this index is gone, or has another name now: all that was heard on it with it. */
export function linkGone(state: State, linkIndex: number): Expired {
  const ended = [...state.domains.values()].filter((domain) => domain.linkIndex === linkIndex);
  if (ended.length === 0) return { state, touched: [], ended };
  const domains = new Map(state.domains);
  for (const domain of ended) domains.delete(domain.key);
  return { state: { domains }, touched: [], ended };
}

/** The next moment after `now` when `expire` has something to do; Infinity where there is none. */
export function nextDeadline(state: State, now: number): number {
  let next = Infinity;
  const consider = (until: number) => {
    if (until > now && until < next) next = until;
  };
  const considerAll = (data: readonly Ending[]) => {
    for (const datum of data) consider(datum.validUntil);
  };
  for (const domain of state.domains.values()) {
    for (const prefix of domain.prefixes) {
      consider(prefix.validUntil);
      consider(prefix.onLinkUntil);
      consider(prefix.addressValidUntil);
    }
    considerAll(domain.routers);
    considerAll(domain.routes);
    considerAll(domain.rdnss);
    considerAll(domain.dnssl);
    considerAll(domain.pref64);
    considerAll(domain.encryptedDns);
  }
  return next;
}
