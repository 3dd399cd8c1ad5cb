import assert from "node:assert/strict";
import type { WantedDomain } from "../lib/protocol.ts";
import { applyDueInS, drifted } from "./drift.ts";

const WANTED: WantedDomain = {
  key: "explicit eth1 example.org",
  id: "example.org",
  link: "eth1",
  linkIndex: 2,
  interfaceKind: "macvlan",
  mac: "02:00:00:00:00:01",
  mtu: null,
  hopLimit: null,
  reachableTimeMs: null,
  retransTimerMs: null,
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

Deno.test("applyDueInS is never for the same again, and for what only time has changed", () => {
  assert.equal(applyDueInS(WANTED, WANTED, 0), Infinity);
  const later = {
    ...WANTED,
    addresses: WANTED.addresses.map((address) => ({ ...address, validS: 86300, preferredS: 14300 })),
    routes: WANTED.routes.map((route) => ({ ...route, lifetimeS: 1700 })),
  };
  assert.equal(applyDueInS(WANTED, later, 100), Infinity);
});

Deno.test("applyDueInS is now for anything that is not a lifetime", () => {
  for (
    const changed of [
      { mtu: 1400 },
      { hopLimit: 64 },
      { reachableTimeMs: 30_000 },
      { retransTimerMs: 1000 },
      { linkIndex: 3 },
      { resolvers: [] },
      { searchDomains: ["example.org"] },
      { addresses: [] },
      { routes: WANTED.routes.map((route) => ({ ...route, preference: "high" as const })) },
    ]
  ) assert.equal(applyDueInS(WANTED, { ...WANTED, ...changed }, 0), 0, JSON.stringify(changed));
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

/** With one address, whose lifetimes are both so long. */
function lasting(lifetimeS: number | null): WantedDomain {
  const addresses = [{ address: "2001:db8::1", prefixLength: 64, validS: lifetimeS, preferredS: lifetimeS }];
  return { ...WANTED, addresses, routes: [] };
}

Deno.test("applyDueInS foretells when lifetimes that both shrink are too far apart, at their end at the latest", () => {
  for (const appliedS of [9, 60, 1800, 86_400]) {
    for (const apartS of [-700, -60, -6, -5, -4, -2, 2, 3, 5, 6, 60, 700]) {
      const wantedS = appliedS + apartS;
      if (wantedS <= 0 || drifted(appliedS, wantedS, 0)) continue;
      const dueInS = applyDueInS(lasting(appliedS), lasting(wantedS), 0);
      const what = `${appliedS} and ${wantedS} s: in ${dueInS} s`;
      assert.ok(dueInS >= 1 && dueInS <= Math.min(appliedS, wantedS), what);
      const isSo = (atS: number) => drifted(appliedS, Math.max(0, wantedS - atS), atS);
      assert.ok(isSo(Math.ceil(dueInS)) || isSo(Math.floor(dueInS) + 1), what);
      for (let atS = 0; atS < dueInS - 1; atS++) assert.equal(isSo(atS), false, what);
    }
  }
});

Deno.test("applyDueInS has nothing to wait for where a second is rounding, or nothing ends", () => {
  assert.equal(applyDueInS(lasting(1800), lasting(1801), 0), Infinity);
  assert.equal(applyDueInS(lasting(1800), lasting(1699), 100.5), Infinity);
  assert.equal(applyDueInS(lasting(null), lasting(null), 1e9), Infinity);
  assert.equal(applyDueInS(lasting(null), lasting(60), 0), 0);
});
