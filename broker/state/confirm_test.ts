import assert from "node:assert/strict";
import fc from "fast-check";
import type { DomainAdvertisement } from "../../lib/ndp/types.ts";
import { isAlive } from "./alive.ts";
import { confirm, CONFIRM_MS, endUnsaid, ofOtherRouter, type Unconfirmed, unconfirmed } from "./confirm.ts";
import { expire } from "./expire.ts";
import { hear } from "./hear.ts";
import { domainKey } from "./key.ts";
import { advertisement, arbitraryAdvertisement, HEADER, header, prefix } from "./testing.ts";
import { type Domain, EMPTY_STATE, type State } from "./types.ts";

const LINK = { link: "eth1", linkIndex: 2 };
const ROUTER = "fe80::1", OTHER = "fe80::2";
const MAC = "02:00:00:00:00:11", OTHER_MAC = "02:00:00:00:00:12";
const IMPLICIT = { kind: "implicit", encoding: "ra" } as const;
const P1 = prefix("2001:db8:1::/64", 86_400), P2 = prefix("2001:db8:2::/64", 86_400);

interface Room {
  readonly state: State;
  readonly held: Unconfirmed;
}

function keyFor({ kind, id }: DomainAdvertisement, router: string): string {
  return domainKey(kind, "eth1", kind === "explicit" ? id : router);
}

/** After an advertisement: in the state, and in what waits where there is something. */
function heard({ state, held }: Room, now: number, said: DomainAdvertisement[], router = ROUTER): Room {
  return {
    held: confirm(held, { router, now }, said.map((each) => [keyFor(each, router), each])),
    state: hear(state, { ...LINK, router, now }, said).state,
  };
}

function cameUp({ state }: Pick<Room, "state">, macs: readonly (readonly [string, string])[] = []): Room {
  return { state, held: unconfirmed(state.domains.values(), new Map(macs)) };
}

const NOTHING = cameUp({ state: EMPTY_STATE });

function ended({ state, held }: Room, now: number) {
  const { state: after, touched, ended } = endUnsaid(state, held.unsaid, now);
  return { domains: [...after.domains.values()], touched, ended: ended.map(({ key }) => key) };
}

Deno.test("confirm gives all routers the same time, from the first advertisement on", () => {
  const said = [advertisement({ prefixes: [P1] }), advertisement({ id: "other.example" })];
  const up = cameUp(heard(NOTHING, 0, said));
  assert.equal(up.held.endsAt, Infinity);
  const first = heard(up, 5_000, [said[0] ?? advertisement()]);
  assert.equal(first.held.endsAt, 5_000 + CONFIRM_MS);
  const second = heard(first, 9_000, [advertisement({ id: "third.example" })], OTHER);
  assert.equal(second.held.endsAt, 5_000 + CONFIRM_MS);
});

Deno.test("confirm: with everything said again, in however many parts, nothing waits and nothing ends", () => {
  const data = {
    mtu: 1400,
    header: { ...HEADER, reachableTimeMs: 30_000, retransTimerMs: 1_000 },
    captivePortal: "https://portal.example/",
    routes: [{ prefix: "2001:db8:f::/48", preference: "high" as const, lifetimeS: 600 }],
    rdnss: [{ address: "2001:db8::53", lifetimeS: 600 }],
    dnssl: [{ domain: "example.org", lifetimeS: 600 }],
    pref64: [{ prefix: "64:ff9b::/96", lifetimeS: 600 }],
    encryptedDns: [
      { priority: 1, authenticationName: "dns.example", addresses: [], parameters: "", lifetimeS: 600 },
    ],
  };
  const up = cameUp(heard(NOTHING, 0, [advertisement({ ...data, prefixes: [P1, P2] })]));
  const half = heard(up, 1_000, [advertisement({ prefixes: [P2], header: data.header })]);
  assert.deepEqual(
    ended(half, 1_000).domains.map(({ prefixes }) => prefixes.map((each) => each.prefix)),
    [["2001:db8:2::/64"]],
  );
  const whole = heard(half, 2_000, [advertisement({ ...data, prefixes: [P1] })]);
  assert.equal(whole.held.unsaid.size, 0);
  assert.equal(endUnsaid(whole.state, whole.held.unsaid, 2_000).state, whole.state);
});

