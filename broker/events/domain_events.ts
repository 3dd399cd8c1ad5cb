// The events of a domain and of a router, from what was told of it to what there is now. Pure.

import {
  DOMAIN_DATA,
  type DomainView,
  type MonitorEvent,
  ROUTER_DATA,
  type RouterView,
} from "../../lib/protocol.ts";
import { changesBetween, left, type Seen } from "./changes.ts";

/** A domain with its name in the broker (state/key.ts), which no two domains share. */
export interface KeyedDomain {
  readonly key: string;
  readonly domain: DomainView;
}

/** Null: there was none, or is none any more. `timeMs`: since 1970. */
export function domainEvents(
  before: Seen<KeyedDomain> | null,
  after: Seen<KeyedDomain> | null,
  timeMs: number,
): MonitorEvent[] {
  if (before === null || after === null || !isSame(before.view.domain, after.view.domain)) {
    return [
      ...(before === null ? [] : [{ event: "domainRemoved" as const, ...domainHead(before.view, timeMs) }]),
      ...(after === null ? [] : made(after.view, timeMs)),
    ];
  }
  const head = domainHead(after.view, timeMs);
  const changes = changesBetween(
    DOMAIN_DATA,
    { view: before.view.domain, at: before.at },
    { view: after.view.domain, at: after.at },
  );
  return [
    ...changes.map(({ renewed, ...change }): MonitorEvent => ({
      event: renewed ? "domainRenewed" : "domainChanged",
      ...head,
      ...change,
    })),
    ...(isDeprecated(after.view.domain) && !isDeprecated(before.view.domain)
      ? [{ event: "domainDeprecated" as const, ...head }]
      : []),
  ];
}

function made(view: KeyedDomain, timeMs: number): MonitorEvent[] {
  const head = domainHead(view, timeMs);
  return [
    { event: "domainMade", ...head, domain: view.domain },
    ...(isDeprecated(view.domain) ? [{ event: "domainDeprecated" as const, ...head }] : []),
  ];
}

/** What a domain keeps as long as it lives; another under the same key is another domain. */
function isSame(before: DomainView, after: DomainView): boolean {
  return before.id === after.id && before.kind === after.kind && before.link === after.link;
}

/** RFC 4862 5.5.4: an address whose preferred lifetime is over is not for new connections. */
export function isDeprecated(domain: DomainView): boolean {
  return domain.addresses.length > 0 && domain.addresses.every((address) => address.preferredS === 0);
}

function domainHead({ key, domain }: KeyedDomain, timeMs: number) {
  return { timeMs, link: domain.link, key, id: domain.id };
}

/** As `domainEvents`. */
export function routerEvents(
  before: Seen<RouterView> | null,
  after: Seen<RouterView> | null,
  timeMs: number,
): MonitorEvent[] {
  if (after === null) {
    return before === null ? [] : [{ event: "routerLost", ...routerHead(before.view, timeMs) }];
  }
  const head = routerHead(after.view, timeMs);
  if (before === null) return [{ event: "routerHeard", ...head, router: after.view }];
  return changesBetween(ROUTER_DATA, before, after).map(({ renewed, ...change }): MonitorEvent => ({
    event: renewed ? "routerRenewed" : "routerChanged",
    ...head,
    ...change,
  }));
}

function routerHead({ link, address }: RouterView, timeMs: number) {
  return { timeMs, link, address };
}

/** That it is there, with the lifetimes that are left at `now`. */
export function domainNow({ view, at }: Seen<KeyedDomain>, now: number, timeMs: number): MonitorEvent {
  return {
    event: "domainNow",
    ...domainHead(view, timeMs),
    domain: agedDomain(view.domain, now - at),
  };
}

export function routerNow({ view, at }: Seen<RouterView>, now: number, timeMs: number): MonitorEvent {
  const elapsedMs = now - at;
  const router = { ...view, ...agedLists(view, elapsedMs), lifetimeS: left(view.lifetimeS, elapsedMs) };
  return { event: "routerNow", ...routerHead(view, timeMs), router };
}

/** The first moment when a preferred lifetime of it is over, which ends nothing; Infinity: none is waited for. */
export function nextDeprecation({ view, at }: Seen<Aging & Partial<Pick<DomainView, "addresses">>>): number {
  let next = Infinity;
  for (const { preferredS } of [...view.prefixes, ...view.addresses ?? []]) {
    if (preferredS !== null && preferredS > 0) next = Math.min(next, at + preferredS * 1000);
  }
  return next;
}

type Aging = Pick<DomainView, "prefixes" | "routes" | "rdnss" | "dnssl" | "pref64" | "encryptedDns">;

function agedDomain(domain: DomainView, elapsedMs: number): DomainView {
  return {
    ...domain,
    ...agedLists(domain, elapsedMs),
    routers: domain.routers.map((each) => ({ ...each, lifetimeS: left(each.lifetimeS, elapsedMs) })),
    addresses: domain.addresses.map((each) => agedPrefix(each, elapsedMs)),
  };
}

function agedLists(view: Aging, elapsedMs: number): Aging {
  const aged = <T extends { readonly lifetimeS: number | null }>(entries: readonly T[]): readonly T[] =>
    entries.map((each) => ({ ...each, lifetimeS: left(each.lifetimeS, elapsedMs) }));
  return {
    prefixes: view.prefixes.map((each) => agedPrefix(each, elapsedMs)),
    routes: aged(view.routes),
    rdnss: aged(view.rdnss),
    dnssl: aged(view.dnssl),
    pref64: aged(view.pref64),
    encryptedDns: aged(view.encryptedDns),
  };
}

function agedPrefix<T extends { readonly validS: number | null; readonly preferredS: number | null }>(
  each: T,
  elapsedMs: number,
): T {
  return { ...each, validS: left(each.validS, elapsedMs), preferredS: left(each.preferredS, elapsedMs) };
}
