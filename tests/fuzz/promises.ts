// What the pure state promises, written down a second time and in another way: by comparing what was before with what
// is after, datum by datum. Each function throws at the first promise that is broken. Pure.

import type { Expired } from "../../broker/state/expire.ts";
import type { Heard, Hearing } from "../../broker/state/hear.ts";
import * as caps from "../../broker/state/limits.ts";
import type { Domain, PrefixState, State } from "../../broker/state/types.ts";
import { parsePrefix } from "../../lib/ip.ts";
import { type DomainAdvertisement, INFINITE_LIFETIME_S, type PrefixDatum } from "../../lib/ndp/types.ts";

/** A promise that was broken, in a sentence. */
export class Broken extends Error {}

export function promise(kept: boolean, sentence: () => string): void {
  if (!kept) throw new Broken(sentence());
}

const TWO_HOURS_MS = 7_200_000;

interface Datum {
  /** What makes it the same thing again. */
  readonly is: string;
  readonly until: number;
}

interface Part {
  readonly name: string;
  readonly cap: number;
  /** What the domain holds. */
  readonly held: (domain: Domain) => readonly Datum[];
  /** What the advertisement says, the last word on each thing last; `until` is when it ends if heard at `now`. */
  readonly said: (said: DomainAdvertisement, router: string, now: number) => readonly Datum[];
}

const untilOf = (now: number, lifetimeS: number) =>
  lifetimeS === INFINITE_LIFETIME_S ? Infinity : now + lifetimeS * 1000;

function part<Held extends { readonly validUntil: number }, Said extends { readonly lifetimeS: number }>(
  name: string,
  cap: number,
  held: (domain: Domain) => readonly Held[],
  heldIs: (datum: Held) => string,
  said: (said: DomainAdvertisement) => readonly Said[],
  saidIs: (datum: Said, router: string) => string,
): Part {
  return {
    name,
    cap,
    held: (domain) => held(domain).map((each) => ({ is: heldIs(each), until: each.validUntil })),
    said: (advertisement, router, now) =>
      said(advertisement).map((each) => ({ is: saidIs(each, router), until: untilOf(now, each.lifetimeS) })),
  };
}

/** Prefixes that a route or NAT64 may have: the link-local one and multicast are nobody's to announce. */
function isUsable(prefix: string): boolean {
  const [first = 0, second = 0] = parsePrefix(prefix)?.address ?? [];
  return first !== 0xff && !(first === 0xfe && (second & 0xc0) === 0x80);
}

const PARTS: readonly Part[] = [
  {
    name: "router",
    cap: caps.MAX_ROUTERS_PER_DOMAIN,
    held: (domain) => domain.routers.map((each) => ({ is: each.router, until: each.validUntil })),
    said: ({ header, routes }, router, now) => {
      // RFC 4191 3.1: the last ::/0 option overrides the header.
      const [option] = routes.filter((route) => route.prefix === "::/0").reverse();
      return [{ is: router, until: untilOf(now, option?.lifetimeS ?? header.routerLifetimeS) }];
    },
  },
  part(
    "route",
    caps.MAX_ROUTES_PER_DOMAIN,
    ({ routes }) => routes,
    (each) => `${each.prefix} by ${each.router}`,
    // RFC 4191 3.1: the header takes back what an earlier ::/0 option gave.
    ({ routes }) => [
      { prefix: "::/0", preference: "medium" as const, lifetimeS: 0 },
      ...routes.filter((each) => isUsable(each.prefix)),
    ],
    (each, router) => `${each.prefix} by ${router}`,
  ),
  part(
    "resolver",
    caps.MAX_RESOLVERS_PER_DOMAIN,
    ({ rdnss }) => rdnss,
    (each) => each.address,
    ({ rdnss }) => rdnss,
    (each) => each.address,
  ),
  part(
    "search domain",
    caps.MAX_SEARCH_DOMAINS_PER_DOMAIN,
    ({ dnssl }) => dnssl,
    (each) => each.domain,
    // RFC 1035 2.3.4: what is longer is no name of a host.
    ({ dnssl }) => dnssl.filter((each) => each.domain.length <= 253),
    (each) => each.domain,
  ),
  part(
    "NAT64 prefix",
    caps.MAX_PREF64_PER_DOMAIN,
    ({ pref64 }) => pref64,
    (each) => each.prefix,
    ({ pref64 }) => pref64.filter((each) => isUsable(each.prefix)),
    (each) => each.prefix,
  ),
  part(
    "encrypted resolver",
    caps.MAX_ENCRYPTED_DNS_PER_DOMAIN,
    ({ encryptedDns }) => encryptedDns,
    (each) => JSON.stringify([each.authenticationName, each.addresses, each.parameters]),
    ({ encryptedDns }) => encryptedDns,
    (each) => JSON.stringify([each.authenticationName, each.addresses, each.parameters]),
  ),
];

