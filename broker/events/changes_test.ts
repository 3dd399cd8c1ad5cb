// What counts as a change, a renewal, and nothing; and that changes, played back, give what there is.

import assert from "node:assert/strict";
import fc from "fast-check";
import { DOMAIN_DATA, type DomainDatum, type DomainView, type JsonValue } from "../../lib/protocol.ts";
import { expire } from "../state/expire.ts";
import { hear } from "../state/hear.ts";
import { advertisement, arbitraryAdvertisement, prefix } from "../state/testing.ts";
import { EMPTY_STATE, type State } from "../state/types.ts";
import { domainView } from "../view.ts";
import { type Change, changesBetween, left, type Seen } from "./changes.ts";

const SECRETS = { key: new Uint8Array(32) };
const READY = { state: "ready", problem: null, handle: "mifpvd-1" } as const;
const HEARING = { link: "eth1", linkIndex: 2, router: "fe80::1" };

/** All domains of a state, as shown at `now`. */
function views(state: State, now: number): Map<string, Seen<DomainView>> {
  return new Map(
    [...state.domains].map(([key, domain]) => [
      key,
      { view: domainView(domain, READY, now, SECRETS), at: now },
    ]),
  );
}

/** The only domain after these advertisements, one second after the other, seen `laterMs` after the last. */
function seen(said: Parameters<typeof advertisement>[0][], laterMs = 0): Seen<DomainView> {
  let state = EMPTY_STATE;
  let now = 0;
  for (const given of said) {
    now += 1000;
    state = hear(state, { ...HEARING, now }, [advertisement(given)]).state;
  }
  const [only] = views(expire(state, now + laterMs).state, now + laterMs).values();
  assert.ok(only !== undefined);
  return only;
}

function told(before: Seen<DomainView>, after: Seen<DomainView>): string[] {
  return changesBetween(DOMAIN_DATA, before, after).map(({ datum, old, new: next, renewed }) =>
    `${renewed ? "renewed" : "changed"} ${datum} ${JSON.stringify(old)} ${JSON.stringify(next)}`
  );
}

const DNS = { address: "2001:db8::53", lifetimeS: 600 };

Deno.test("changesBetween: time that passes is no change, however long, until something ends", () => {
  const data = { rdnss: [DNS], prefixes: [prefix("2001:db8:1::/64", 7200, 3600)] };
  assert.deepEqual(told(seen([data]), seen([data], 599_999)), []);
  assert.deepEqual(told(seen([data]), seen([data], 600_000)), [
    'changed rdnss {"address":"2001:db8::53","lifetimeS":0} null',
  ]);
});

Deno.test("changesBetween: what a router says again is renewed, and nothing else", () => {
  assert.deepEqual(
    told(seen([{ rdnss: [DNS] }]), seen([{ rdnss: [DNS] }, { rdnss: [DNS] }, { rdnss: [DNS] }])),
    [
      'renewed routers {"address":"fe80::1","preference":"medium","lifetimeS":1798} ' +
      '{"address":"fe80::1","preference":"medium","lifetimeS":1800}',
      'renewed rdnss {"address":"2001:db8::53","lifetimeS":598} {"address":"2001:db8::53","lifetimeS":600}',
    ],
  );
});

Deno.test("changesBetween: a lifetime that a router cuts short, or makes endless, is a change", () => {
  const before = seen([{ rdnss: [DNS] }]);
  const cut = told(before, seen([{ rdnss: [DNS] }, { rdnss: [{ ...DNS, lifetimeS: 60 }] }]));
  assert.ok(cut.includes(
    'changed rdnss {"address":"2001:db8::53","lifetimeS":599} {"address":"2001:db8::53","lifetimeS":60}',
  ));
  const endless = told(before, seen([{ rdnss: [DNS] }, { rdnss: [{ ...DNS, lifetimeS: 0xffff_ffff }] }]));
  assert.ok(endless.includes(
    'changed rdnss {"address":"2001:db8::53","lifetimeS":599} {"address":"2001:db8::53","lifetimeS":null}',
  ));
});

Deno.test("changesBetween: a preferred lifetime that is over is a change of the prefix and of its address", () => {
  const data = { prefixes: [prefix("2001:db8:1::/64", 7200, 10)] };
  const changed = changesBetween(DOMAIN_DATA, seen([data]), seen([data], 10_000));
  assert.deepEqual(changed.map(({ datum, renewed }) => [datum, renewed]), [["addresses", false], [
    "prefixes",
    false,
  ]]);
  assert.deepEqual(changed[1]?.new, {
    ...{ prefix: "2001:db8:1::/64", onLink: true, autonomous: true },
    ...{ validS: 7190, preferredS: 0 },
  });
});

Deno.test("changesBetween: single values are told with what they were", () => {
  const before = seen([{ mtu: 1400, captivePortal: "https://one.example/" }]);
  const after = {
    view: { ...before.view, mtu: 1500, state: "ending" as const, problem: "why" },
    at: before.at,
  };
  assert.deepEqual(told(before, after), [
    'changed state "ready" "ending"',
    'changed problem null "why"',
    "changed mtu 1400 1500",
  ]);
});

// ---- any history ------------------------------------------------------------------------------------------------