Deno.test("endUnsaid: what nobody says again goes with all that it has, what has no lifetime too", () => {
  const portal = "https://portal.example/";
  const office = advertisement({ prefixes: [P1], mtu: 1400, captivePortal: portal, header: HEADER });
  const up = cameUp(heard(NOTHING, 0, [office, advertisement({ id: "other.example" })]));
  const home = advertisement({ prefixes: [P2], header: { ...HEADER, curHopLimit: 0 } });
  const { domains, touched, ended: gone } = ended(heard(up, 1_000, [home]), 20_000);
  assert.deepEqual(gone, ["explicit eth1 other.example"]);
  assert.deepEqual(touched, ["explicit eth1 example.org"]);
  const [domain] = domains;
  assert.deepEqual(domain?.prefixes.map((each) => each.prefix), ["2001:db8:2::/64"]);
  assert.deepEqual([domain?.mtu, domain?.captivePortal, domain?.hopLimit], [null, null, null]);
  assert.deepEqual(domain?.routers.map((each) => each.router), [ROUTER]);
});

Deno.test("endUnsaid: a domain of two routers keeps what one says again, and loses the other", () => {
  const both = heard(heard(NOTHING, 0, [advertisement({ prefixes: [P1] })]), 0, [
    advertisement({ prefixes: [P1], routes: [{ prefix: "::/0", preference: "low", lifetimeS: 1800 }] }),
  ], OTHER);
  const { domains } = ended(heard(cameUp(both), 1_000, [advertisement({ prefixes: [P1] })]), 13_000);
  assert.deepEqual(domains.map(({ routers, routes }) => [routers.map((each) => each.router), routes]), [
    [[ROUTER], []],
  ]);
});

Deno.test("endUnsaid: a goodbye since, and a domain that was removed, are no trouble", () => {
  const up = cameUp(heard(NOTHING, 0, [advertisement({ prefixes: [P1] })]));
  const goodbye = heard(up, 1_000, [advertisement({ header: header(0) })]);
  assert.deepEqual(goodbye.state.domains.get("explicit eth1 example.org")?.routers, []);
  assert.deepEqual(ended(goodbye, 13_000).ended, ["explicit eth1 example.org"]);
  assert.deepEqual(ended({ ...up, state: EMPTY_STATE }, 13_000).ended, []);
});

Deno.test("ofOtherRouter is all that a router said which now has another link-layer address, and nothing else", () => {
  const said = [
    advertisement({ ...IMPLICIT, prefixes: [P1] }),
    advertisement({ prefixes: [P1] }),
    advertisement({ id: "shared.example", prefixes: [P1] }),
  ];
  const office = heard(NOTHING, 0, said);
  const shared = advertisement({ id: "shared.example", prefixes: [P2] });
  const both = heard(office, 0, [shared], OTHER);
  const { state, held } = cameUp(both, [[ROUTER, MAC]]);
  const other = (mac: string | undefined, router = ROUTER, from = held) =>
    ofOtherRouter(from, state, { link: "eth1", router }, mac);
  assert.equal(other(MAC).size, 0);
  assert.equal(other(undefined).size, 0);
  assert.equal(other(OTHER_MAC, OTHER).size, 0, "its address was not known before");
  const found = endUnsaid(state, other(OTHER_MAC), 1_000);
  assert.deepEqual(found.ended.map(({ key }) => key), [
    "implicit eth1 fe80::1",
    "explicit eth1 example.org",
  ]);
  const [left] = found.state.domains.values();
  assert.deepEqual([left?.routers.map((each) => each.router), left?.prefixes.length], [[OTHER], 2]);
  const since = confirm(held, { router: ROUTER, now: 1_000 }, []);
  assert.equal(other(OTHER_MAC, ROUTER, since).size, 0, "only its first advertisement counts");
});

