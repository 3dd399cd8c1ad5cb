// When a domain begins and when it ends. Pure.
//
// A domain lives while a router stands for it: as a default router, by a prefix, or by a route. Resolvers do
// not hold it, because with nothing else there is neither an address nor a next hop to ask them with; nor does
// an address that only the two-hour rule keeps, because then every goodbye would leave a domain that reaches
// nothing for two hours.
//
// A goodbye is no message of its own: it does what its lifetimes say. MIF-PvD's radvd, and plain radvd too,
// leave the prefix's lifetime as it is when they stop, so such a domain stays, without router and resolvers,
// while its prefix is valid: its hosts on the link still reach each other (RFC 4861 6.3.4).

import { isAnnounced } from "./prefix.ts";
import type { Domain } from "./types.ts";

export function isAlive(domain: Domain, now: number): boolean {
  return domain.routers.some((router) => router.validUntil > now) || hasSomethingToConfigure(domain, now);
}

/** An implicit domain is made only where there is something to configure: a prefix or a route. */
export function canBeMade(domain: Domain, now: number): boolean {
  return domain.kind === "explicit" ? isAlive(domain, now) : hasSomethingToConfigure(domain, now);
}

function hasSomethingToConfigure(domain: Domain, now: number): boolean {
  return domain.prefixes.some((prefix) => isAnnounced(prefix, now)) ||
    domain.routes.some((route) => route.validUntil > now);
}
