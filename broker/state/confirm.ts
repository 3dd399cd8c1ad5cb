// After a link came up again, or the machine woke, at its other end may be another network (RFC 7556 2.1, RFC 6059).
// What was known of the old one counts on, because nearly always it is the same, until a router answers; what then is
// not said again in time ends, as if its lifetime were over. Pure.

import type { DomainAdvertisement } from "../../lib/ndp/types.ts";
import { isAlive } from "./alive.ts";
import { DomainMap } from "./domain_map.ts";
import type { Expired } from "./expire.ts";
import type { Hearing } from "./hear.ts";
import { domainKey } from "./key.ts";
import type { Domain, State } from "./types.ts";

/** From the first advertisement on: time for three solicitations, 4 s apart. A router answers one in at most half a
 * second, or when three seconds are over since its last multicast (RFC 4861 6.2.6). */
export const CONFIRM_MS = 12_000;

/** Names of data (`namesOf`) by the key of what has them. */
export type Unsaid = ReadonlyMap<string, ReadonlySet<string>>;

/** What of a link nobody has said since it came up. */
export interface Unconfirmed {
  /** When the rest ends, in milliseconds of CLOCK_BOOTTIME; Infinity: no router was heard yet. */
  readonly endsAt: number;
  /** Empty: all of it was said again. */
  readonly unsaid: Unsaid;
  /** The link-layer addresses that routers had, of those not heard since. */
  readonly macs: ReadonlyMap<string, string>;
}

/** What is known of one link, when it comes up: everything of these domains. */
export function unconfirmed(domains: Iterable<Domain>, macs: ReadonlyMap<string, string>): Unconfirmed {
  const unsaid = new Map<string, ReadonlySet<string>>();
  for (const domain of domains) unsaid.set(domain.key, namesIn(domain));
  return { endsAt: Infinity, unsaid, macs: new Map(macs) };
}

/** After an advertisement, and what it says by the key of what it is said of. */
export function confirm(
  held: Unconfirmed,
  { router, now }: Pick<Hearing, "router" | "now">,
  said: Iterable<readonly [key: string, said: DomainAdvertisement]>,
): Unconfirmed {
  // Most of a flood says nothing that waits: then nothing is copied.
  let { unsaid, macs } = held;
  for (const [key, each] of said) {
    const before = unsaid.get(key);
    const left = before?.difference(namesBy(each, router));
    if (before === undefined || left === undefined || left.size === before.size) continue;
    unsaid = left.size > 0 ? new Map(unsaid).set(key, left) : without(unsaid, key);
  }
  if (macs.has(router)) macs = without(macs, router);
  return { endsAt: Math.min(held.endsAt, now + CONFIRM_MS), unsaid, macs };
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}

/**
 * What the router that had this address before has said, where its first advertisement since (with this link-layer
 * address, if any is known) shows that it is another router now; empty where it does not. What several routers may have
 * said of one domain is the old one's where no other is known. `ownKeys`: of what that router alone speaks of, beside its
 * implicit domain.
 */
export function ofOtherRouter(
  { unsaid, macs }: Unconfirmed,
  state: State,
  { link, router }: Pick<Hearing, "link" | "router">,
  mac: string | undefined,
  ownKeys: readonly string[] = [],
): Unsaid {
  const before = macs.get(router);
  const found = new Map<string, ReadonlySet<string>>();
  if (before === undefined || mac === undefined || before === mac) return found;
  const own = new Set([domainKey("implicit", link, router), ...ownKeys]);
  for (const [key, names] of unsaid) {
    const { routers, routes } = state.domains.get(key) ?? { routers: [], routes: [] };
    const ways = [...routers, ...routes];
    const its = new Set(ways.filter((each) => each.router === router).map(nameOfWay));
    if (own.has(key) || its.size > 0 && ways.every((each) => each.router === router)) found.set(key, names);
    else if (its.size > 0) found.set(key, names.intersection(its));
  }
  return found;
}

/** The state without what nobody has said. */
export function endUnsaid(state: State, unsaid: Unsaid, now: number): Expired {
  const before = DomainMap.of(state.domains);
  let domains = before;
  const touched: string[] = [];
  const ended: Domain[] = [];
  for (const [key, names] of unsaid) {
    const held = before.get(key);
    if (held === undefined) continue;
    const domain = withoutUnsaid(held, names);
    if (domain === held) continue;
    const lives = isAlive(domain, now);
    domains = lives ? domains.with(domain) : domains.without(key);
    if (lives) touched.push(key);
    else ended.push(domain);
  }
  return { state: domains === before ? state : { domains }, touched, ended };
}

