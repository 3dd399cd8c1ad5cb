// Who hears what happens: looks at what changed, makes events of it, and gives them to clients that monitor and to the
// bus. Changes that come together are looked at together; where nobody monitors, only routers and refusals are. Takes
// state, time and clocks from outside.

import type { DomainAdvertisement } from "../../lib/ndp/types.ts";
import type { MonitorEvent, RouterView } from "../../lib/protocol.ts";
import { Deadline } from "../deadline.ts";
import type { Unsaid } from "../state/confirm.ts";
import { deadlineOf } from "../state/expire.ts";
import type { Hearing } from "../state/hear.ts";
import type { Domain } from "../state/types.ts";
import type { After } from "../timers.ts";
import type { Seen } from "./changes.ts";
import {
  domainEvents,
  domainNow,
  type KeyedDomain,
  nextDeprecation,
  routerEvents,
  routerNow,
} from "./domain_events.ts";
import type { DomainSource } from "./domain_source.ts";
import { type MonitorRequest, Monitors } from "./monitors.ts";
import { type CountedRefusal, type Refusal, RefusalCounter } from "./refusals.ts";
import { isStanding, type RouterRecord, routersOf, RouterTable, routerView } from "./routers.ts";
import type { Subscriber } from "./subscriber.ts";

/** Changes that come together are told together, and a flood of advertisements cannot become one of events. */
const LOOK_MS = 20;
/** Of the broker's time, looking takes at most the fifth part. */
const REST_TO_LOOK = 4;

/** What the bus tells; of domains it finds out by itself (bus/announcer.ts). */
export type RouterEvent = Extract<
  MonitorEvent,
  { readonly event: "routerHeard" | "routerLost" | "advertisementRefused" }
>;

export interface EventHubOptions {
  readonly source: DomainSource;
  /** The link-layer address that a router told; null: none. */
  readonly macOf: (linkIndex: number, router: string) => string | null;
  /** CLOCK_BOOTTIME, milliseconds. */
  readonly now: () => number;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  readonly after: After;
  /** The table of routers is full. */
  readonly onNoRoom: (hearing: Hearing) => void;
}

export class EventHub {
  readonly #options: EventHubOptions;
  readonly #monitors: Monitors;
  readonly #refusals = new RefusalCounter();
  readonly #refusalDeadline: Deadline;
  readonly #table = new RouterTable();
  readonly #tableDeadline: Deadline;
  readonly #deprecations: Deadline;
  /** What was told last: domains only while somebody monitors. */
  readonly #domains = new Map<string, Seen<KeyedDomain>>();
  readonly #routers = new Map<string, Seen<RouterView>>();
  readonly #dirtyDomains = new Set<string>();
  readonly #dirtyRouters = new Set<string>();
  #areViewsDirty = false;
  #isWaiting = false;
  #restMs = 0;
  /** Events for the bus. */
  onRouterEvent: (event: RouterEvent) => void = () => {};

  constructor(options: EventHubOptions) {
    this.#options = options;
    const { now, after, wallNow } = options;
    this.#monitors = new Monitors(wallNow);
    this.#refusalDeadline = new Deadline({ now, after, onReached: () => this.#tellRefusals() });
    this.#tableDeadline = new Deadline({ now, after, onReached: () => this.#expireRouters() });
    this.#deprecations = new Deadline({ now, after, onReached: () => this.#lookForDeprecations() });
  }

  /** A router's advertisement; `outer` is what it says to hosts that know no PvDs. */
  heard(hearing: Hearing, outer: DomainAdvertisement): void {
    const record = this.#table.hear(hearing, outer);
    if (record === null) return this.#options.onNoRoom(hearing);
    this.#tableDeadline.bring(deadlineOf(record.said));
    this.#dirtyRouters.add(record.said.key);
    this.#look();
  }