/** Of any state: caps, keys and order. `expiredAt`: the moment at which all that had ended was taken out. */
export function checkState(state: State, limits: caps.Limits, expiredAt: number | null): void {
  const onLinks = new Map<string, number>();
  let count = 0;
  for (const [key, domain] of state.domains) {
    count++;
    onLinks.set(domain.link, (onLinks.get(domain.link) ?? 0) + 1);
    promise(domain.key === key && state.domains.get(key) === domain, () => `${key} is not under its own key`);
    promise(domain.id.length > 0 && domain.id.length <= 1024, () => `${key} has an id that is none`);
    for (const text of textsOf(domain)) {
      promise(
        /^[\x21-\x7e]*$/.test(text),
        () => `${key} has kept a text as it was sent: ${JSON.stringify(text)}`,
      );
    }
    promise(domain.prefixes.length <= caps.MAX_PREFIXES_PER_DOMAIN, () => `${key} has too many prefixes`);
    distinct(key, "prefix", domain.prefixes.map((each) => each.prefix));
    for (const { name, cap, held } of PARTS) {
      const data = held(domain);
      promise(data.length <= cap, () => `${key} has too many of: ${name}`);
      distinct(key, name, data.map((each) => each.is));
      if (expiredAt !== null) nothingEnded(key, name, data, expiredAt);
    }
    if (expiredAt !== null) checkLiving(domain, expiredAt);
  }
  promise(count === state.domains.size, () => `size is ${state.domains.size} of ${count} domains`);
  promise(count <= limits.domains, () => `${count} domains`);
  for (const [link, on] of onLinks) promise(on <= limits.domainsPerLink, () => `${on} domains on ${link}`);
}

/** What a router chose freely. */
function textsOf({ id, captivePortal, dnssl, encryptedDns }: Domain): string[] {
  return [
    id,
    captivePortal ?? "",
    ...dnssl.map((each) => each.domain),
    ...encryptedDns.flatMap((each) => [each.authenticationName, each.parameters]),
  ];
}

function distinct(key: string, name: string, all: readonly string[]): void {
  promise(new Set(all).size === all.length, () => `${key} has the same ${name} twice`);
}

function nothingEnded(key: string, name: string, data: readonly Datum[], now: number): void {
  for (const { is, until } of data) {
    promise(until > now, () => `${key}: the ${name} ${is} lives past its lifetime`);
  }
}

function checkLiving(domain: Domain, now: number): void {
  for (const each of domain.prefixes) {
    const lives = [each.validUntil, each.onLinkUntil, each.addressValidUntil];
    promise(
      lives.every((until) => until === 0 || until > now),
      () => `${each.prefix} lives past its lifetime`,
    );
    promise(lives.some((until) => until > now), () => `${each.prefix} is kept with no life left`);
    promise(
      each.addressPreferredUntil <= Math.max(each.addressValidUntil, now),
      () => `${each.prefix}: its address is preferred for longer than it is valid`,
    );
  }
  const holds = domain.routers.length > 0 || domain.routes.length > 0 ||
    domain.prefixes.some((each) => each.validUntil > now || each.onLinkUntil > now);
  promise(holds, () => `${domain.key} lives on, and no router stands for it`);
}

/** What an advertisement did: all that it says, nothing else, and to no other domain. */
export function checkHeard(
  before: State,
  hearing: Hearing,
  advertisements: readonly DomainAdvertisement[],
  heard: Heard,
): void {
  const changed = new Set([...heard.touched, ...heard.ended.map((each) => each.key)]);
  for (const [key, domain] of before.domains) {
    promise(changed.has(key) || heard.state.domains.get(key) === domain, () => `${key} changed unasked`);
  }
  for (const key of heard.state.domains.keys()) {
    promise(before.domains.has(key) || heard.made.includes(key), () => `${key} was made without a word`);
  }
  for (const said of advertisements) {
    const name = said.kind === "explicit" ? said.id : hearing.router;
    const key = `${said.kind} ${hearing.link} ${name.replace(/[A-Z]/g, (letter) => letter.toLowerCase())}`;
    const after = heard.state.domains.get(key);
    if (after === undefined || !changed.has(key)) continue;
    const prior = before.domains.get(key);
    checkSaid(after, prior?.linkIndex === hearing.linkIndex ? prior : undefined, said, hearing, heard);
  }
}

