import assert from "node:assert/strict";
import fc from "fast-check";
import type { AddressState, RouteFacts } from "../lib/linux/rtnetlink.ts";
import { difference, settingsDifference } from "./difference.ts";

const healthy = { tentative: false, dadFailed: false };
const address: AddressState = {
  ...healthy,
  address: "2001:db8::2",
  prefixLength: 64,
  validS: 100,
  preferredS: 50,
};
const route: RouteFacts = {
  prefix: "::/0",
  router: "fe80::1",
  preference: "high",
  metric: 512,
  lifetimeS: 1800,
};
const nothing = { deleteRoutes: [], deleteAddresses: [], putAddresses: [], putRoutes: [] };

Deno.test("difference: what is right already, to a second, is left alone", () => {
  assert.deepEqual(
    difference({ addresses: [address], routes: [route] }, { addresses: [address], routes: [route] }),
    nothing,
  );
  const later = { addresses: [{ ...address, validS: 101 }], routes: [{ ...route, lifetimeS: 1799 }] };
  assert.deepEqual(difference({ addresses: [address], routes: [route] }, later), nothing);
});

Deno.test("difference: the kernel's own link-local address is left alone", () => {
  const linkLocal = {
    ...healthy,
    address: "fe80::ff:fe00:1",
    prefixLength: 64,
    validS: null,
    preferredS: null,
  };
  assert.deepEqual(
    difference({ addresses: [linkLocal], routes: [] }, { addresses: [], routes: [] }),
    nothing,
  );
});

Deno.test("difference: what nobody wants goes, what is missing comes", () => {
  const other = { ...address, address: "2001:db8:1::2" };
  const elsewhere = { ...route, router: "fe80::2" };
  assert.deepEqual(
    difference({ addresses: [address], routes: [route] }, { addresses: [other], routes: [elsewhere] }),
    {
      deleteRoutes: [route],
      deleteAddresses: [address],
      putAddresses: [other],
      putRoutes: [elsewhere],
    },
  );
});

Deno.test("difference: a lifetime that changed, ends, or becomes infinite is put again", () => {
  for (const change of [{ validS: 200 }, { validS: null }, { preferredS: 0 }, { preferredS: null }]) {
    const wanted = { addresses: [{ ...address, ...change }], routes: [] };
    assert.deepEqual(difference({ addresses: [address], routes: [] }, wanted).putAddresses, wanted.addresses);
  }
  const deprecating = { ...address, preferredS: 1 };
  const wanted = { addresses: [{ ...address, preferredS: 0 }], routes: [] };
  assert.deepEqual(
    difference({ addresses: [deprecating], routes: [] }, wanted).putAddresses,
    wanted.addresses,
  );
});

Deno.test("difference: an address that another host has is deleted, and made anew where it is still wanted", () => {
  const dead = { ...address, dadFailed: true };
  assert.deepEqual(difference({ addresses: [dead], routes: [] }, { addresses: [address], routes: [] }), {
    ...nothing,
    deleteAddresses: [dead],
    putAddresses: [address],
  });
  assert.deepEqual(difference({ addresses: [dead], routes: [] }, { addresses: [], routes: [] }), {
    ...nothing,
    deleteAddresses: [dead],
  });
});

Deno.test("difference: a short lifetime that has run down by a second is put again, a long one is not", () => {
  for (const [wantedS, renewed] of [[2, true], [3, true], [9, false], [1800, false]] as const) {
    const wanted = { addresses: [], routes: [{ ...route, lifetimeS: wantedS }] };
    const actual = { addresses: [], routes: [{ ...route, lifetimeS: wantedS - 1 }] };
    assert.equal(difference(actual, wanted).putRoutes.length, renewed ? 1 : 0, `${wantedS} s`);
  }
});

Deno.test("difference: a route whose preference changed is put again", () => {
  const wanted = { addresses: [], routes: [{ ...route, preference: "low" as const }] };
  assert.deepEqual(difference({ addresses: [], routes: [route] }, wanted).putRoutes, wanted.routes);
});

Deno.test("difference: after it is applied there is none", () => {
  const addresses = fc.uniqueArray(
    fc.record({
      address: fc.integer({ min: 1, max: 9 }).map((n) => `2001:db8::${n}`),
      prefixLength: fc.constant(64),
      validS: fc.option(fc.integer({ min: 1, max: 10 })),
      preferredS: fc.option(fc.integer({ min: 0, max: 10 })),
      tentative: fc.boolean(),
      dadFailed: fc.boolean(),
    }),
    { selector: (each) => each.address },
  );
  fc.assert(fc.property(addresses, addresses, (actual, wanted) => {
    const change = difference({ addresses: actual, routes: [] }, { addresses: wanted, routes: [] });
    const put = new Set(change.putAddresses.map((each) => each.address));
    const gone = new Set(change.deleteAddresses.map((each) => each.address));
    const after = [
      ...actual.filter((each) => !put.has(each.address) && !gone.has(each.address)),
      ...change.putAddresses.map((each) => ({ ...each, ...healthy })),
    ];
    assert.deepEqual(
      difference({ addresses: after, routes: [] }, { addresses: wanted, routes: [] }),
      nothing,
    );
    assert.deepEqual(after.map((each) => each.address).sort(), wanted.map((each) => each.address).sort());
  }));
});

Deno.test("settingsDifference: what is right, to a tick of the kernel's, and what nobody wants, is left alone", () => {
  const nothing = { hopLimit: null, reachableTimeMs: null, retransTimerMs: null };
  const wanted = { hopLimit: 33, reachableTimeMs: 30_000, retransTimerMs: 1001 };
  assert.deepEqual(settingsDifference(wanted, wanted), nothing);
  // With 250 ticks a second.
  assert.deepEqual(settingsDifference({ ...wanted, retransTimerMs: 1004 }, wanted), nothing);
  assert.deepEqual(settingsDifference(wanted, nothing), nothing);
  assert.deepEqual(settingsDifference(nothing, wanted), wanted);
  const others = { hopLimit: 64, reachableTimeMs: 29_999, retransTimerMs: 1011 };
  assert.deepEqual(settingsDifference(others, wanted), wanted);
  assert.deepEqual(settingsDifference({ ...wanted, hopLimit: 34 }, wanted), { ...nothing, hopLimit: 33 });
});
