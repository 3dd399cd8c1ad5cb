// What a client that monitors hears from a whole broker, with a helper that does as it is told and a clock that stands
// still until it is told otherwise.

import assert from "node:assert/strict";
import type { DomainAdvertisement } from "../../lib/ndp/types.ts";
import { MAX_MONITORS, MAX_MONITORS_PER_UID, type MonitorEvent } from "../../lib/protocol.ts";
import { Broker } from "../broker.ts";
import { Discovery } from "../discovery.ts";
import { DEFAULT_LIMITS } from "../state/limits.ts";
import { advertisement, header, prefix } from "../state/testing.ts";
import { EMPTY_STATE } from "../state/types.ts";
import { done, ETH1, FakeClock, FakeHelper, refused, settled } from "../testing.ts";
import type { RouterEvent } from "./hub.ts";
import { MAX_ROUTERS_PER_LINK } from "./routers.ts";
import { Subscriber } from "./subscriber.ts";

const ALL = { type: "monitor", link: null, renewals: false } as const;
const ON_ETH1 = { ...ALL, link: "eth1" } as const;
const NO_DOMAINS: readonly DomainAdvertisement[] = [];
/** What a router says that makes no domain. */
const plain = (given: Partial<DomainAdvertisement> = {}) =>
  advertisement({ kind: "implicit", encoding: "ra", id: "", header: header(1800), ...given });

