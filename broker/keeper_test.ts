import assert from "node:assert/strict";
import { expire, linkGone } from "./state/expire.ts";
import { hear } from "./state/hear.ts";
import { advertisement } from "./state/testing.ts";
import { refused, settled } from "./testing.ts";
import { connected, KEY } from "./keeper_testing.ts";

Deno.test("Keeper applies a domain that was heard, and it is ready under the helper's handle", async () => {
  const room = await connected();
  await room.hears();
  assert.deepEqual(room.asked(), ["applyDomain"]);
  assert.deepEqual(room.keeper.runtime(KEY), { state: "ready", problem: null, handle: "mifpvd-1" });
});

Deno.test("Keeper asks nothing for an advertisement that changes nothing, and again when lifetimes have drifted", async () => {
  const room = await connected();
  for (let count = 0; count < 1000; count++) await room.hears();
  assert.deepEqual(room.asked(), ["applyDomain"]);
  await room.clock.advance(600_000);
  await room.hears();
  assert.deepEqual(room.asked(), ["applyDomain"]);
});

Deno.test("Keeper has one apply of a domain in flight and at most one more after it", async () => {
  const room = await connected();
  const waiting: (() => void)[] = [];
  room.helper.respond = (request) =>
    new Promise((resolve) => waiting.push(() => resolve(room.answer(request))));
  for (let mtu = 1300; mtu < 1400; mtu++) await room.hears(advertisement({ mtu }));
  assert.deepEqual(room.asked(), ["applyDomain"]);
  waiting.shift()?.();
  await settled();
  const [next, ...more] = room.helper.requests;
  assert.ok(next?.type === "applyDomain" && more.length === 0);
  assert.equal(next.wanted.mtu, 1399, "the last one wins");
  waiting.shift()?.();
  await settled();
  assert.equal(waiting.length, 0);
});

Deno.test("Keeper removes a domain that ended", async () => {
  const room = await connected();
  await room.hears();
  await room.says("goodbye");
  assert.deepEqual(room.asked(), ["applyDomain", "removeDomain"]);
  assert.equal(room.there.size, 0);
});

Deno.test("Keeper keeps an ended domain while a program uses it, without its router, until the helper says idle", async () => {
  const room = await connected();
  await room.hears();
  room.inUse.add("mifpvd-1");
  await room.says("goodbye");
  assert.equal(room.keeper.runtime(KEY).state, "ending");
  assert.deepEqual(room.keeper.endingDomains().map((domain) => domain.id), ["example.org"]);
  const last = room.helper.requests.at(-1);
  assert.ok(last?.type === "applyDomain");
  assert.deepEqual(last.wanted.routes, [], "a withdrawn router is withdrawn for the program, too");
  assert.equal(last.wanted.addresses.length, 1, "its address lives on, as the two-hour rule has it");
  room.inUse.clear();
  room.keeper.idle("mifpvd-1");
  await settled();
  assert.equal(room.there.size, 0);
  assert.deepEqual(room.keeper.endingDomains(), []);
});

Deno.test("Keeper tries a used domain again by itself, should idle never come", async () => {
  const room = await connected();
  await room.hears();
  room.inUse.add("mifpvd-1");
  await room.says("goodbye");
  room.inUse.clear();
  await room.clock.advance(30_000);
  assert.equal(room.there.size, 0);
});

Deno.test("Keeper lets a domain live again that is heard while it ends", async () => {
  const room = await connected();
  await room.hears();
  room.inUse.add("mifpvd-1");
  await room.says("goodbye");
  await room.hears();
  assert.deepEqual(room.keeper.runtime(KEY), { state: "ready", problem: null, handle: "mifpvd-1" });
  room.inUse.clear();
  await room.clock.advance(120_000);
  assert.equal(room.there.size, 1);
});

Deno.test("Keeper shows why a domain cannot be configured, and tries again with back-off", async () => {
  const room = await connected();
  room.helper.respond = () => refused("failed", "the kernel has no macvlan");
  await room.hears();
  assert.deepEqual(room.keeper.runtime(KEY), {
    state: "failed",
    problem: "the kernel has no macvlan",
    handle: null,
  });
  for (let count = 0; count < 100; count++) await room.hears();
  assert.equal(room.asked().length, 1, "advertisements do not make it hurry");
  room.helper.respond = (request) => room.answer(request);
  await room.clock.advance(1_000);
  assert.equal(room.keeper.runtime(KEY).state, "ready");
});

Deno.test("Keeper makes a domain anew that the helper has lost", async () => {
  const room = await connected();
  await room.hears();
  room.there.clear();
  await room.hears(advertisement({ mtu: 1400 }));
  assert.equal(room.keeper.runtime(KEY).handle, "mifpvd-2");
});

Deno.test("Keeper with a thousand domains heard at once has few requests in flight, and makes them all", async () => {
  const room = await connected();
  let inFlight = 0, most = 0;
  room.helper.respond = async (request) => {
    most = Math.max(most, ++inFlight);
    await Promise.resolve();
    inFlight--;
    return room.answer(request);
  };
  const hearing = { link: "eth1", linkIndex: 2, router: "fe80::1", now: room.clock.now };
  for (let n = 0; n < 1000; n++) {
    const heard = hear(room.state, hearing, [advertisement({ id: `d${n}.example` })]);
    room.state = heard.state;
    room.keeper.wake(heard.touched);
  }
  for (let turn = 0; turn < 1000 && room.there.size < 1000; turn++) await settled();
  assert.equal(room.there.size, 1000);
  assert.ok(most <= 8);
});

Deno.test("Keeper applies again what a link that was down may have lost", async () => {
  const room = await connected();
  await room.hears();
  room.keeper.recheck([KEY]);
  await settled();
  assert.deepEqual(room.asked(), ["applyDomain", "applyDomain"]);
  assert.equal(room.keeper.runtime(KEY).state, "ready");
});

Deno.test("Keeper tells the log once why a domain fails, the status on which link, and tries again with a link's change", async () => {
  const room = await connected();
  room.helper.respond = () => refused("failed", "this kernel has no ipvlan");
  await room.hears();
  assert.equal(room.keeper.problemOn("eth1"), "this kernel has no ipvlan");
  assert.equal(room.keeper.problemOn("eth2"), null);
  await room.clock.advance(600_000);
  assert.deepEqual(room.warnings, ["example.org on eth1 cannot be configured: this kernel has no ipvlan"]);
  room.helper.respond = (request) => room.answer(request);
  room.keeper.recheck([KEY]);
  await settled();
  assert.equal(room.keeper.runtime(KEY).state, "ready");
  assert.equal(room.keeper.problemOn("eth1"), null);
});

Deno.test("Keeper gives a domain in use everything anew that comes back with its link, index and all", async () => {
  const room = await connected();
  await room.hears();
  room.inUse.add("mifpvd-1");
  const { link } = room;
  room.link = null;
  const gone = linkGone(room.state, 2);
  room.state = gone.state;
  room.keeper.ended(gone.ended);
  await settled();
  assert.equal(room.keeper.runtime(KEY).state, "ending");
  room.link = link;
  room.asked();
  await room.hears();
  assert.deepEqual(room.asked(), ["applyDomain"]);
  assert.equal(room.keeper.runtime(KEY).state, "ready");
});

Deno.test("Keeper removes what expired", async () => {
  const room = await connected();
  await room.hears();
  await room.clock.advance(3_600_000);
  const expired = expire(room.state, room.clock.now);
  room.state = expired.state;
  room.keeper.ended(expired.ended);
  await settled();
  assert.equal(room.there.size, 0);
});
