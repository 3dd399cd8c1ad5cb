// What the broker knows after a Router Advertisement: domains made, renewed, changed, ended. Pure; whatever
// the advertisement says, the answer is a state within the limits.

import { NO_CAPTIVE_PORTAL } from "../../lib/ndp/codes.ts";
import type { DomainAdvertisement, RaHeader, RouteDatum } from "../../lib/ndp/types.ts";
import { canBeMade, isAlive } from "./alive.ts";
import { DomainMap } from "./domain_map.ts";
import { domainKey, isNameableId } from "./key.ts";
import {
  DEFAULT_LIMITS,
  type Limits,
  MAX_ENCRYPTED_DNS_PER_DOMAIN,
  MAX_PREF64_PER_DOMAIN,
  MAX_RESOLVERS_PER_DOMAIN,
  MAX_ROUTERS_PER_DOMAIN,
  MAX_ROUTES_PER_DOMAIN,
  MAX_SEARCH_DOMAIN_CHARS,
  MAX_SEARCH_DOMAINS_PER_DOMAIN,
} from "./limits.ts";
import { mergeData, untilMs } from "./merge.ts";
import { isGlobalPrefix, mergePrefixes } from "./prefix.ts";
import type { DefaultRouter, Domain, Refusal, RouteState, State } from "./types.ts";

export interface Hearing {
  readonly link: string;
  readonly linkIndex: number;
  /** The advertisement's source: a link-local address. */
  readonly router: string;
  /** CLOCK_BOOTTIME. */
  readonly now: number;
  /** The most octets that the link carries; where it is not given, any MTU is taken for one that it can carry. */
  readonly linkMtu?: number | undefined;
}

export interface Heard {
  readonly state: State;
  /** Keys of the domains that were made or renewed. */
  readonly touched: readonly string[];
  readonly made: readonly string[];
  /** Domains that ended by it, as they were before. */
  readonly ended: readonly Domain[];
  readonly refused: readonly Refusal[];
}

const DEFAULT_ROUTE = "::/0";

/** RFC 8200 5; RFC 4861 6.3.4 has other values ignored. */
const MIN_MTU = 1280;

/** The state after the advertisement whose domains (lib/ndp/domains.ts) these are. */
export function hear(
  state: State,
  hearing: Hearing,
  advertisements: readonly DomainAdvertisement[],
  limits: Limits = DEFAULT_LIMITS,
): Heard {
  const before = DomainMap.of(state.domains);
  let domains = before;
  const touched: string[] = [];
  const made: string[] = [];
  const ended: Domain[] = [];
  const refused: Refusal[] = [];
  for (const advertisement of advertisements) {
    if (!isNameableId(advertisement.id)) {
      refused.push("ids that are not printable ASCII");
      continue;
    }
    const explicit = advertisement.kind === "explicit";
    const key = domainKey(advertisement.kind, hearing.link, explicit ? advertisement.id : hearing.router);
    const held = domains.get(key);
    // The same link name with another index is another link: what was heard on the old one says nothing.
    const prior = held?.linkIndex === hearing.linkIndex ? held : undefined;
    const next = heardDomain(prior, key, hearing, advertisement, (what) => refused.push(what));
    const lives = prior === undefined ? canBeMade(next, hearing.now) : isAlive(next, hearing.now);
    if (!lives) {
      if (held === undefined) continue;
      domains = domains.without(key);
      ended.push(next);
      continue;
    }
    if (held === undefined) {
      const refusal = noRoom(domains, hearing.link, limits);
      if (refusal !== null) {
        refused.push(refusal);
        continue;
      }
      made.push(key);
    }
    domains = domains.with(next);
    touched.push(key);
  }
  return {
    state: domains === before ? state : { domains },
    touched,
    made,
    ended,
    refused,
  };
}

function noRoom(domains: DomainMap, link: string, limits: Limits): Refusal | null {
  if (domains.size >= limits.domains) return "domains";
  return domains.countOnLink(link) >= limits.domainsPerLink ? "domains on the link" : null;
}