async function room() {
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
  const common = { helper, now: () => clock.now, after: clock.after, log: () => {} };
  const broker = new Broker({
    ...common,
    state: EMPTY_STATE,
    secrets: { key: new Uint8Array(32) },
    limits: { ...DEFAULT_LIMITS, domainsPerLink: 2 },
    settleMs: 30_000,
    wallNow: () => 1_700_000_000_000 + clock.now,
    authorise: () => Promise.resolve({ allowed: false, reason: "nobody may", wouldAsk: false }),
    onChanged: () => {},
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
  const monitors = (request: Parameters<Broker["monitor"]>[0] = ALL, uid = 1000): Subscriber => {
    const given = broker.monitor(request, uid);
    assert.ok(given instanceof Subscriber);
    return given;
  };
  return { clock, broker, discovery, inUse, onBus, hears, monitors };
}

/** All that waits for it. */
function taken(subscriber: Subscriber): MonitorEvent[] {
  const events: MonitorEvent[] = [];
  for (let message = subscriber.take(); message !== null; message = subscriber.take()) {
    events.push(JSON.parse(new TextDecoder().decode(message)).event);
  }
  return events;
}

/** "domainChanged state", "routerHeard fe80::1": the story without its details. */
function told(subscriber: Subscriber): string[] {
  return taken(subscriber).map(brief);
}

function brief(event: MonitorEvent): string {
  if ("datum" in event) return `${event.event} ${event.datum}`;
  if ("id" in event) return `${event.event} ${event.id}`;
  if ("address" in event) return `${event.event} ${event.address}`;
  if ("reason" in event) return `${event.event} ${event.reason} ${event.count}/${event.total}`;
  return event.event;
}

const HOME = advertisement({ prefixes: [prefix("2001:db8:1::/64", 7200, 3600)] });

Deno.test("monitor: first what there is, then a domain's life from its making to its removal", async () => {
  const { hears, monitors, clock } = await room();
  await hears([HOME]);
  const monitor = monitors();
  assert.deepEqual(told(monitor), ["routerNow fe80::1", "domainNow example.org", "now"]);
  await hears([HOME]);
  assert.deepEqual(told(monitor), [], "a router that says the same again changes nothing");
  await hears([advertisement({ id: "new.example", header: header(9) })]);
  assert.deepEqual(told(monitor), [
    "domainMade new.example",
    "domainChanged state",
    "domainChanged namespace",
  ]);
  await hears([{ ...HOME, mtu: 1400, rdnss: [{ address: "2001:db8::53", lifetimeS: 60 }] }]);
  assert.deepEqual(told(monitor), ["domainChanged mtu", "domainChanged rdnss"]);
  await clock.advance(10_000);
  assert.deepEqual(told(monitor).filter((each) => each.startsWith("domainRemoved")), [
    "domainRemoved new.example",
  ]);
});

Deno.test("monitor: an event says what was and what is, with the lifetimes that are left at that moment", async () => {
  const { hears, monitors, clock } = await room();
  await hears([{ ...HOME, rdnss: [{ address: "2001:db8::53", lifetimeS: 60 }] }]);
  const monitor = monitors();
  taken(monitor);
  await clock.advance(20_000);
  await hears([{ ...HOME, rdnss: [{ address: "2001:db8::53", lifetimeS: 30 }] }]);
  const [changed, ...others] = taken(monitor);
  assert.deepEqual(others, []);
  assert.ok(changed?.event === "domainChanged");
  const { timeMs, ...rest } = changed;
  assert.equal(timeMs, 1_700_000_000_000 + clock.now - 80);
  assert.deepEqual(rest, {
    event: "domainChanged",
    ...{ link: "eth1", key: "explicit eth1 example.org", id: "example.org", datum: "rdnss" },
    old: { address: "2001:db8::53", lifetimeS: 40 },
    new: { address: "2001:db8::53", lifetimeS: 30 },
  });
});

Deno.test("monitor: who comes later hears lifetimes as they are then", async () => {
  const { hears, monitors, clock } = await room();
  await hears([{ ...HOME, rdnss: [{ address: "2001:db8::53", lifetimeS: 60 }] }]);
  monitors();
  await clock.advance(20_000);
  const [router, domain] = taken(monitors(ON_ETH1));
  assert.ok(router?.event === "routerNow" && domain?.event === "domainNow");
  assert.equal(router.router.rdnss[0]?.lifetimeS, 40);
  assert.equal(domain.domain.rdnss[0]?.lifetimeS, 40);
  assert.equal(domain.domain.prefixes[0]?.preferredS, 3580);
});

Deno.test("monitor: renewals are told to whoever asks for them, and to nobody else", async () => {
  const { hears, monitors, clock } = await room();
  await hears([HOME]);
  const [one, other] = [monitors(), monitors({ ...ALL, renewals: true })];
  taken(one), taken(other);
  await clock.advance(5_000);
  await hears([HOME]);
  assert.deepEqual(told(one), []);
  assert.deepEqual(told(other), [
    "domainRenewed routers",
    "domainRenewed addresses",
    "domainRenewed prefixes",
  ]);
});

Deno.test("monitor: a domain whose addresses are all past their preferred lifetime is deprecated, by time alone", async () => {
  const { hears, monitors, clock } = await room();
  await hears([HOME]);
  const monitor = monitors();
  taken(monitor);
  await clock.advance(3_600_000);
  assert.deepEqual(told(monitor).filter((each) => each !== "domainChanged routers"), [
    ...[
      "routerLost fe80::1",
      "domainChanged addresses",
      "domainChanged prefixes",
      "domainDeprecated example.org",
    ],
  ]);
  await hears([HOME]);
  assert.deepEqual(told(monitor).filter((each) => each.startsWith("domainDeprecated")), []);
});

Deno.test("monitor: a domain that a program uses is ending, and not removed before the program is gone", async () => {
  const { hears, monitors, clock, inUse, broker } = await room();
  await hears([advertisement()]);
  const monitor = monitors();
  taken(monitor);
  inUse.value = true;
  await hears([advertisement({ header: header(0) })]);
  const story = told(monitor);
  assert.ok(story.includes("domainChanged state"), story.join());
  assert.ok(!story.some((each) => /Removed|Made/.test(each)), story.join());
  inUse.value = false;
  broker.keeper.idle("mifpvd-1");
  await settled();
  await clock.advance(100);
  assert.deepEqual(told(monitor), ["domainRemoved example.org"]);
});

Deno.test("monitor --link: what routers say without any domain, and each change of it, of that link alone", async () => {
  const { hears, monitors, clock } = await room();
  const monitor = monitors(ON_ETH1);
  const everywhere = monitors();
  const elsewhere = monitors({ ...ALL, link: "eth2" });
  assert.deepEqual([told(monitor), told(everywhere), told(elsewhere)], [["now"], ["now"], ["now"]]);
  const dns = { rdnss: [{ address: "2001:db8::53", lifetimeS: 900 }] };
  await hears(NO_DOMAINS, plain(dns));
  const [heard, ...others] = taken(monitor);
  assert.ok(heard?.event === "routerHeard");
  assert.deepEqual(others, []);
  assert.deepEqual([
    heard.link,
    heard.address,
    heard.router.lifetimeS,
    heard.router.preference,
    heard.router.rdnss,
  ], [
    ...["eth1", "fe80::1", 1800, "medium"],
    dns.rdnss,
  ]);
  await hears(NO_DOMAINS, plain({ ...dns, header: header(1800, "high"), mtu: 1400 }));
  assert.deepEqual(told(monitor), ["routerChanged preference", "routerChanged mtu"]);
  await clock.advance(900_000);
  assert.deepEqual(told(monitor), ["routerChanged rdnss"]);
  await clock.advance(900_000);
  assert.deepEqual(told(monitor), ["routerLost fe80::1"]);
  assert.deepEqual(told(everywhere), ["routerHeard fe80::1", "routerLost fe80::1"]);
  assert.deepEqual(told(elsewhere), []);
});

Deno.test("monitor: a router is lost with its goodbye, with its link, and not while a PvD goes by it", async () => {
  const { hears, monitors, discovery, clock } = await room();
  const monitor = monitors();
  taken(monitor);
  // Its own header gives nothing: the PvD's does (RFC 8801 3.1).
  await hears([HOME], plain({ header: header(0) }));
  await hears([HOME], plain({ header: header(0) }));
  assert.deepEqual(told(monitor).filter((each) => each.startsWith("router")), ["routerHeard fe80::1"]);
  await hears([{ ...HOME, header: header(0) }], plain({ header: header(0) }));
  assert.deepEqual(told(monitor).filter((each) => each.startsWith("router")), ["routerLost fe80::1"]);
  await hears(NO_DOMAINS, plain({ header: header(0), prefixes: [prefix("2001:db8:2::/64", 7200)] }));
  assert.deepEqual(told(monitor), [], "whoever is no router to go by is not heard as one");
  await hears(NO_DOMAINS, plain(), ["fe80::2", 2]);
  discovery.linkEvent({ ...ETH1, type: "gone" });
  await clock.advance(100);
  const story = told(monitor).filter((each) => each.startsWith("router"));
  assert.deepEqual(story, ["routerHeard fe80::2", "routerLost fe80::2"]);
});

Deno.test("refusals: a flood is one event a second for each link and reason, with how many there were", async () => {
  const { broker, monitors, clock, onBus } = await room();
  const monitor = monitors();
  taken(monitor);
  const bad = {
    link: "eth1",
    source: "fe80::bad",
    reason: "hop limit is not 255",
    problem: "hop limit is 1",
  };
  for (let count = 0; count < 10_000; count++) broker.events.refused(bad);
  broker.events.refused({ ...bad, link: "eth2" });
  broker.events.refused({ ...bad, reason: "an option is cut short" });
  const first = [
    "advertisementRefused hop limit is not 255 1/1",
    "advertisementRefused hop limit is not 255 1/1",
    "advertisementRefused an option is cut short 1/1",
  ];
  assert.deepEqual(told(monitor), first);
  for (let tenth = 0; tenth < 30; tenth++) {
    await clock.advance(100);
    broker.events.refused(bad);
  }
  const more = told(monitor);
  assert.equal(more[0], "advertisementRefused hop limit is not 255 10008/10009");
  assert.equal(more.length, 3);
  assert.deepEqual(onBus.map(brief), [...first, ...more]);
});

Deno.test("refusals: what is over a limit is told with the limit's name", async () => {
  const { hears, monitors } = await room();
  const monitor = monitors();
  for (const id of ["a", "b", "c"]) await hears([advertisement({ id })]);
  assert.deepEqual(told(monitor).filter((each) => each.startsWith("advert")), [
    "advertisementRefused domains on the link 1/1",
  ]);
});

Deno.test("routers: a flood of them fills the table of its link, is refused and counted, and leaves the others", async () => {
  const { hears, broker, onBus } = await room();
  await hears(NO_DOMAINS, plain());
  for (let n = 0; n < 3 * MAX_ROUTERS_PER_LINK; n++) {
    await hears(NO_DOMAINS, plain(), [`fe80::bad:${n.toString(16)}`, 2]);
  }
  await hears(NO_DOMAINS, plain(), ["fe80::2", 3]);
  const heard = onBus.map(brief).filter((each) => each.startsWith("routerHeard"));
  assert.equal(heard.length, MAX_ROUTERS_PER_LINK + 1);
  assert.deepEqual([heard.at(0), heard.at(-1)], ["routerHeard fe80::1", "routerHeard fe80::2"]);
  const [status] = broker.answer({ type: "status" });
  assert.ok(status?.type === "status");
  assert.equal(status.status.advertisements.refused["routers of the link"], 2 * MAX_ROUTERS_PER_LINK + 1);
});

Deno.test("the bus hears of routers and refusals also while nobody monitors", async () => {
  const { hears, onBus, clock, broker } = await room();
  await hears([HOME], plain());
  await hears([{ ...HOME, mtu: 1400 }], plain({ mtu: 1400 }));
  broker.events.refused({ link: "eth1", source: "fe80::2", reason: "too short", problem: "too short" });
  await clock.advance(1_800_000);
  assert.deepEqual(onBus.map(brief), [
    "routerHeard fe80::1",
    "advertisementRefused too short 1/1",
    "routerLost fe80::1",
  ]);
});

Deno.test("monitor: one person has so many, everybody together so many, and who ends one may start another", async () => {
  const { broker, monitors } = await room();
  const first = monitors();
  for (let count = 1; count < MAX_MONITORS_PER_UID; count++) monitors();
  const refusal = broker.monitor(ALL, 1000);
  assert.ok(!(refusal instanceof Subscriber) && refusal.code === "limitExceeded");
  for (let uid = 2000; uid < 2000 + MAX_MONITORS - MAX_MONITORS_PER_UID; uid++) monitors(ALL, uid);
  assert.ok(!(broker.monitor(ALL, 9999) instanceof Subscriber));
  broker.endMonitor(first);
  monitors(ALL, 9999);
});

Deno.test("monitor --link: a link that pvd does not listen on is refused by its name", async () => {
  const { broker } = await room();
  const refusal = broker.monitor({ ...ALL, link: "eth9" }, 1000);
  assert.ok(!(refusal instanceof Subscriber));
  assert.deepEqual([refusal.code, /eth9/.test(refusal.message)], ["noSuchLink", true]);
});

Deno.test("monitor: who reads too slowly is told how much it lost, and then what there is", async () => {
  const { hears, monitors } = await room();
  const monitor = monitors();
  taken(monitor);
  const long = "x".repeat(500);
  for (let n = 0; n < 1500; n++) await hears([{ ...HOME, captivePortal: `https://${long}${n}/` }]);
  const events = taken(monitor);
  assert.equal(events[0]?.event, "lost");
  assert.deepEqual(events.slice(1).map(brief), ["routerNow fe80::1", "domainNow example.org", "now"]);
  const [, , domain] = events;
  assert.ok(domain?.event === "domainNow" && domain.domain.captivePortal?.endsWith("x1499/"));
  await hears([{ ...HOME, mtu: 1400 }]);
  assert.deepEqual(told(monitor), ["domainChanged mtu"]);
});

Deno.test("monitor: a domain that was renewed is not computed while nobody monitors", async () => {
  const { broker, hears, monitors } = await room();
  await hears([HOME]);
  const monitor = monitors();
  broker.endMonitor(monitor);
  let looked = 0;
  const runtime = broker.keeper.runtime.bind(broker.keeper);
  broker.keeper.runtime = (key) => {
    looked++;
    return runtime(key);
  };
  for (let n = 0; n < 10; n++) await hears([{ ...HOME, sequence: n }]);
  await settled();
  assert.equal(looked, 0);
  assert.deepEqual(told(monitors()), ["routerNow fe80::1", "domainNow example.org", "now"]);
});
