import assert from "node:assert/strict";
import fc from "fast-check";
import {
  MAX_ADDRESSES,
  MAX_MESSAGE_BYTES,
  MAX_RESOLVERS,
  MAX_ROUTES,
  MAX_SEARCH_DOMAINS,
} from "../lib/protocol.ts";
import { hear } from "./state/hear.ts";
import { advertisement, arbitraryAdvertisement, header, prefix } from "./state/testing.ts";
import { type Domain, EMPTY_STATE } from "./state/types.ts";
import { wantedDomain } from "./wanted.ts";
import { domainView } from "./view.ts";

const SECRETS = { key: new Uint8Array(32).fill(7) };
const LINK = {
  name: "eth1",
  index: 2,
  mtu: 1500,
  interfaceKind: "macvlan",
  routerMacs: new Map([["fe80::1", "00:11:22:33:44:55"]]),
} as const;

function heard(...said: [ReturnType<typeof advertisement>, router?: string][]): Domain {
  const state = said.reduce(
    (held, [what, router = "fe80::1"]) =>
      hear(held, { link: "eth1", linkIndex: 2, router, now: 0 }, [what]).state,
    EMPTY_STATE,
  );
  const [domain] = state.domains.values();
  assert.ok(domain !== undefined);
  return domain;
}

function routesOf(domain: Domain, now = 0): string[] {
  return wantedDomain(domain, LINK, now, SECRETS).routes.map((route) =>
    `${route.prefix} via ${route.router ?? "link"} ${route.preference} ${
      Math.floor(route.metric / 1000)
    } ${route.lifetimeS}`
  );
}

Deno.test("wantedDomain gives each autonomous /64 a stable address with its lifetimes", () => {
  const domain = heard([advertisement({
    prefixes: [
      prefix("2001:db8:1::/64", 600, 300),
      prefix("2001:db8:2::/64", 0xffff_ffff),
      prefix("2001:db8:3::/64", 600, 300, { autonomous: false }),
      prefix("2001:db8:4::/56", 600),
    ],
  })]);
  const { addresses } = wantedDomain(domain, LINK, 1500, SECRETS);
  assert.deepEqual(
    addresses.map(({ prefixLength, validS, preferredS }) => [prefixLength, validS, preferredS]),
    [
      [64, 599, 299],
      [64, null, null],
    ],
  );
  assert.match(addresses[0]?.address ?? "", /^2001:db8:1:0:/);
  assert.deepEqual(wantedDomain(domain, LINK, 1500, SECRETS).addresses, addresses, "the same again");
  const other = wantedDomain({ ...domain, key: "explicit eth1 other.example" }, LINK, 1500, SECRETS);
  assert.notEqual(other.addresses[0]?.address, addresses[0]?.address, "another domain, another address");
  assert.notEqual(other.mac, wantedDomain(domain, LINK, 0, SECRETS).mac);
});

Deno.test("wantedDomain has on-link prefixes, default routes and more specific routes", () => {
  const domain = heard(
    [advertisement({
      header: header(1800, "high"),
      prefixes: [prefix("2001:db8:1::/64", 600)],
      routes: [{ prefix: "2001:db8:10::/48", preference: "low", lifetimeS: 60 }],
    })],
    [advertisement({ header: header(900, "low") }), "fe80::2"],
  );
  assert.deepEqual(routesOf(domain), [
    "2001:db8:1::/64 via link medium 0 600",
    "::/0 via fe80::1 high 1 1800",
    "::/0 via fe80::2 low 3 900",
    "2001:db8:10::/48 via fe80::1 low 3 60",
  ]);
});

Deno.test("wantedDomain lets a router's ::/0 route option override its header (RFC 4191 3.1)", () => {
  const domain = heard([advertisement({ routes: [{ prefix: "::/0", preference: "low", lifetimeS: 60 }] })]);
  assert.deepEqual(routesOf(domain), ["::/0 via fe80::1 low 3 60"]);
});

Deno.test("wantedDomain never gives two routers one metric for the same prefix", () => {
  const routers = Array.from({ length: 8 }, (_, n) => `fe80::${n + 1}`);
  const domain = heard(
    ...routers.map((router): [ReturnType<typeof advertisement>, string] => [advertisement(), router]),
  );
  const metrics = wantedDomain(domain, LINK, 0, SECRETS).routes.map((route) => route.metric);
  assert.equal(new Set(metrics).size, routers.length);
});

Deno.test("wantedDomain moves no router's metric when another goes", () => {
  const both = heard([advertisement()], [advertisement(), "fe80::2"]);
  const metricOf = (domain: Domain) =>
    wantedDomain(domain, LINK, 0, SECRETS).routes.find((route) => route.router === "fe80::2")?.metric;
  const one = { ...both, routers: both.routers.filter((router) => router.router === "fe80::2") };
  assert.equal(metricOf(one), metricOf(both));
});

