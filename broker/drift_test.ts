import assert from "node:assert/strict";
import type { WantedDomain } from "../lib/protocol.ts";
import { drifted, needsApply } from "./drift.ts";

const WANTED: WantedDomain = {
  key: "explicit eth1 example.org",
  id: "example.org",
  link: "eth1",
  linkIndex: 2,
  interfaceKind: "macvlan",
  mac: "02:00:00:00:00:01",
  mtu: null,
  addresses: [{ address: "2001:db8::1", prefixLength: 64, validS: 86400, preferredS: 14400 }],
  routes: [{ prefix: "::/0", router: "fe80::1", preference: "medium", metric: 2001, lifetimeS: 1800 }],
  neighbors: [],
  resolvers: ["2001:db8::53"],
  searchDomains: [],
};

/** How often a lifetime that an advertisement renews every so often is given to the kernel, in so many renewals. */
function applies(lifetimeS: number, everyS: number, renewals: number): { count: number; leastLeftS: number } {
  let appliedAt = 0, count = 0, leastLeftS = lifetimeS;
  for (let at = everyS; at <= renewals * everyS; at += everyS) {
    leastLeftS = Math.min(leastLeftS, lifetimeS - (at - appliedAt));
    if (!drifted(lifetimeS, lifetimeS, at - appliedAt)) continue;
    appliedAt = at;
    count++;
  }
  return { count, leastLeftS };
}

Deno.test("needsApply is false for the same again, and for what only time has changed", () => {
  assert.equal(needsApply(WANTED, WANTED, 0), false);
  const later = {
    ...WANTED,
    addresses: WANTED.addresses.map((address) => ({ ...address, validS: 86300, preferredS: 14300 })),
    routes: WANTED.routes.map((route) => ({ ...route, lifetimeS: 1700 })),
  };
  assert.equal(needsApply(WANTED, later, 100), false);
});

Deno.test("needsApply is true for anything that is not a lifetime", () => {
  for (
    const changed of [
      { mtu: 1400 },
      { linkIndex: 3 },
      { resolvers: [] },
      { searchDomains: ["example.org"] },
      { addresses: [] },
      { routes: WANTED.routes.map((route) => ({ ...route, preference: "high" as const })) },
    ]
  ) assert.equal(needsApply(WANTED, { ...WANTED, ...changed }, 0), true, JSON.stringify(changed));
});

Deno.test("drifted gives long lifetimes to the kernel seldom, and never lets them run out", () => {
  assert.deepEqual(applies(86400, 3, 10_000), { count: 3, leastLeftS: 86400 - 8643 });
  assert.deepEqual(applies(1800, 600, 10), { count: 10, leastLeftS: 1200 });
});

Deno.test("drifted keeps short lifetimes well ahead of their end", () => {
  for (const [lifetimeS, everyS] of [[9, 3], [12, 4], [4, 1.3], [3, 1], [30, 10], [6, 2]] as const) {
    const { leastLeftS } = applies(lifetimeS, everyS, 100);
    assert.ok(leastLeftS >= lifetimeS / 2 - everyS, `${lifetimeS} s every ${everyS} s: ${leastLeftS} s left`);
    assert.ok(leastLeftS > 0);
  }
});

Deno.test("drifted takes ended and endless exactly", () => {
  assert.equal(drifted(null, null, 1e9), false);
  assert.equal(drifted(null, 100, 0), true);
  assert.equal(drifted(100, null, 0), true);
  assert.equal(drifted(4, 0, 0), true, "deprecated now");
  assert.equal(drifted(100, 0, 100), false, "deprecated by itself");
  assert.equal(drifted(0, 4, 0), true, "preferred again");
});
