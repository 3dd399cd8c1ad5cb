// Floods, and clients that ask for too much or read too slowly.

import assert from "node:assert/strict";
import { MAX_MONITORS, MAX_MONITORS_PER_UID } from "../../lib/protocol.ts";
import { advertisement } from "../state/testing.ts";
import { settled } from "../testing.ts";
import { MAX_ROUTERS_PER_LINK } from "./routers.ts";
import { Subscriber } from "./subscriber.ts";
import { ALL, brief, HOME, NO_DOMAINS, plain, room, taken, told } from "./testing.ts";

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
  const [status] = broker.answers.answer({ type: "status" });
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
  const refusal = broker.answers.monitor(ALL, 1000);
  assert.ok(!(refusal instanceof Subscriber) && refusal.code === "limitExceeded");
  for (let uid = 2000; uid < 2000 + MAX_MONITORS - MAX_MONITORS_PER_UID; uid++) monitors(ALL, uid);
  assert.ok(!(broker.answers.monitor(ALL, 9999) instanceof Subscriber));
  broker.answers.endMonitor(first);
  monitors(ALL, 9999);
});

Deno.test("monitor --link: a link that pvd does not listen on is refused by its name", async () => {
  const { broker } = await room();
  const refusal = broker.answers.monitor({ ...ALL, link: "eth9" }, 1000);
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
  broker.answers.endMonitor(monitor);
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