Deno.test("wantedDomain takes a MAC for a macvlan and none for an ipvlan, and an MTU up to the link's", () => {
  const domain = heard([advertisement({ mtu: 1400 })]);
  const wanted = wantedDomain(domain, LINK, 0, SECRETS);
  assert.match(wanted.mac ?? "", /^02(:[0-9a-f]{2}){5}$/);
  assert.equal(wanted.mtu, 1400);
  const other = wantedDomain(domain, { ...LINK, interfaceKind: "ipvlan", mtu: 1399 }, 0, SECRETS);
  assert.deepEqual([other.mac, other.mtu], [null, 1399]);
  assert.equal(wantedDomain(domain, { ...LINK, mtu: 65_536 }, 0, SECRETS).mtu, 1400);
  assert.equal(wantedDomain(heard([advertisement({})]), { ...LINK, mtu: 65_536 }, 0, SECRETS).mtu, null);
});

Deno.test("wantedDomain has the header's hop limit and times, no reachable time over an hour, and nothing where nothing was said", () => {
  const wanted = (curHopLimit: number, reachableTimeMs: number, retransTimerMs: number) => {
    const said = advertisement({ header: { ...header(1800), curHopLimit, reachableTimeMs, retransTimerMs } });
    const domain = wantedDomain(heard([said]), LINK, 0, SECRETS);
    return [domain.hopLimit, domain.reachableTimeMs, domain.retransTimerMs];
  };
  assert.deepEqual(wanted(0, 0, 0), [null, null, null]);
  assert.deepEqual(wanted(33, 3_600_000, 1000), [33, 3_600_000, 1000]);
  assert.deepEqual(wanted(255, 3_600_001, 0xffff_ffff), [255, 3_600_000, 0xffff_ffff]);
});

Deno.test("wantedDomain leaves out search domains that a resolver file cannot hold", () => {
  const domain = heard([advertisement({
    dnssl: [
      { domain: "example.org", lifetimeS: 60 },
      { domain: "a\\032b.example", lifetimeS: 60 },
      { domain: "x\nnameserver 192.0.2.1", lifetimeS: 60 },
    ],
    rdnss: [{ address: "fe80::53", lifetimeS: 60 }, { address: "ff02::1", lifetimeS: 60 }],
  })]);
  const wanted = wantedDomain(domain, LINK, 0, SECRETS);
  assert.deepEqual(wanted.searchDomains, ["example.org"]);
  assert.deepEqual(wanted.resolvers, ["fe80::53"], "link-local resolvers stay");
});

Deno.test("wantedDomain of anything heard is what the helper takes, and domainView fits into a message", () => {
  fc.assert(
    fc.property(
      fc.array(arbitraryAdvertisement, { maxLength: 4 }),
      fc.integer({ min: 0, max: 1e7 }),
      (said, now) => {
        const { state } = hear(EMPTY_STATE, { link: "eth1", linkIndex: 2, router: "fe80::1", now: 0 }, said);
        for (const domain of state.domains.values()) {
          const wanted = wantedDomain(domain, LINK, now, SECRETS);
          assert.match(wanted.id, /^[\x21-\x7e]+$/);
          assert.ok((wanted.reachableTimeMs ?? 1) >= 1 && (wanted.reachableTimeMs ?? 1) <= 3_600_000);
          assert.ok((wanted.hopLimit ?? 1) >= 1 && (wanted.retransTimerMs ?? 1) >= 1);
          assert.ok(wanted.addresses.length <= MAX_ADDRESSES && wanted.routes.length <= MAX_ROUTES);
          assert.ok(
            wanted.resolvers.length <= MAX_RESOLVERS && wanted.searchDomains.length <= MAX_SEARCH_DOMAINS,
          );
          for (const { validS, preferredS } of wanted.addresses) {
            assert.ok(validS === null || validS >= 1);
            assert.ok(validS === null || preferredS !== null && preferredS <= validS);
          }
          for (const { lifetimeS, prefix } of wanted.routes) {
            assert.ok(lifetimeS === null || lifetimeS >= 1);
            assert.match(prefix, /^[0-9a-f:]+\/[0-9]+$/);
          }
          const view = domainView(
            domain,
            { state: "ready", problem: null, handle: "mifpvd-1" },
            now,
            SECRETS,
          );
          assert.ok(JSON.stringify(view).length < MAX_MESSAGE_BYTES);
        }
      },
    ),
  );
});

Deno.test("wantedDomain enters the routers that routes lead to into the neighbour cache, where they told their address", () => {
  const domain = heard([advertisement({})]);
  const [router] = domain.routers;
  const routerMacs = new Map([[router?.router ?? "", "00:11:22:33:44:55"], [
    "fe80::99",
    "00:11:22:33:44:99",
  ]]);
  assert.deepEqual(wantedDomain(domain, { ...LINK, routerMacs }, 0, SECRETS).neighbors, [
    { address: router?.router, mac: "00:11:22:33:44:55" },
  ]);
  assert.deepEqual(wantedDomain(domain, { ...LINK, routerMacs: new Map() }, 0, SECRETS).neighbors, []);
});