function checkSaid(
  after: Domain,
  prior: Domain | undefined,
  advertisement: DomainAdvertisement,
  { router, now }: Hearing,
  heard: Heard,
): void {
  for (const { name, held, said } of PARTS) {
    const lastWord = new Map(said(advertisement, router, now).map((each) => [each.is, each.until]));
    const old = new Map(prior === undefined ? [] : held(prior).map((each) => [each.is, each.until]));
    const next = new Map(held(after).map((each) => [each.is, each.until]));
    const where = (is: string) => `${after.key}: the ${name} ${is}`;
    for (const [is, until] of next) {
      promise(until > now, () => `${where(is)} ended, and is kept`);
      promise(
        until === (lastWord.get(is) ?? old.get(is)),
        () => `${where(is)} has a lifetime nobody gave it`,
      );
    }
    for (const [is, until] of old) {
      promise(
        until <= now || lastWord.has(is) || next.has(is),
        () => `${where(is)} was dropped, and nobody said so`,
      );
    }
    for (const [is, until] of lastWord) {
      const known = until <= now || next.has(is) || heard.refused.length > 0;
      promise(known, () => `${where(is)} was said, and not kept, and not refused`);
    }
  }
  const words = Map.groupBy(advertisement.prefixes, (each) => each.prefix);
  const priors = new Map(prior?.prefixes.map((each) => [each.prefix, each]));
  for (const each of after.prefixes) checkPrefix(each, priors.get(each.prefix), words.get(each.prefix), now);
  for (const each of prior?.prefixes ?? []) {
    const isThere = after.prefixes.some(({ prefix }) => prefix === each.prefix);
    const lived = Math.max(each.validUntil, each.onLinkUntil, each.addressValidUntil) > now;
    promise(!lived || isThere || words.has(each.prefix), () => `${each.prefix} was dropped by omission`);
  }
}

/** RFC 4861 6.3.4 for the on-link list, RFC 4862 5.5.3 for the address: what each option of the prefix does in turn. */
function checkPrefix(
  after: PrefixState,
  before: PrefixState | undefined,
  words: readonly PrefixDatum[] = [],
  now: number,
): void {
  const { prefix } = after;
  const living = (until: number | undefined) => until !== undefined && until > now ? until : 0;
  let valid = living(before?.validUntil);
  let onLink = living(before?.onLinkUntil);
  let address = living(before?.addressValidUntil);
  let preferred = before?.addressPreferredUntil;
  for (const said of words) {
    const until = untilOf(now, said.validS);
    valid = living(until);
    if (said.onLink) onLink = valid;
    if (!said.autonomous || !prefix.endsWith("/64") || said.preferredS > said.validS) continue;
    const isTaken = address === 0 || until > now + TWO_HOURS_MS || until > address;
    address = living(isTaken ? until : Math.min(address, now + TWO_HOURS_MS));
    preferred = untilOf(now, said.preferredS);
  }
  promise(before !== undefined || words.length > 0, () => `${prefix} is there, and nobody spoke of it`);
  promise(after.validUntil === valid, () => `${prefix} is not valid for as long as was said`);
  promise(after.onLinkUntil === onLink, () => `${prefix} is not on-link for as long as was said`);
  promise(
    after.addressValidUntil === address,
    () => `${prefix}: its address lives for another time than it may`,
  );
  promise(
    living(after.addressPreferredUntil) === (address === 0 ? 0 : living(preferred)),
    () => `${prefix}: its address is preferred for another time than was said`,
  );
}

/** What the clock did: only endings, each due. */
export function checkExpired(before: State, now: number, expired: Expired): void {
  const ended = new Set(expired.ended.map((each) => each.key));
  for (const [key, domain] of before.domains) {
    const after = expired.state.domains.get(key);
    promise(
      (after === undefined) === ended.has(key),
      () => `${key} went without a word, or was only said to go`,
    );
    if (after === undefined) continue;
    promise(after === domain || expired.touched.includes(key), () => `${key} lost something without a word`);
    for (const { name, held } of PARTS) {
      const left = held(domain).filter((each) => each.until > now).map((each) => each.is);
      const kept = held(after).map((each) => each.is);
      promise(left.join("\n") === kept.join("\n"), () => `${key}: ${name}: not what is left of it`);
    }
  }
  promise(expired.state.domains.size === before.domains.size - ended.size, () => "time made a domain");
}
