import assert from "node:assert/strict";
import { buildMessage } from "../lib/ndp/build.ts";
import type { NdOption } from "../lib/ndp/types.ts";
import { AdvertisementCache } from "./advertisement_cache.ts";
import { RouterTable } from "./events/routers.ts";
import { Receiver } from "./receiver.ts";
import { hear } from "./state/hear.ts";
import { HEADER } from "./state/testing.ts";
import { EMPTY_STATE } from "./state/types.ts";

function room() {
  const facts = { name: "eth1", index: 2, mtu: 1500 };
  const link = { facts, cache: new AdvertisementCache(), routerMacs: new Map() };
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

Deno.test("Receiver counts what it takes without some of its options, and tells the reason escaped, once for ten times as many", () => {
  const link = {
    facts: { name: "eth1", index: 2, mtu: 1500 },
    cache: new AdvertisementCache(),
    routerMacs: new Map(),
  };
  const logged: string[] = [];
  const taken: string[] = [];
  let now = 1_000_000;
  const receiver = new Receiver({
    now: () => now,
    log: (level, message) => logged.push(`${level}: ${message}`),
    ownAddresses: () => new Set(["fe80::99"]),
    onAdvertisement: ({ router }) => taken.push(router),
    onRefused: ({ problem }) => assert.equal(problem, "sent by this host itself"),
    onRouterMac: () => {},
  });
  // RFC 8106 5.1: whole addresses, and this has half of one.
  const bad = Uint8Array.of(25, 2, ...Array<number>(14).fill(0));
  const hears = (options: readonly NdOption[], rest = new Uint8Array(), source = "fe80::1") => {
    now += 5_000;
    const message = buildMessage({ type: "routerAdvertisement", header: HEADER, options }, null);
    const bytes = Uint8Array.of(...message, ...rest);
    const envelope = { source, hopLimit: 255, fragmented: false, linkIndex: 2 };
    receiver.heard(link, bytes, { ...envelope, length: bytes.length });
  };
  const counted = () => [receiver.counts.passedOver, receiver.counts.lastPassedOver];
  hears([ROUTE]);
  assert.deepEqual(counted(), [0, null]);

  hears([ROUTE], bad);
  const [, first] = counted();
  assert.match(String(first), /RDNSS/);
  hears([ROUTE], bad);
  assert.deepEqual(counted(), [1, first], "the same again is nothing new");
  assert.deepEqual(logged, [
    `warning: an advertisement of fe80::1 on eth1 is taken without some of its options (1 by now): ${first}`,
  ]);

  hears([], Uint8Array.of(64, 1, 2, 4, ...new TextEncoder().encode("a\\b2"), ...bad));
  assert.deepEqual(counted(), [2, "the PVD_ID a\\x5cb2 is not in a container"]);
  hears([], bad, "fe80::99");
  assert.deepEqual([receiver.counts.passedOver, receiver.counts.invalid], [2, 1], "one that is not taken");
  for (let n = 3; n <= 120; n++) hears([{ ...ROUTE, lifetimeS: n }], bad);
  assert.deepEqual(counted(), [120, first]);
  assert.deepEqual(logged.map((line) => /\((\d+) by now\)/.exec(line)?.[1]), ["1", "10", "100"]);
  assert.equal(taken.length, 122);
});

const ROUTE: NdOption & { type: "route" } = {
  type: "route",
  prefix: "2001:db8::/32",
  preference: "medium",
  lifetimeS: 900,
};
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

Deno.test("Receiver: an MTU that is more than its link's is taken neither for a PvD nor for the router (RFC 4861 6.3.4)", () => {
  const link = {
    facts: { name: "eth1", index: 2, mtu: 1500 },
    cache: new AdvertisementCache(),
    routerMacs: new Map(),
  };
  const taken: (number | null | undefined)[] = [];
  let now = 1_000_000;
  const receiver = new Receiver({
    now: () => now,
    log: () => {},
    ownAddresses: () => new Set(),
    onAdvertisement: (hearing, advertisements, outer) => {
      const { state } = hear(EMPTY_STATE, hearing, advertisements);
      taken.push(...[...state.domains.values()].map(({ mtu }) => mtu));
      taken.push(new RouterTable().hear(hearing, outer)?.said.mtu);
    },
    onRouterMac: () => {},
  });
  const hears = (mtu: number) => {
    now += 5_000;
    const options: NdOption[] = [{ type: "mtu", mtu }, ROUTE];
    const bytes = buildMessage({ type: "routerAdvertisement", header: HEADER, options }, null);
    const envelope = { source: "fe80::1", hopLimit: 255, fragmented: false, linkIndex: 2 };
    receiver.heard(link, bytes, { ...envelope, length: bytes.length });
    return taken.splice(0);
  };
  assert.deepEqual(hears(1500), [1500, 1500]);
  assert.deepEqual(hears(1501), [null, null]);
  assert.deepEqual(hears(1279), [null, null]);
  link.facts.mtu = 9000;
  assert.deepEqual(hears(1501), [1501, 1501], "the same again, on a link that carries it now");
});
