// Looks for routers on one link: asks until one gives a default route, and again when the last of them is gone. What
// routers said of default routes is noted here alone, so what ends the asking and what begins it never disagree: also
// a router counts that makes no domain, or that the state has no room for. Takes time and chance from outside.

import type { DomainAdvertisement } from "../lib/ndp/types.ts";
import { Deadline } from "./deadline.ts";
import { Solicitor, type SolicitorOptions } from "./solicitor.ts";
import type { Hearing } from "./state/hear.ts";
import { domainKey } from "./state/key.ts";
import { untilMs } from "./state/merge.ts";

const DEFAULT_ROUTE = "::/0";
/** Default routes that are noted: more than any link has, less than a flood sends. The least lately heard goes first. */
const MAX_GIVEN = 256;

export interface RouterSearchOptions extends SolicitorOptions {
  /** Whether other routers, that were there before, are to be heard again: then a default route does not end the asking. */
  readonly isUnconfirmed?: () => boolean;
}

export class RouterSearch {
  readonly #options: Pick<RouterSearchOptions, "now" | "isUnconfirmed">;
  readonly #solicitor: Solicitor;
  /** When each default route ends (CLOCK_BOOTTIME), by domain and router; the least lately heard first. */
  readonly #given = new Map<string, number>();
  readonly #lastEnd: Deadline;
  #isAttached = false;

  constructor(options: RouterSearchOptions) {
    this.#options = options;
    this.#solicitor = new Solicitor(options);
    const { now, after } = options;
    this.#lastEnd = new Deadline({ now, after, onReached: () => this.#look() });
  }

  /** Whether routers are asked now, or will be. */
  get active(): boolean {
    return this.#solicitor.active;
  }

  /** The link came up, or the machine woke: what its routers said may be another network's. */
  attached(): void {
    this.#isAttached = true;
    this.#given.clear();
    this.#solicitor.attached();
  }

  /** Nothing can be heard or sent on the link. */
  detached(): void {
    this.#isAttached = false;
    this.#given.clear();
    this.#lastEnd.set(Infinity);
    this.#solicitor.stop();
  }

  /** Somebody asks for it. */
  start(): void {
    this.#solicitor.start();
  }

  /** The link's socket is open. */
  sendWhenDue(): void {
    this.#solicitor.sendWhenDue();
  }

  /** What one advertisement says; RFC 7559 2.1: one that gives no default route does not end the asking. */
  heard({ link, router, now }: Hearing, said: readonly DomainAdvertisement[]): void {
    let gives = false;
    for (const each of said) {
      const key = `${domainKey(each.kind, link, each.kind === "explicit" ? each.id : "")} ${router}`;
      this.#given.delete(key);
      const lifetimeS = defaultRouteS(each);
      if (lifetimeS === 0) continue;
      this.#given.set(key, untilMs(now, lifetimeS));
      gives = true;
    }
    for (const oldest of this.#given.keys()) {
      if (this.#given.size <= MAX_GIVEN) break;
      this.#given.delete(oldest);
    }
    if (gives) {
      if (this.#options.isUnconfirmed?.() === true) this.#solicitor.goOn();
      else this.#solicitor.stop();
    }
    this.#look();
  }

  /** Nothing is unconfirmed any more: one default route is enough again. */
  confirmed(): void {
    if (this.#lastGiven() > this.#options.now()) this.#solicitor.stop();
  }

  #lastGiven(): number {
    return Math.max(...this.#given.values());
  }

  /** Where the last default router is gone, perhaps another answers. One that asks already goes on with its back-off. */
  #look(): void {
    const lastEnd = this.#lastGiven();
    if (lastEnd > this.#options.now()) return this.#lastEnd.set(lastEnd);
    this.#lastEnd.set(Infinity);
    if (this.#isAttached && !this.#solicitor.active) this.#solicitor.start();
  }
}

/** RFC 4191 3.1: a ::/0 route option overrides the header's lifetime, which is the inner one's where RFC 8801 has one. */
function defaultRouteS({ header, routes }: DomainAdvertisement): number {
  const option = routes.find((route) => route.prefix === DEFAULT_ROUTE);
  return option?.lifetimeS ?? header.routerLifetimeS;
}
