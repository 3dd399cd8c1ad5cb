// For tests only: what a client that monitors hears from a whole broker, with a helper that does as it is told and a clock
// that stands still until it is told otherwise.

import assert from "node:assert/strict";
import type { DomainAdvertisement } from "../../lib/ndp/types.ts";
import type { MonitorEvent } from "../../lib/protocol.ts";
import { Broker } from "../broker.ts";
import { Discovery } from "../discovery.ts";
import { DEFAULT_LIMITS } from "../state/limits.ts";
import { advertisement, header, prefix } from "../state/testing.ts";
import { EMPTY_STATE } from "../state/types.ts";
import { done, ETH1, FakeClock, FakeHelper, refused } from "../testing.ts";
import type { RouterEvent } from "./hub.ts";
import { Subscriber } from "./subscriber.ts";

export const ALL = { type: "monitor", link: null, renewals: false } as const;
export const ON_ETH1 = { ...ALL, link: "eth1" } as const;
export const NO_DOMAINS: readonly DomainAdvertisement[] = [];
/** What a router says that makes no domain. */
export const plain = (given: Partial<DomainAdvertisement> = {}) =>
  advertisement({ kind: "implicit", encoding: "ra", id: "", header: header(1800), ...given });

export async function room() {
  const clock = new FakeClock();
  const helper = new FakeHelper();
  let made = 0;
  const inUse = { value: false };
  helper.respond = (request) => {
    if (request.type === "listDomains") {
      return { ok: true, reply: { type: "domains", serial: 1, domains: [], more: false }, fds: [] };
    }
    if (request.type === "applyDomain") {
      const handle = request.handle ?? `mifpvd-${++made}`;
      return { ok: true, reply: { type: "domain", serial: 1, handle }, fds: [] };
    }
    return request.type === "removeDomain" && !inUse.value ? done(1) : refused("inUse");
  };
  const logged: string[] = [];
  const log = (_level: string, message: string) => void logged.push(message);
  const common = { helper, now: () => clock.now, after: clock.after, log };
  const broker = new Broker({
    ...common,
    state: EMPTY_STATE,
    secrets: { key: new Uint8Array(32) },
    limits: { ...DEFAULT_LIMITS, domainsPerLink: 2 },
    settleMs: 30_000,
    wallNow: () => 1_700_000_000_000 + clock.now,
    authorise: () => Promise.resolve({ allowed: false, reason: "nobody may", wouldAsk: false }),
    onChanged: () => {},
    onEnded: () => {},
    process: () => ({ pid: 1, uid: 2, uptimeS: 3, residentBytes: 4 }),
  });
  const discovery = new Discovery({
    ...common,
    reactor: { add: () => {}, remove: () => {} },
    random: () => 0.5,
    choose: () => "macvlan",
    ownAddresses: () => new Set(),
    onAdvertisement: (...heard) => broker.heard(...heard),
    onLinkGone: (index, why) => broker.linkGone(index, why),
    onLinkChanged: (index) => broker.linkChanged(index),
    onLinkUp: (index) => broker.linkCameUp(index),
    isUnconfirmed: (index) => broker.confirmations.isUnconfirmed(index),
    onRouterMac: (index, router) => broker.routerMacChanged(index, router),
  });
  for (const link of [ETH1, { ...ETH1, index: 3, name: "eth2" }]) discovery.linkEvent(link);
  broker.start(discovery);
  await broker.keeper.reconcile();
  const onBus: RouterEvent[] = [];
  broker.events.onRouterEvent = (event) => void onBus.push(event);
  const hears = async (
    advertisements: readonly DomainAdvertisement[],
    outer = advertisements[0] ?? plain(),
    [router, linkIndex] = ["fe80::1", 2],
  ) => {
    broker.heard({ link: `eth${linkIndex - 1}`, linkIndex, router, now: clock.now }, advertisements, outer);
    // Whatever it brings is told within this.
    await clock.advance(100);
  };
  const monitors = (request: Parameters<Broker["answers"]["monitor"]>[0] = ALL, uid = 1000): Subscriber => {
    const given = broker.answers.monitor(request, uid);
    assert.ok(given instanceof Subscriber);
    return given;
  };
  return { clock, helper, broker, discovery, logged, inUse, onBus, hears, monitors };
}

/** All that waits for it. */
export function taken(subscriber: Subscriber): MonitorEvent[] {
  const events: MonitorEvent[] = [];
  for (let message = subscriber.take(); message !== null; message = subscriber.take()) {
    events.push(JSON.parse(new TextDecoder().decode(message)).event);
  }
  return events;
}

/** "domainChanged state", "routerHeard fe80::1": the story without its details. */
export function told(subscriber: Subscriber): string[] {
  return taken(subscriber).map(brief);
}

export function brief(event: MonitorEvent): string {
  if ("datum" in event) return `${event.event} ${event.datum}`;
  if ("id" in event) return `${event.event} ${event.id}`;
  if ("address" in event) return `${event.event} ${event.address}`;
  if ("reason" in event) return `${event.event} ${event.reason} ${event.count}/${event.total}`;
  return event.event;
}

export const HOME = advertisement({ prefixes: [prefix("2001:db8:1::/64", 7200, 3600)] });
