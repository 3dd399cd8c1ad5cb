// What the broker knows after a Router Advertisement: domains made, renewed, changed, ended. Pure; whatever
// the advertisement says, the answer is a state within the limits.

import { NO_CAPTIVE_PORTAL } from "../../lib/ndp/codes.ts";
import type { DomainAdvertisement } from "../../lib/ndp/types.ts";
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
  const mtuHolds = said.mtu !== null && said.mtu >= MIN_MTU;
  return {
    key,
    link: hearing.link,
    linkIndex: hearing.linkIndex,
    id: prior?.id ?? said.id,
    kind: said.kind,
    encoding: prior?.encoding ?? said.encoding,
    flags: said.flags,
    delay: said.delay,
    sequence: said.sequence,
    mtu: mtuHolds ? said.mtu : prior?.mtu ?? null,
    captivePortal: heardPortal(said.captivePortal, prior?.captivePortal ?? null),
    routers: mergeData(
      prior?.routers ?? [],
      [heardRouter(hearing, said)],
      (router) => router.router,
      MAX_ROUTERS_PER_DOMAIN,
      now,
      () => refuse("routers of a domain"),
    ),
    prefixes: mergePrefixes(prior?.prefixes ?? [], said.prefixes, now, () => refuse("prefixes of a domain")),
    routes: mergeData(
      prior?.routes ?? [],
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
 * The header's default router. A ::/0 route option overrides it (RFC 4191 3.1): one of lifetime 0 takes the
 * default route away even where the header gives one; one that lives is kept among the routes.
 */
function heardRouter(hearing: Hearing, said: DomainAdvertisement): DefaultRouter {
  const withdrawn = said.routes.some((route) => route.prefix === DEFAULT_ROUTE && route.lifetimeS === 0);
  return {
    router: hearing.router,
    preference: said.header.preference,
    validUntil: withdrawn ? hearing.now : untilMs(hearing.now, said.header.routerLifetimeS),
  };
}
