// The routers that are heard, and what each says to hosts that know no PvDs: also of those that make no domain. The
// same rules as for domains (state/), with a table of their own. Takes the time from outside.

import type { DomainAdvertisement, RaHeader } from "../../lib/ndp/types.ts";
import type { RouterView } from "../../lib/protocol.ts";
import { lifetimeLeftS } from "../lifetime.ts";
import { type Unsaid, withoutUnsaid } from "../state/confirm.ts";
import { deadlineOf, withoutEnded } from "../state/expire.ts";
import { heardDomain, type Hearing } from "../state/hear.ts";
import type { Domain } from "../state/types.ts";
import { dataViews } from "../view.ts";

/** No link has more; at the cap the newest is refused and counted, as with everything that a network can fill. */
export const MAX_ROUTERS_PER_LINK = 64;

export interface RouterRecord {
  /** `key` is this table's; `id` is empty. */
  readonly said: Domain;
  readonly address: string;
  /** The last one. */
  readonly header: RaHeader;
}

export class RouterTable {
  readonly #records = new Map<string, RouterRecord>();

  get records(): ReadonlyMap<string, RouterRecord> {
    return this.#records;
  }

  /** What is known of it now; null: there is no room for another. */
  hear(hearing: Hearing, outer: DomainAdvertisement): RouterRecord | null {
    const key = routerKey(hearing.linkIndex, hearing.router);
    const prior = this.#records.get(key);
    if (prior === undefined && this.#countOn(hearing.linkIndex) >= MAX_ROUTERS_PER_LINK) return null;
    // What has no room in it is counted where it is refused to the domain.
    const said = heardDomain(prior?.said, key, hearing, outer, () => {});
    const record = { said, address: hearing.router, header: outer.header };
    this.#records.set(key, record);
    return record;
  }

  forget(key: string): void {
    this.#records.delete(key);
  }

  /** The keys of those that it had on this link. */
  linkGone(linkIndex: number): string[] {
    const gone = [...this.#records].filter(([, { said }]) => said.linkIndex === linkIndex).map(([key]) =>
      key
    );
    for (const key of gone) this.#records.delete(key);
    return gone;
  }

  /** Ends what has ended by then; the keys of the routers that had it. */
  expire(now: number): string[] {
    const touched: string[] = [];
    for (const [key, record] of this.#records) {
      if (deadlineOf(record.said) > now) continue;
      this.#records.set(key, { ...record, said: withoutEnded(record.said, now) });
      touched.push(key);
    }
    return touched;
  }

  /** What each router on this link has said. */
  saidOn(linkIndex: number): Domain[] {
    return [...this.#records.values()].map(({ said }) => said).filter((said) => said.linkIndex === linkIndex);
  }

  /** Ends what nobody has said again; the keys of the routers that had it. */
  endUnsaid(unsaid: Unsaid): string[] {
    const touched: string[] = [];
    for (const [key, names] of unsaid) {
      const record = this.#records.get(key);
      if (record === undefined) continue;
      this.#records.set(key, { ...record, said: withoutUnsaid(record.said, names) });
      touched.push(key);
    }
    return touched;
  }

  /** The first moment when something of a router ends; Infinity: never. */
  nextDeadline(): number {
    let next = Infinity;
    for (const { said } of this.#records.values()) next = Math.min(next, deadlineOf(said));
    return next;
  }

  #countOn(linkIndex: number): number {
    let count = 0;
    for (const { said } of this.#records.values()) if (said.linkIndex === linkIndex) count++;
    return count;
  }
}

export function routerKey(linkIndex: number, router: string): string {
  return `${linkIndex} ${router}`;
}

/**
 * Whether something that it said of itself still holds: as a default router, a route, a resolver. Prefixes do not
 * count: they are the link's, and stay when the router that announced them is gone (RFC 4861 6.3.5).
 */
export function isStanding({ said }: RouterRecord): boolean {
  return [said.routers, said.routes, said.rdnss, said.dnssl, said.pref64, said.encryptedDns]
    .some((data) => data.length > 0);
}

/** The routers that domains have: what a router says inside a PvD alone holds it too. */
export function routersOf(domains: Iterable<Domain>): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { linkIndex, routers, routes } of domains) {
    for (const { router } of routers) keys.add(routerKey(linkIndex, router));
    for (const { router } of routes) keys.add(routerKey(linkIndex, router));
  }
  return keys;
}

export function routerView(
  { said, address, header }: RouterRecord,
  mac: string | null,
  now: number,
): RouterView {
  const until = said.routers[0]?.validUntil ?? 0;
  return {
    ...{ link: said.link, address, mac },
    lifetimeS: lifetimeLeftS(until, now),
    preference: said.routers[0]?.preference ?? header.preference,
    hopLimit: header.curHopLimit,
    managed: header.managed,
    otherConfig: header.otherConfig,
    ...dataViews(said, now),
  };
}
