// The domains by key, as a value: a change gives another map and leaves this one as it was, for whoever still looks
// at it. The two share what did not change, so that an advertisement costs what it says and not what there is. Pure.

import type { Domain } from "./types.ts";

/** Changes are kept beside the map that they change until there are so many: about the root of MAX_DOMAINS, so that
 * neither copying the changes nor, once in so many times, copying all of it costs much. */
const MAX_CHANGES = 32;

type Domains = ReadonlyMap<string, Domain>;

/** In the order in which the domains were made. Made by `DomainMap.of`. */
export class DomainMap implements ReadonlyMap<string, Domain> {
  readonly size: number;
  // Not `#`: two of them are then never taken for equal by mistake (assert.deepEqual sees no `#` members).
  private readonly base: Domains;
  /** Null: gone. Both maps are never changed once a DomainMap has them. */
  private readonly changes: ReadonlyMap<string, Domain | null>;
  private readonly links: ReadonlyMap<string, number>;

  private constructor(
    base: Domains,
    changes: ReadonlyMap<string, Domain | null>,
    links: ReadonlyMap<string, number>,
    size: number,
  ) {
    this.base = base;
    this.changes = changes;
    this.links = links;
    this.size = size;
  }

  /** The same domains; the very same map where it is one already. */
  static of(domains: Domains): DomainMap {
    if (domains instanceof DomainMap) return domains;
    const links = new Map<string, number>();
    for (const { link } of domains.values()) links.set(link, (links.get(link) ?? 0) + 1);
    return new DomainMap(new Map(domains), new Map(), links, domains.size);
  }

  /** With this domain, in place of the one that has its key. */
  with(domain: Domain): DomainMap {
    const held = this.get(domain.key);
    if (held === domain) return this;
    // Its old place in the order is another's: it is made anew.
    if (this.changes.get(domain.key) === null) return this.flat().with(domain);
    const counted = held === undefined ? 1 : 0;
    return this.changed(domain.key, domain, counted, domain.link);
  }

  /** Without the domain that has this key. */
  without(key: string): DomainMap {
    const held = this.get(key);
    return held === undefined ? this : this.changed(key, null, -1, held.link);
  }

  /** How many there are on the link with this name. */
  countOnLink(link: string): number {
    return this.links.get(link) ?? 0;
  }

  get(key: string): Domain | undefined {
    const changed = this.changes.get(key);
    return changed === undefined ? this.base.get(key) : changed ?? undefined;
  }

  has(key: string): boolean {
    return this.get(key) !== undefined;
  }

  *entries(): MapIterator<[string, Domain]> {
    for (const [key, domain] of this.base) {
      const changed = this.changes.get(key);
      if (changed === undefined) yield [key, domain];
      else if (changed !== null) yield [key, changed];
    }
    for (const [key, changed] of this.changes) {
      if (changed !== null && !this.base.has(key)) yield [key, changed];
    }
  }

  *keys(): MapIterator<string> {
    for (const [key] of this.entries()) yield key;
  }

  *values(): MapIterator<Domain> {
    for (const [, domain] of this.entries()) yield domain;
  }

  [Symbol.iterator](): MapIterator<[string, Domain]> {
    return this.entries();
  }

  forEach(each: (domain: Domain, key: string, map: ReadonlyMap<string, Domain>) => void): void {
    for (const [key, domain] of this.entries()) each(domain, key, this);
  }

  private changed(key: string, domain: Domain | null, more: number, link: string): DomainMap {
    const changes = new Map(this.changes);
    // One that was never in the base leaves nothing behind.
    if (domain === null && !this.base.has(key)) changes.delete(key);
    else changes.set(key, domain);
    const links = more === 0 ? this.links : new Map(this.links).set(link, this.countOnLink(link) + more);
    const next = new DomainMap(this.base, changes, links, this.size + more);
    return changes.size > MAX_CHANGES ? next.flat() : next;
  }

  private flat(): DomainMap {
    const base = new Map(this.base);
    for (const [key, changed] of this.changes) {
      if (changed === null) base.delete(key);
      else base.set(key, changed);
    }
    return new DomainMap(base, new Map(), this.links, this.size);
  }
}