  /** These domains came, changed or went. */
  touched(keys: readonly string[]): void {
    if (keys.length === 0) return;
    if (this.#monitors.size > 0) keys.forEach((key) => this.#dirtyDomains.add(key));
    this.#look();
  }

  /** What the state does not know is another of some domain: how far the helper is with it. */
  viewChanged(): void {
    if (this.#monitors.size === 0) return;
    this.#areViewsDirty = true;
    this.#look();
  }

  linkGone(linkIndex: number): void {
    for (const key of this.#table.linkGone(linkIndex)) this.#dirtyRouters.add(key);
    this.#look();
  }

  /** What each router on this link has said to hosts that know no PvDs. */
  routersOn(linkIndex: number): Domain[] {
    return this.#table.saidOn(linkIndex);
  }

  /** Nobody has said it again (state/confirm.ts). */
  endUnsaid(unsaid: Unsaid): void {
    for (const key of this.#table.endUnsaid(unsaid)) this.#dirtyRouters.add(key);
    this.#look();
  }

  /** An advertisement was refused. */
  refused(refusal: Refusal): void {
    const told = this.#refusals.note(refusal, this.#options.now());
    if (told !== null) this.#tell(this.#refusalEvent(told));
    else this.#refusalDeadline.bring(this.#refusals.nextDue());
  }

  /** Null: this person, or everybody together, monitors too much already. To be ended by `unsubscribe`. */
  subscribe(uid: number, request: MonitorRequest): Subscriber | null {
    if (!this.#monitors.hasRoom(uid)) return null;
    if (this.#monitors.size === 0) this.#takeStock();
    return this.#monitors.add(uid, request, () => this.#snapshot(request));
  }

  unsubscribe(subscriber: Subscriber): void {
    this.#monitors.remove(subscriber);
    if (this.#monitors.size > 0) return;
    this.#domains.clear();
    this.#dirtyDomains.clear();
    this.#deprecations.set(Infinity);
  }

  #look(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#options.after(Math.max(LOOK_MS, this.#restMs), () => {
      this.#isWaiting = false;
      const start = this.#options.now();
      this.#lookAtDomains();
      this.#lookAtRouters();
      this.#restMs = REST_TO_LOOK * (this.#options.now() - start);
    });
  }

  #lookAtDomains(): void {
    if (this.#areViewsDirty) this.#lookForOtherViews();
    const keys = [...this.#dirtyDomains];
    this.#dirtyDomains.clear();
    for (const key of keys) {
      const before = this.#domains.get(key) ?? null;
      const after = this.#seenDomain(key, before);
      for (const event of domainEvents(before, after, this.#options.wallNow())) this.#tell(event);
      this.#rememberDomain(key, after);
    }
  }

  #lookForOtherViews(): void {
    this.#areViewsDirty = false;
    if (this.#monitors.size === 0) return;
    const { source } = this.#options;
    for (const key of new Set([...source.keys(), ...this.#domains.keys()])) {
      const told = this.#domains.get(key);
      if (told === undefined || source.isAnother(key, told.view.domain)) this.#dirtyDomains.add(key);
    }
  }

  #seenDomain(key: string, before: Seen<KeyedDomain> | null): Seen<KeyedDomain> | null {
    const domain = this.#options.source.viewOf(key);
    if (domain === null) return null;
    if (domain !== "leaving") return { view: { key, domain }, at: this.#options.now() };
    return before && { ...before, view: { key, domain: { ...before.view.domain, state: "ending" } } };
  }

  #rememberDomain(key: string, seen: Seen<KeyedDomain> | null): void {
    if (seen === null) return void this.#domains.delete(key);
    this.#domains.set(key, seen);
    this.#deprecations.bring(nextDeprecation({ view: seen.view.domain, at: seen.at }));
  }

  #lookAtRouters(): void {
    const { wallNow, source } = this.#options;
    const keys = new Set(this.#dirtyRouters);
    this.#dirtyRouters.clear();
    const fallen = [...this.#table.records.values()].filter((record) => !isStanding(record));
    const held = fallen.length === 0 ? new Set<string>() : routersOf(source.domains());
    for (const { said: { key } } of fallen) {
      if (held.has(key)) continue;
      this.#table.forget(key);
      keys.add(key);
    }
    for (const key of keys) {
      const record = this.#table.records.get(key);
      const before = this.#routers.get(key) ?? null;
      // What it says in detail is told to clients alone.
      if (record !== undefined && before !== null && this.#monitors.size === 0) continue;
      const after = record === undefined ? null : this.#seenRouter(record);
      for (const event of routerEvents(before, after, wallNow())) this.#tell(event);
      this.#rememberRouter(key, after);
    }
  }

  #rememberRouter(key: string, seen: Seen<RouterView> | null): void {
    if (seen === null) return void this.#routers.delete(key);
    this.#routers.set(key, seen);
    if (this.#monitors.size > 0) this.#deprecations.bring(nextDeprecation(seen));
  }

  #seenRouter(record: RouterRecord): Seen<RouterView> {
    const at = this.#options.now();
    return { view: routerView(record, this.#options.macOf(record.said.linkIndex, record.address), at), at };
  }

  #expireRouters(): void {
    for (const key of this.#table.expire(this.#options.now())) this.#dirtyRouters.add(key);
    this.#tableDeadline.set(this.#table.nextDeadline());
    this.#look();
  }

  /** Preferred lifetimes that are over: nothing ended, so nobody else says so. */
  #lookForDeprecations(): void {
    const now = this.#options.now();
    let next = Infinity;
    const wait = (moment: number, dirty: Set<string>, key: string) => {
      if (moment <= now) dirty.add(key);
      else next = Math.min(next, moment);
    };
    for (const [key, { view, at }] of this.#domains) {
      wait(nextDeprecation({ view: view.domain, at }), this.#dirtyDomains, key);
    }
    for (const [key, seen] of this.#routers) wait(nextDeprecation(seen), this.#dirtyRouters, key);
    this.#deprecations.set(next);
    this.#look();
  }

  #tell(event: MonitorEvent): void {
    if (isRouterEvent(event)) this.onRouterEvent(event);
    this.#monitors.tell(event);
  }

  #tellRefusals(): void {
    for (const each of this.#refusals.due(this.#options.now())) this.#tell(this.#refusalEvent(each));
    this.#refusalDeadline.set(this.#refusals.nextDue());
  }

  #refusalEvent(refusal: CountedRefusal): RouterEvent {
    return { event: "advertisementRefused", timeMs: this.#options.wallNow(), ...refusal };
  }

  /** While nobody monitored, nothing of this was kept. */
  #takeStock(): void {
    for (const key of this.#options.source.keys()) this.#rememberDomain(key, this.#seenDomain(key, null));
    for (const [key, record] of this.#table.records) {
      if (this.#routers.has(key)) this.#rememberRouter(key, this.#seenRouter(record));
    }
  }

  #snapshot({ link }: MonitorRequest): (() => MonitorEvent)[] {
    const { now, wallNow } = this.#options;
    const isOn = (of: { readonly link: string }) => link === null || of.link === link;
    const domains = [...this.#domains.values()].filter(({ view }) => isOn(view.domain));
    const routers = [...this.#routers.values()].filter(({ view }) => isOn(view));
    return [
      ...routers.map((seen) => () => routerNow(seen, now(), wallNow())),
      ...domains.map((seen) => () => domainNow(seen, now(), wallNow())),
      () => ({ event: "now", timeMs: wallNow() }),
    ];
  }
}

function isRouterEvent(event: MonitorEvent): event is RouterEvent {
  return event.event === "routerHeard" || event.event === "routerLost" ||
    event.event === "advertisementRefused";
}