/** What each datum is, told by itself: apart from the names that confirm.ts gives. */
function dataOf(domain: Domain): Map<string, number> {
  const data = new Map<string, number>();
  const add = (until: number, ...what: unknown[]) => data.set(JSON.stringify([domain.key, ...what]), until);
  for (const each of domain.routers) add(each.validUntil, "router", each.router);
  for (const each of domain.routes) add(each.validUntil, "route", each.prefix, each.router);
  for (const each of domain.prefixes) add(each.addressValidUntil, "prefix", each.prefix);
  for (const each of domain.rdnss) add(each.validUntil, "rdnss", each.address);
  for (const each of domain.dnssl) add(each.validUntil, "dnssl", each.domain);
  for (const each of domain.pref64) add(each.validUntil, "pref64", each.prefix);
  for (const each of domain.encryptedDns) {
    add(each.validUntil, "dns", each.authenticationName, each.addresses, each.parameters);
  }
  if (domain.mtu !== null) add(0, "mtu", domain.mtu);
  if (domain.captivePortal !== null) add(0, "portal", domain.captivePortal);
  if (domain.hopLimit !== null) add(0, "hopLimit", domain.hopLimit);
  return data;
}

function saidIn(said: DomainAdvertisement, router: string): string[] {
  const all: unknown[][] = [["router", router], ["mtu", said.mtu], ["mtu", said.mtuOutside]];
  all.push(["portal", said.captivePortal], ["hopLimit", said.header.curHopLimit]);
  for (const each of said.routes) all.push(["route", each.prefix, router]);
  for (const each of said.prefixes) all.push(["prefix", each.prefix]);
  for (const each of said.rdnss) all.push(["rdnss", each.address]);
  for (const each of said.dnssl) all.push(["dnssl", each.domain]);
  for (const each of said.pref64) all.push(["pref64", each.prefix]);
  for (const each of said.encryptedDns) {
    all.push(["dns", each.authenticationName, each.addresses, each.parameters]);
  }
  return all.map((each) => JSON.stringify([keyFor(said, router), ...each]));
}

const hearing = fc.record({
  router: fc.integer({ min: 1, max: 3 }).map((n) => `fe80::${n}`),
  said: fc.array(arbitraryAdvertisement, { maxLength: 2 }),
  waitMs: fc.integer({ min: 0, max: 4_000 }),
});

Deno.test("any advertisements: what was said since stays as it is, and what was not is gone at the end", () => {
  fc.assert(fc.property(
    fc.array(hearing, { maxLength: 5, size: "max" }),
    fc.array(hearing, { maxLength: 5, size: "max" }),
    (office, home) => {
      let now = 1_000;
      const walk = (from: Room, each: typeof office[number]) => {
        now += each.waitMs;
        const { state } = expire(from.state, now);
        return heard({ ...from, state }, now, [...each.said], each.router);
      };
      const up = cameUp(office.reduce(walk, NOTHING));
      const { state, held } = home.reduce(walk, up);
      const since = new Set(home.flatMap(({ said, router }) => said.flatMap((each) => saidIn(each, router))));
      const after = endUnsaid(state, held.unsaid, now).state;
      for (const [key, before] of state.domains) {
        // What no router stands for any more goes as a whole (alive.ts).
        const domain = after.domains.get(key);
        const left = domain === undefined ? null : dataOf(domain);
        for (const [datum, until] of left ?? []) {
          assert.ok(since.has(datum), `${datum} was not said`);
          assert.equal(until, dataOf(before).get(datum));
        }
        for (const datum of dataOf(before).keys()) {
          if (left !== null && since.has(datum)) assert.ok(left.has(datum), `${datum} was said`);
        }
        if (domain !== undefined) continue;
        const said = { ...before, routers: [], prefixes: [], routes: [] };
        const stands = {
          ...said,
          routers: before.routers.filter((each) => since.has(JSON.stringify([key, "router", each.router]))),
          routes: before.routes.filter((each) =>
            since.has(JSON.stringify([key, "route", each.prefix, each.router]))
          ),
          prefixes: before.prefixes.filter((each) => since.has(JSON.stringify([key, "prefix", each.prefix]))),
        };
        assert.equal(isAlive(stands, now), false, `${key} was said`);
      }
    },
  ));
});