/** One domain after an advertisement, whether it lives or not; `refuse` is called for what has no room in it. */
export function heardDomain(
  prior: Domain | undefined,
  key: string,
  hearing: Hearing,
  said: DomainAdvertisement,
  refuse: (what: Refusal) => void,
): Domain {
  const { now } = hearing;
  const searchable = said.dnssl.filter(({ domain }) => domain.length <= MAX_SEARCH_DOMAIN_CHARS);
  if (searchable.length < said.dnssl.length) refuse("search domains of a domain");
  const { encoding, flags, delay, sequence } = heardAs(prior, said);
  // RFC 4191 3.1: first the header speaks of the default route, and only then a route option of the same message.
  const option = said.routes.findLast(({ prefix }) => prefix === DEFAULT_ROUTE);
  return {
    key,
    link: hearing.link,
    linkIndex: hearing.linkIndex,
    id: prior?.id ?? said.id,
    kind: said.kind,
    encoding,
    flags,
    delay,
    sequence,
    mtu: heardMtu(said, hearing) ?? prior?.mtu ?? null,
    hopLimit: specified(said.header.curHopLimit) ?? prior?.hopLimit ?? null,
    reachableTimeMs: specified(said.header.reachableTimeMs) ?? prior?.reachableTimeMs ?? null,
    retransTimerMs: specified(said.header.retransTimerMs) ?? prior?.retransTimerMs ?? null,
    captivePortal: heardPortal(said.captivePortal, prior?.captivePortal ?? null),
    routers: mergeData(
      prior?.routers ?? [],
      [heardRouter(hearing, said.header, option)],
      (router) => router.router,
      MAX_ROUTERS_PER_DOMAIN,
      now,
      () => refuse("routers of a domain"),
    ),
    prefixes: mergePrefixes(prior?.prefixes ?? [], said.prefixes, now, () => refuse("prefixes of a domain")),
    routes: mergeData(
      option === undefined ? withoutDefault(prior?.routes ?? [], hearing.router) : prior?.routes ?? [],
      said.routes.filter((route) => isGlobalPrefix(route.prefix)).map((route): RouteState => ({
        prefix: route.prefix,
        router: hearing.router,
        preference: route.preference,
        validUntil: untilMs(now, route.lifetimeS),
      })),
      (route) => `${route.prefix} ${route.router}`,
      MAX_ROUTES_PER_DOMAIN,
      now,
      () => refuse("routes of a domain"),
    ),
    rdnss: mergeData(
      prior?.rdnss ?? [],
      said.rdnss.map(({ address, lifetimeS }) => ({ address, validUntil: untilMs(now, lifetimeS) })),
      (resolver) => resolver.address,
      MAX_RESOLVERS_PER_DOMAIN,
      now,
      () => refuse("resolvers of a domain"),
    ),
    dnssl: mergeData(
      prior?.dnssl ?? [],
      searchable.map(({ domain, lifetimeS }) => ({ domain, validUntil: untilMs(now, lifetimeS) })),
      (search) => search.domain,
      MAX_SEARCH_DOMAINS_PER_DOMAIN,
      now,
      () => refuse("search domains of a domain"),
    ),
    pref64: mergeData(
      prior?.pref64 ?? [],
      said.pref64.filter(({ prefix }) => isGlobalPrefix(prefix))
        .map(({ prefix, lifetimeS }) => ({ prefix, validUntil: untilMs(now, lifetimeS) })),
      (pref64) => pref64.prefix,
      MAX_PREF64_PER_DOMAIN,
      now,
      () => refuse("NAT64 prefixes of a domain"),
    ),
    encryptedDns: mergeData(
      prior?.encryptedDns ?? [],
      said.encryptedDns.map(({ lifetimeS, ...rest }) => ({ ...rest, validUntil: untilMs(now, lifetimeS) })),
      (resolver) => `${resolver.authenticationName} ${resolver.addresses.join(",")} ${resolver.parameters}`,
      MAX_ENCRYPTED_DNS_PER_DOMAIN,
      now,
      () => refuse("encrypted resolvers of a domain"),
    ),
  };
}

/** RFC 8910 gives it no lifetime, so it is as the MTU: the latest said holds, until a router says that there is none. */
function heardPortal(said: string | null, held: string | null): string | null {
  return said === NO_CAPTIVE_PORTAL ? null : said ?? held;
}

/**
 * One domain may be announced in both ways. What RFC 8801 has and MIF-PvD has not is then left alone by a container,
 * which says nothing of it.
 */
function heardAs(
  prior: Domain | undefined,
  said: DomainAdvertisement,
): Pick<Domain, "encoding" | "flags" | "delay" | "sequence"> {
  if (prior === undefined || said.encoding === "rfc8801") return said;
  if (prior.encoding === "rfc8801") return prior;
  return { ...said, encoding: prior.encoding };
}

/** RFC 4861 4.2: 0 in these fields of the header says nothing, and what was said before holds (6.3.4). */
function specified(field: number): number | null {
  return field === 0 ? null : field;
}

/** The innermost that the link carries: RFC 4861 6.3.4 has any other ignored. */
function heardMtu(said: DomainAdvertisement, { linkMtu = Infinity }: Hearing): number | null {
  const carried = [said.mtu, said.mtuOutside].filter((mtu) => mtu !== null);
  return carried.find((mtu) => mtu >= MIN_MTU && mtu <= linkMtu) ?? null;
}

/**
 * The one default route that there is by a router. Its last advertisement decides: a ::/0 route option counts more than
 * the header of the same message, and an inner one more than an outer; without one the header alone counts, whatever
 * an option of an earlier message said (RFC 4191 3.1). The header is the inner one where there is one.
 *
 * That is taken literally also where a router divides what it says among several messages (RFC 8801 3.2): a part
 * without the route option repeats the header and so takes the option back. The kernel does the same.
 */
function heardRouter(
  { router, now }: Hearing,
  header: RaHeader,
  option: RouteDatum | undefined,
): DefaultRouter {
  return {
    router,
    preference: option?.preference ?? header.preference,
    validUntil: untilMs(now, option?.lifetimeS ?? header.routerLifetimeS),
  };
}

/** Without the ::/0 route that an option of an earlier message gave by this router; the same list where there is none. */
function withoutDefault(routes: readonly RouteState[], router: string): readonly RouteState[] {
  const isIt = (route: RouteState) => route.prefix === DEFAULT_ROUTE && route.router === router;
  return routes.some(isIt) ? routes.filter((route) => !isIt(route)) : routes;
}
