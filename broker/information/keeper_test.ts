import assert from "node:assert/strict";
import type { JsonValue } from "../../lib/protocol.ts";
import { advertisement, prefix } from "../state/testing.ts";
import { hear } from "../state/hear.ts";
import { EMPTY_STATE } from "../state/types.ts";
import { FakeClock, settled } from "../testing.ts";
import type { FetchResult } from "./fetch.ts";
import { InformationKeeper } from "./keeper.ts";
import type { Source } from "./types.ts";

const WALL_MS = Date.UTC(2026, 0, 1);
const GOOD = { identifier: "pvd.example", expires: "2026-01-02T00:00:00Z", prefixes: ["2001:db8::/48"] };
type Said = Parameters<typeof advertisement>[0];

class Room {
  readonly clock = new FakeClock();
  state = EMPTY_STATE;
  ready = true;
  readonly logged: string[] = [];
  readonly asked: (Source & { readonly handle: string })[] = [];
  answer: () => FetchResult | Promise<FetchResult> = () => ({ ok: true, value: GOOD });
  readonly keeper = new InformationKeeper({
    domains: () =>
      [...this.state.domains.values()].map((domain) => ({ domain, handle: this.ready ? "mifpvd-1" : null })),
    fromRouters: true,
    fetch: async (handle, { source, name }) => {
      this.asked.push({ handle, source, name });
      return await this.answer();
    },
    now: () => this.clock.now,
    wallNow: () => WALL_MS,
    after: this.clock.after,
    random: () => 0.5,
    log: (_level, message) => this.logged.push(message),
  });

  async hears(said: Said = {}): Promise<void> {
    const flags = { http: true, legacy: false, header: false };
    const given = { id: "pvd.example", flags, prefixes: [prefix("2001:db8::/64", 100_000)], ...said };
    const hearing = { link: "eth1", linkIndex: 2, router: "fe80::1", now: this.clock.now };
    this.state = hear(this.state, hearing, [advertisement(given)]).state;
    this.keeper.wake();
    await settled();
  }

  view() {
    const [domain] = this.state.domains.values();
    assert.ok(domain !== undefined);
    return this.keeper.informationOf(domain);
  }
}

Deno.test("InformationKeeper: what the PvD's server says is there soon after the advertisement with H", async () => {
  const room = new Room();
  await room.hears();
  assert.deepEqual(room.view(), { object: null, problem: null });
  await room.clock.advance(2_000);
  assert.deepEqual(room.asked, [{ handle: "mifpvd-1", source: "wellKnown", name: "pvd.example" }]);
  assert.deepEqual(room.view(), { object: GOOD, problem: null });
});

Deno.test("InformationKeeper: without H nobody is asked, and H cleared ends the object in the same moment", async () => {
  const room = new Room();
  const without = { flags: { http: false, legacy: false, header: false } };
  await room.hears(without);
  await room.clock.advance(100_000);
  assert.deepEqual(room.asked, []);
  await room.hears();
  await room.clock.advance(2_000);
  assert.deepEqual(room.view().object, GOOD);
  await room.hears(without);
  assert.deepEqual(room.view(), { object: null, problem: null });
});

Deno.test("InformationKeeper: another Sequence Number ends the object before anything else is looked at", async () => {
  const room = new Room();
  await room.hears();
  await room.clock.advance(20_000);
  await room.hears({ sequence: 65_535 });
  assert.deepEqual(room.view(), { object: null, problem: null });
  await room.clock.advance(2_000);
  assert.deepEqual(room.view().object, GOOD);
  assert.equal(room.asked.length, 2);
});

Deno.test("InformationKeeper: a router cannot put a prefix of its own under an object that does not cover it", async () => {
  const room = new Room();
  await room.hears();
  await room.clock.advance(2_000);
  await room.hears({ prefixes: [prefix("2001:db9::/64", 100)] });
  assert.deepEqual(room.view(), { object: null, problem: '"prefixes" does not cover 2001:db9::/64' });
});