const step = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("hear" as const),
      router: fc.integer({ min: 1, max: 3 }),
      said: fc.array(arbitraryAdvertisement, { minLength: 1, maxLength: 2 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 9_000_000 }) }),
  },
);

/** Each state that these steps lead to, with its moment. */
function history(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]) {
  let at = { state: EMPTY_STATE, now: 5_000 };
  return [
    at,
    ...steps.map((each) => {
      if (each.type === "wait") {
        const now = at.now + each.ms;
        return at = { state: expire(at.state, now).state, now };
      }
      const hearing = { ...HEARING, router: `fe80::${each.router}`, now: at.now };
      return at = { state: hear(at.state, hearing, each.said).state, now: at.now };
    }),
  ];
}

const IDENTITIES: Partial<Record<DomainDatum, readonly string[]>> = {
  routers: ["address"],
  addresses: ["address"],
  prefixes: ["prefix"],
  routes: ["prefix", "router"],
  rdnss: ["address"],
  dnssl: ["domain"],
  pref64: ["prefix"],
  encryptedDns: ["authenticationName", "addresses", "parameters"],
};

function identity(datum: DomainDatum, entry: unknown): string {
  const fields: Record<string, unknown> = Object.fromEntries(Object.entries(entry ?? {}));
  return JSON.stringify(IDENTITIES[datum]?.map((name) => fields[name]));
}

/** As docs/json.md tells a program to do it: what it had, aged, with what changed. Lists as maps. */
function played(before: Seen<DomainView>, changes: readonly Change<DomainDatum>[], now: number) {
  const copy = new Map<DomainDatum, unknown>();
  for (const datum of DOMAIN_DATA) {
    const value = before.view[datum];
    if (!(datum in IDENTITIES) || !Array.isArray(value)) copy.set(datum, value);
    else copy.set(datum, new Map(value.map((each) => [identity(datum, each), untils(each, before.at)])));
  }
  for (const { datum, old, new: next } of changes) {
    const held = copy.get(datum);
    if (!(held instanceof Map)) copy.set(datum, next);
    else if (next === null) held.delete(identity(datum, old));
    else held.set(identity(datum, next), untils(next, now));
  }
  return copy;
}

/** With moments instead of lifetimes, which a list of what there is can be compared by. */
function untils(entry: JsonValue, at: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(entry ?? {}).map(([name, each]) => [
      name,
      name.endsWith("S") && typeof each === "number" ? (each === 0 ? 0 : at + each * 1000) : each,
    ]),
  );
}

/** Lifetimes are whole seconds: what was seen at two moments may differ by one. */
function assertSame(one: unknown, other: unknown, what: string): void {
  if (!(one instanceof Map) || !(other instanceof Map)) return assert.deepEqual(one, other, what);
  assert.deepEqual([...one.keys()].toSorted(), [...other.keys()].toSorted(), what);
  for (const [key, entry] of one) {
    for (const [name, value] of Object.entries(entry)) {
      const twin: unknown = other.get(key)[name];
      if (name.endsWith("S") && typeof value === "number" && value > 0) {
        assert.ok(Math.abs(value - Number(twin)) <= 1000, `${what} ${key} ${name}: ${value}, ${twin}`);
      } else assert.deepEqual(value, twin, `${what} ${key} ${name}`);
    }
  }
}

Deno.test("any history: changes and renewals, played back, give what there is, whatever was looked at in between", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
    const [first, ...rest] = history(steps);
    assert.ok(first !== undefined);
    let before = views(first.state, first.now);
    for (const { state, now } of rest) {
      const after = views(state, now);
      for (const [key, view] of after) {
        const prior = before.get(key);
        if (prior === undefined) continue;
        const copy = played(prior, changesBetween(DOMAIN_DATA, prior, view), now);
        const wanted = played(view, [], now);
        for (const datum of DOMAIN_DATA) assertSame(copy.get(datum), wanted.get(datum), `${key} ${datum}`);
      }
      before = after;
    }
  }));
});

Deno.test("any history: of time that passes nothing is told but ends, and lifetimes that are over", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 8 }), fc.nat({ max: 30_000_000 }), (steps, elapsedMs) => {
    const last = history(steps).at(-1);
    assert.ok(last !== undefined);
    const before = views(last.state, last.now);
    const now = last.now + elapsedMs;
    for (const [key, view] of views(expire(last.state, now).state, now)) {
      const prior = before.get(key);
      assert.ok(prior !== undefined);
      for (const { renewed, old, new: next } of changesBetween(DOMAIN_DATA, prior, view)) {
        assert.equal(renewed, false);
        assert.notEqual(old, null, "nothing begins");
        assert.ok(
          next === null || Object.values(next).includes(0) || isPrefixLessed(old, next),
          JSON.stringify(next),
        );
      }
    }
  }));
});

/** One of a prefix's lives (on-link, address) ended before the other. */
function isPrefixLessed(old: JsonValue, next: JsonValue): boolean {
  const flags = (value: JsonValue) =>
    JSON.stringify(Object.entries(value ?? {}).filter(([, each]) => each === true));
  return flags(old) !== flags(next);
}

Deno.test("left: a lifetime ages to 0 and not below, and an endless one does not", () => {
  assert.deepEqual([left(10, 9_001), left(10, 11_000), left(null, 1e12), left(0, 0)], [1, 0, null, 0]);
});
