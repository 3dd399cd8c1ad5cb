import assert from "node:assert/strict";
import type { DomainAdvertisement } from "../lib/ndp/types.ts";
import { RouterSearch } from "./router_search.ts";
import { advertisement, header, prefix } from "./state/testing.ts";
import { FakeClock } from "./testing.ts";

/** A search on a link without a socket: it is to be seen whether it would ask. With one that cannot send, what it tried
 * is in the log. */
function room(socket: number | null = null, isUnconfirmed = () => false) {
  const clock = new FakeClock();
  const triedAtS: number[] = [];
  const search = new RouterSearch({
    now: () => clock.now,
    after: clock.after,
    random: () => 0.5,
    log: () => triedAtS.push((clock.now - 1_000_000) / 1000),
    target: () => ({ socket, name: "eth1", index: 2, mac: "" }),
    isUnconfirmed,
  });
  const hears = (router: string, ...said: readonly Partial<DomainAdvertisement>[]) =>
    search.heard({ link: "eth1", linkIndex: 2, router, now: clock.now }, said.map(advertisement));
  return { clock, search, hears, triedAtS };
}

const IMPLICIT = { kind: "implicit", encoding: "ra" } as const;
const P = prefix("2001:db8:1::/64", 86_400);
const defaultRoute = (lifetimeS: number) => ({ prefix: "::/0", preference: "medium" as const, lifetimeS });

Deno.test("RouterSearch asks from when the link is there until a router gives a default route, and while none does", () => {
  const { search, hears } = room();
  assert.equal(search.active, false);
  search.attached();
  assert.equal(search.active, true);
  hears("fe80::1", { ...IMPLICIT, header: header(0), prefixes: [P] });
  assert.equal(search.active, true);
  hears("fe80::1", { ...IMPLICIT, header: header(1800), prefixes: [P] });
  assert.equal(search.active, false);
  hears("fe80::1", { ...IMPLICIT, header: header(0), prefixes: [P] });
  assert.equal(search.active, true);
});

Deno.test("RouterSearch does not ask where one router gives a default route by an option alone", async () => {
  const { search, hears, clock } = room();
  search.attached();
  const said = { header: header(0), prefixes: [P], routes: [defaultRoute(1800)] };
  for (let count = 0; count < 3; count++) {
    hears("fe80::1", said);
    assert.equal(search.active, false);
    await clock.advance(1_799_999);
    assert.equal(search.active, false);
  }
  await clock.advance(1);
  assert.equal(search.active, true);
});

Deno.test("RouterSearch does not ask while a router stands that makes no domain, whatever the others say", async () => {
  const { search, hears, clock } = room();
  search.attached();
  hears("fe80::a", { ...IMPLICIT, header: header(1800) });
  hears("fe80::b", { ...IMPLICIT, header: header(0), prefixes: [P] });
  assert.equal(search.active, false);
  await clock.advance(1_799_999);
  assert.equal(search.active, false);
  await clock.advance(1);
  assert.equal(search.active, true, "nobody's domain ended, and it is gone all the same");
});

Deno.test("RouterSearch goes on with its back-off whatever is said that gives no default route", async () => {
  const { search, hears, clock, triedAtS } = room(-1);
  search.attached();
  for (let second = 0; second < 100; second++) {
    hears("fe80::1", { header: header(0), prefixes: [P] });
    await clock.advance(1_000);
  }
  // Five seconds for a link-local address; then 4 s, 8 s and so on (RFC 7559 2).
  assert.deepEqual(triedAtS, [5, 9, 17, 33, 65]);
});

Deno.test("RouterSearch asks when a ::/0 option takes the header's default route away, in the one domain alone", () => {
  const { search, hears } = room();
  search.attached();
  hears("fe80::1", { id: "one.example" });
  hears("fe80::1", { id: "two.example" }, { ...IMPLICIT, header: header(0) });
  hears("fe80::1", { id: "ONE.example", routes: [defaultRoute(0)] });
  assert.equal(search.active, false, "two.example has its router yet");
  hears("fe80::1", { id: "two.example", routes: [defaultRoute(0)] });
  assert.equal(search.active, true);
});

Deno.test("RouterSearch of a link that is away begins nothing, and anew when it is back", async () => {
  const { search, hears, clock } = room();
  search.attached();
  hears("fe80::1", { header: header(60) });
  search.detached();
  await clock.advance(60_000);
  assert.equal(search.active, false);
  search.attached();
  hears("fe80::1", { header: header(0xffff) });
  search.detached();
  search.attached();
  hears("fe80::2", {});
  hears("fe80::2", { header: header(0) });
  assert.equal(search.active, true, "the router of before may be another network's");
});

Deno.test("RouterSearch asks on each 4 s, whoever gives a default route, until all is confirmed", async () => {
  let isUnconfirmed = true;
  const { search, hears, clock, triedAtS } = room(-1, () => isUnconfirmed);
  search.attached();
  for (let second = 0; second < 20; second++) {
    hears("fe80::1", { header: header(1800) });
    await clock.advance(1_000);
  }
  // Five seconds for a link-local address.
  assert.deepEqual(triedAtS, [5, 9, 13, 17]);
  isUnconfirmed = false;
  search.confirmed();
  assert.equal(search.active, false);
  hears("fe80::1", { header: header(0) });
  search.confirmed();
  assert.equal(search.active, true, "without a default route it goes on");
});

Deno.test("RouterSearch is not fooled by a flood: the default route that was heard last counts", () => {
  const { search, hears } = room();
  search.attached();
  for (let n = 0; n < 10_000; n++) {
    hears("fe80::bad", { id: `d${n}.example` });
    assert.equal(search.active, false);
  }
  for (let n = 9_999; n >= 10_000 - 256; n--) hears("fe80::bad", { id: `d${n}.example`, header: header(0) });
  assert.equal(search.active, true, "no more than 256 are kept");
});