Deno.test("InformationKeeper: the object ends at its time, whether or not a timer has run", async () => {
  const room = new Room();
  await room.hears();
  await room.clock.advance(2_000);
  room.answer = () => ({ ok: false, kind: "unreachable", problem: "no route" });
  room.clock.now += 86_400_000;
  assert.deepEqual(room.view(), { object: null, problem: "the information has expired" });
});

Deno.test("InformationKeeper: what does not validate is a problem that is shown, and is not asked for again", async () => {
  const cases: [JsonValue, RegExp][] = [
    [{ ...GOOD, identifier: "other.example" }, /another PvD/],
    [{ ...GOOD, expires: "2020-01-01T00:00:00Z" }, /in the past/],
    [{ ...GOOD, prefixes: ["2001:db9::/48"] }, /does not cover 2001:db8::\/64/],
  ];
  for (const [value, problem] of cases) {
    const room = new Room();
    room.answer = () => ({ ok: true, value });
    await room.hears();
    await room.clock.advance(600_000);
    assert.match(room.view().problem ?? "", problem);
    assert.equal(room.asked.length, 1);
    room.keeper.detached(2);
    await room.clock.advance(2_000);
    assert.equal(room.asked.length, 2);
  }
});

Deno.test("InformationKeeper: an answer that comes after its domain has ended is thrown away", async () => {
  const room = new Room();
  const late = Promise.withResolvers<FetchResult>();
  room.answer = () => late.promise;
  await room.hears();
  await room.clock.advance(2_000);
  const before = room.state;
  room.state = EMPTY_STATE;
  room.keeper.wake();
  await room.clock.advance(200);
  late.resolve({ ok: true, value: GOOD });
  await settled();
  room.state = before;
  assert.deepEqual(room.view(), { object: null, problem: null });
});

Deno.test("InformationKeeper: a router that withdraws a PvD while its server is asked, again and again, makes one request in 10 s", async () => {
  const room = new Room();
  for (let turn = 0; turn < 10; turn++) {
    const late = Promise.withResolvers<FetchResult>();
    room.answer = () => late.promise;
    await room.hears({ sequence: turn });
    await room.clock.advance(700);
    room.state = EMPTY_STATE;
    late.resolve({ ok: true, value: GOOD });
    await settled();
    await room.clock.advance(300);
  }
  assert.equal(room.asked.length, 1);
});

Deno.test("InformationKeeper: what cannot be asked is tried again soon, and said once", async () => {
  const room = new Room();
  room.answer = () => ({ ok: false, kind: "notAsked", problem: "the helper is not there" });
  await room.hears();
  await room.clock.advance(5_000);
  assert.equal(room.view().problem, "the helper is not there");
  assert.ok(room.asked.length > 5, `${room.asked.length}`);
  assert.equal(room.logged.length, 1);
  room.answer = () => ({ ok: true, value: GOOD });
  await room.clock.advance(1_000);
  assert.deepEqual(room.view(), { object: GOOD, problem: null });
});

Deno.test("InformationKeeper: an id that no web server can have is said to be one, and nobody is asked", async () => {
  const room = new Room();
  await room.hears({ id: "a_b.example" });
  await room.clock.advance(10_000);
  assert.match(room.view().problem ?? "", /not a name/);
  assert.deepEqual(room.asked, []);
});

Deno.test("InformationKeeper: domains of MIF-PvD get their element of the router's list", async () => {
  const room = new Room();
  room.answer = () => ({ ok: true, value: [{ id: "implicit" }, { id: "PVD.example", pricing: "free" }] });
  await room.hears({ encoding: "mif", flags: { http: false, legacy: false, header: false } });
  await room.clock.advance(2_000);
  assert.deepEqual(room.asked, [{ handle: "mifpvd-1", source: "router", name: "fe80::1" }]);
  assert.deepEqual(room.view(), { object: { id: "PVD.example", pricing: "free" }, problem: null });
});
