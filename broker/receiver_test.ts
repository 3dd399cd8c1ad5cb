import assert from "node:assert/strict";
import { buildMessage } from "../lib/ndp/build.ts";
import type { NdOption } from "../lib/ndp/types.ts";
import { AdvertisementCache } from "./advertisement_cache.ts";
import { Receiver } from "./receiver.ts";
import { HEADER } from "./state/testing.ts";

function room() {
  const link = { facts: { name: "eth1", index: 2 }, cache: new AdvertisementCache(), routerMacs: new Map() };
  const told: string[] = [];
  let now = 1_000_000;
  const receiver = new Receiver({
    now: () => now,
    log: () => {},
    ownAddresses: () => new Set(),
    // As the broker: whoever is told of the advertisement looks at the link-layer address then.
    onAdvertisement: ({ router }) => told.push(`${router} at ${link.routerMacs.get(router) ?? "?"}`),
    onRouterMac: (index, router) => told.push(`${index} ${router} moved`),
  });
  const hears = (mac: string | null, source = "fe80::1", waitMs = 5_000) => {
    now += waitMs;
    const options: NdOption[] = mac === null ? [] : [{ type: "sourceLinkLayerAddress", address: mac }];
    const bytes = buildMessage({ type: "routerAdvertisement", header: HEADER, options }, null);
    receiver.heard(link, bytes, {
      source,
      hopLimit: 255,
      fragmented: false,
      linkIndex: 2,
      length: bytes.length,
    });
    return told.splice(0);
  };
  return { link, receiver, hears };
}

const A = "02:00:00:00:00:0a", B = "02:00:00:00:00:0b";

Deno.test("Receiver takes a router's link-layer address also from an advertisement that it has heard before", () => {
  const { receiver, hears } = room();
  assert.deepEqual(hears(A), [`fe80::1 at ${A}`]);
  assert.deepEqual(hears(B), [`fe80::1 at ${B}`, "2 fe80::1 moved"]);
  assert.deepEqual(hears(A), [`fe80::1 at ${A}`, "2 fe80::1 moved"]);
  assert.deepEqual(hears(A), [`fe80::1 at ${A}`]);
  assert.equal(receiver.counts.coalesced, 2);
});

Deno.test("Receiver keeps a link-layer address that an advertisement does not tell, and takes none of a group", () => {
  const { hears } = room();
  hears(A);
  for (const mac of [null, null, "03:00:00:00:00:01", "00:00:00:00:00:00"]) {
    assert.deepEqual(hears(mac), [`fe80::1 at ${A}`]);
  }
});

Deno.test("Receiver knows a router's link-layer address again that a flood of others had pushed out", () => {
  const { link, hears } = room();
  hears(A);
  for (let n = 0; n < 64; n++) hears(B, `fe80::bad:${n.toString(16)}`);
  assert.equal(link.routerMacs.has("fe80::1"), false);
  assert.deepEqual(hears(A), [`fe80::1 at ${A}`]);
  assert.equal(link.routerMacs.size, 64);
});
