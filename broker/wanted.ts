// From what is known of a domain to what its namespace should be: the whole of it, for the helper to make so.
// Pure. Nothing of the host's own network goes in: only what routers said of this domain.

import { isLinkLocal, isMulticast, isUnspecified, parseIpv6 } from "../lib/ip.ts";
import {
  type InterfaceKind,
  MAX_ADDRESSES,
  MAX_NEIGHBORS,
  MAX_RESOLVERS,
  MAX_ROUTES,
  MAX_SEARCH_DOMAINS,
  type WantedAddress,
  type WantedDomain,
  type WantedNeighbor,
  type WantedRoute,
} from "../lib/protocol.ts";
import { domainAddress, type Secrets, stableMac } from "./identifier.ts";
import { lifetimeLeftS } from "./lifetime.ts";
import { ON_LINK_METRIC, routerMetric, routerSlots } from "./metric.ts";
import { hasAddress } from "./state/duplicate.ts";
import { AUTONOMOUS_PREFIX_LENGTH } from "./state/prefix.ts";
import type { Domain, PrefixState } from "./state/types.ts";

/** What of the physical link matters for a domain on it. */
export interface DomainLink {
  readonly name: string;
  readonly index: number;
  readonly mtu: number;
  readonly interfaceKind: InterfaceKind;
  /** Link-layer addresses of routers on it, by their link-local address. */
  readonly routerMacs: ReadonlyMap<string, string>;
}

const DEFAULT_ROUTE = "::/0";
/** RFC 8200: larger packets would be jumbograms. */
const MAX_IPV6_MTU = 65_535;
/** RFC 8200 5: no link that carries IPv6 has less. */
const MIN_IPV6_MTU = 1280;
/** RFC 4861 6.2.1: no router may say more. */
const MAX_REACHABLE_TIME_MS = 3_600_000;
/** What a resolver file can hold. Other names are shown to people, and searched by nobody. */
const HOST_NAME = /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;
const MAX_HOST_NAME_CHARS = 253;

/** The domain as it should be at `now`. */
export function wantedDomain(domain: Domain, link: DomainLink, now: number, secrets: Secrets): WantedDomain {
  return {
    key: domain.key,
    id: domain.id,
    link: link.name,
    linkIndex: link.index,
    interfaceKind: link.interfaceKind,
    mac: link.interfaceKind === "macvlan" ? stableMac(secrets, domain.key) : null,
    mtu: wantedMtu(domain.mtu, link.mtu),
    hopLimit: domain.hopLimit,
    reachableTimeMs: domain.reachableTimeMs === null
      ? null
      : Math.min(domain.reachableTimeMs, MAX_REACHABLE_TIME_MS),
    retransTimerMs: domain.retransTimerMs,
    addresses: wantedAddresses(domain, now, secrets),
    routes: wantedRoutes(domain, now),
    neighbors: wantedNeighbors(domain, link, now),
    resolvers: domain.rdnss.filter((each) => each.validUntil > now && isUnicast(each.address))
      .map((each) => each.address).slice(0, MAX_RESOLVERS),
    searchDomains: domain.dnssl.filter((each) => each.validUntil > now && isHostName(each.domain))
      .map((each) => each.domain).slice(0, MAX_SEARCH_DOMAINS),
  };
}

/** RFC 4861 6.3.4: an MTU over the link's is ignored. The link's own is named, because an interface that once had
 * less does not get it back by itself. */
function wantedMtu(announced: number | null, ofLink: number): number | null {
  if (announced !== null && announced <= Math.min(ofLink, MAX_IPV6_MTU)) return announced;
  return ofLink >= MIN_IPV6_MTU && ofLink <= MAX_IPV6_MTU ? ofLink : null;
}

/** One for each prefix that has the A flag and 64 bits (RFC 4862 5.5.3), and that has not only other hosts'. */
export function domainAddresses(
  domain: Domain,
  now: number,
  secrets: Secrets,
): { readonly address: string; readonly prefix: PrefixState }[] {
  return domain.prefixes.filter((prefix) => hasAddress(prefix, now)).flatMap((prefix) => {
    const address = domainAddress(secrets, domain.key, prefix.prefix, prefix.dadCounter);
    return address === null ? [] : [{ address, prefix }];
  }).slice(0, MAX_ADDRESSES);
}

export function wantedAddresses(domain: Domain, now: number, secrets: Secrets): WantedAddress[] {
  return domainAddresses(domain, now, secrets).map(({ address, prefix }) => ({
    address,
    prefixLength: AUTONOMOUS_PREFIX_LENGTH,
    validS: lifetimeLeftS(prefix.addressValidUntil, now),
    preferredS: lifetimeLeftS(prefix.addressPreferredUntil, now),
  }));
}

/** On-link prefixes, default routes, and more specific routes, in that order. */
function wantedRoutes(domain: Domain, now: number): WantedRoute[] {
  const onLink = domain.prefixes.filter((prefix) => prefix.onLinkUntil > now).map((prefix): WantedRoute => ({
    prefix: prefix.prefix,
    router: null,
    preference: "medium",
    metric: ON_LINK_METRIC,
    lifetimeS: lifetimeLeftS(prefix.onLinkUntil, now),
  }));
  const routes = domain.routes.filter((route) => route.validUntil > now);
  // The default route by a ::/0 route option is among the routers, too (state/hear.ts).
  const overridden = new Set(
    routes.filter((route) => route.prefix === DEFAULT_ROUTE).map((route) => route.router),
  );
  const defaults = domain.routers
    .filter((router) => router.validUntil > now && !overridden.has(router.router))
    .map((router) => ({ prefix: DEFAULT_ROUTE, ...router }));
  const byRouter = [...defaults, ...routes].filter((route) => isNextHop(route.router));
  const slots = routerSlots(byRouter.map((route) => route.router));
  return [
    ...onLink,
    ...byRouter.map(({ prefix, router, preference, validUntil }): WantedRoute => ({
      prefix,
      router,
      preference,
      metric: routerMetric(preference, slots.get(router) ?? 0),
      lifetimeS: lifetimeLeftS(validUntil, now),
    })),
  ].slice(0, MAX_ROUTES);
}

/** Those routers that routes lead to, and whose link-layer address is known. */
function wantedNeighbors(domain: Domain, link: DomainLink, now: number): WantedNeighbor[] {
  const routers = [...domain.routers, ...domain.routes].filter((each) => each.validUntil > now);
  return [...new Set(routers.map((each) => each.router))].flatMap((address) => {
    const mac = link.routerMacs.get(address);
    return mac === undefined || !isNextHop(address) ? [] : [{ address, mac }];
  }).slice(0, MAX_NEIGHBORS);
}

/** Whether a route of the domain leads to this router. */
export function goesBy({ routers, routes }: Domain, router: string): boolean {
  return [...routers, ...routes].some((each) => each.router === router);
}

function isNextHop(router: string): boolean {
  const address = parseIpv6(router);
  return address !== null && isLinkLocal(address);
}

function isUnicast(text: string): boolean {
  const address = parseIpv6(text);
  return address !== null && !isMulticast(address) && !isUnspecified(address);
}

function isHostName(text: string): boolean {
  return text.length <= MAX_HOST_NAME_CHARS && HOST_NAME.test(text);
}
