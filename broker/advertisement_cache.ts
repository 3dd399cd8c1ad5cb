// The advertisements that were heard lately on a link, by router and bytes: one that is heard again is not parsed
// again. Bounded; the least lately heard goes first, which costs a flood's victims one parse and nothing else. Pure.

import type { DomainAdvertisement } from "../lib/ndp/types.ts";

/** Routers with several domains send one advertisement for each. */
const MAX_ENTRIES = 128;
/** Two Ethernet frames: longer ones are rare, and would let a flood fill memory. */
const MAX_BYTES = 3_000;

/** The same again sooner than this changes no lifetime by anything that matters. */
const SAME_MOMENT_MS = 100;

/** What one advertisement says: of each PvD, to hosts that know none, and of the router's link-layer address. */
export interface Said {
  readonly advertisements: readonly DomainAdvertisement[];
  readonly outer: DomainAdvertisement;
  /** Of its source link-layer option; undefined: it has none. */
  readonly mac?: string | undefined;
}

export interface CacheEntry {
  readonly said: Said;
  heardAt: number;
}

// Every octet becomes a character of its own, so equal texts are equal bytes.
const octets = new TextDecoder("latin1");

export class AdvertisementCache {
  readonly #entries = new Map<string, CacheEntry>();
  #last: CacheEntry | null = null;

  /** What these bytes from this router said before; null where they are new. */
  find(router: string, bytes: Uint8Array): CacheEntry | null {
    if (bytes.length > MAX_BYTES) return null;
    const key = keyOf(router, bytes);
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  remember(router: string, bytes: Uint8Array, said: Said, now: number): void {
    const entry: CacheEntry = { said, heardAt: now };
    this.#last = entry;
    if (bytes.length > MAX_BYTES) return;
    this.#entries.set(keyOf(router, bytes), entry);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MAX_ENTRIES) break;
      this.#entries.delete(oldest);
    }
  }

  /** Something happened that makes the same again news, however soon it comes. */
  nextIsNews(): void {
    this.#last = null;
  }

  /** Whether hearing the entry at `now` could change anything; if so it counts as heard. */
  renew(entry: CacheEntry, now: number): boolean {
    // Anything else heard in between may have said otherwise: then it must be heard again.
    if (entry === this.#last && now - entry.heardAt < SAME_MOMENT_MS) return false;
    entry.heardAt = now;
    this.#last = entry;
    return true;
  }
}

function keyOf(router: string, bytes: Uint8Array): string {
  return `${router}\n${octets.decode(bytes)}`;
}