/** The domain without the data that have these names; the same where it has none of them. */
export function withoutUnsaid(domain: Domain, names: ReadonlySet<string>): Domain {
  if (names.isDisjointFrom(namesIn(domain))) return domain;
  const isLeft = (name: string) => !names.has(name);
  const left = <T>(member: string, value: T) => isLeft(nameOfValue(member, value)) ? value : null;
  return {
    ...domain,
    mtu: left("mtu", domain.mtu),
    hopLimit: left("hopLimit", domain.hopLimit),
    reachableTimeMs: left("reachableTimeMs", domain.reachableTimeMs),
    retransTimerMs: left("retransTimerMs", domain.retransTimerMs),
    captivePortal: left("captivePortal", domain.captivePortal),
    routers: domain.routers.filter((each) => isLeft(nameOfWay(each))),
    routes: domain.routes.filter((each) => isLeft(nameOfWay(each))),
    prefixes: domain.prefixes.filter((each) => isLeft(nameOf.prefix(each))),
    rdnss: domain.rdnss.filter((each) => isLeft(nameOf.rdnss(each))),
    dnssl: domain.dnssl.filter((each) => isLeft(nameOf.dnssl(each))),
    pref64: domain.pref64.filter((each) => isLeft(nameOf.pref64(each))),
    encryptedDns: domain.encryptedDns.filter((each) => isLeft(nameOf.encryptedDns(each))),
  };
}

/** Without a lifetime of its own: there is one at a time, and another value is another datum. */
function nameOfValue(member: string, value: unknown): string {
  return `${member} ${value}`;
}

const nameOf = {
  prefix: ({ prefix }: { readonly prefix: string }) => `prefix ${prefix}`,
  rdnss: ({ address }: { readonly address: string }) => `resolver ${address}`,
  dnssl: ({ domain }: { readonly domain: string }) => `search ${domain}`,
  pref64: ({ prefix }: { readonly prefix: string }) => `pref64 ${prefix}`,
  encryptedDns: (
    { authenticationName, addresses, parameters }: Pick<
      Domain["encryptedDns"][number],
      "authenticationName" | "addresses" | "parameters"
    >,
  ) => `encrypted ${authenticationName} ${addresses.join(",")} ${parameters}`,
};

/** A default route by a router's header, or a route by an option of it. */
function nameOfWay({ prefix, router }: { readonly prefix?: string; readonly router: string }): string {
  return prefix === undefined ? `router ${router}` : `route ${prefix} ${router}`;
}

type Common = Pick<Domain | DomainAdvertisement, "prefixes" | "rdnss" | "dnssl" | "pref64" | "encryptedDns">;

/** Of what domains and advertisements have alike. */
function* commonNames(data: Common): Generator<string> {
  for (const each of data.prefixes) yield nameOf.prefix(each);
  for (const each of data.rdnss) yield nameOf.rdnss(each);
  for (const each of data.dnssl) yield nameOf.dnssl(each);
  for (const each of data.pref64) yield nameOf.pref64(each);
  for (const each of data.encryptedDns) yield nameOf.encryptedDns(each);
}

const VALUES = ["mtu", "hopLimit", "reachableTimeMs", "retransTimerMs", "captivePortal"] as const;

/** Of all that a domain has. */
function namesIn(domain: Domain): Set<string> {
  const values = VALUES.filter((member) => domain[member] !== null);
  return new Set([
    ...values.map((member) => nameOfValue(member, domain[member])),
    ...[...domain.routers, ...domain.routes].map(nameOfWay),
    ...commonNames(domain),
  ]);
}

/** Of all that this router says. */
function namesBy(said: DomainAdvertisement, router: string): Set<string> {
  const { header, mtu, mtuOutside, captivePortal } = said;
  return new Set([
    ...[mtu, mtuOutside].map((value) => nameOfValue("mtu", value)),
    nameOfValue("hopLimit", header.curHopLimit),
    nameOfValue("reachableTimeMs", header.reachableTimeMs),
    nameOfValue("retransTimerMs", header.retransTimerMs),
    nameOfValue("captivePortal", captivePortal),
    nameOfWay({ router }),
    ...said.routes.map(({ prefix }) => nameOfWay({ prefix, router })),
    ...commonNames(said),
  ]);
}
