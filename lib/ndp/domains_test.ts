// Which domains an advertisement speaks about, and how outer and inner options are joined.

import assert from "node:assert/strict";
import { NO_CAPTIVE_PORTAL } from "./codes.ts";
import { domainAdvertisements, outerAdvertisement } from "./domains.ts";
import type { DomainAdvertisement, NdOption, PvdOption, RaHeader, RouterAdvertisement } from "./types.ts";

const HEADER: RaHeader = {
  curHopLimit: 64,
  managed: false,
  otherConfig: false,
  homeAgent: false,
  preference: "medium",
  proxy: false,
  snac: false,
  routerLifetimeS: 1800,
  reachableTimeMs: 0,
  retransTimerMs: 0,
};

function ra(...options: NdOption[]): RouterAdvertisement {
  return { type: "routerAdvertisement", header: HEADER, options, ignored: [] };
}

function pvd(header: RaHeader | null, ...options: NdOption[]): PvdOption {
  return {
    type: "pvd",
    name: "example.org",
    http: true,
    legacy: true,
    delay: 3,
    sequence: 9,
    header,
    options,
  };
}

function only(message: RouterAdvertisement) {
  const domains = domainAdvertisements(message);
  assert.equal(domains.length, 1);
  const [domain] = domains;
  assert.ok(domain !== undefined);
  return domain;
}

function prefix(text: string, validS: number): NdOption {
  return {
    type: "prefix",
    prefix: `${text}/64`,
    address: text,
    onLink: true,
    autonomous: true,
    routerAddress: false,
    dhcpv6Pd: false,
    validS,
    preferredS: 1,
  };
}

Deno.test("outerAdvertisement: the header and the options outside, and nothing of what is inside a PvD", () => {
  const inner = { ...HEADER, routerLifetimeS: 60 };
  const outer = outerAdvertisement(
    ra(prefix("2001:db8:1::", 600), pvd(inner, prefix("2001:db8:2::", 600)), { type: "mtu", mtu: 1400 }),
  );
  assert.deepEqual([outer.header, outer.mtu, outer.kind], [HEADER, 1400, "implicit"]);
  assert.deepEqual(outer.prefixes.map((each) => each.prefix), ["2001:db8:1::/64"]);
});

Deno.test("domainAdvertisements: the inner wins for one same prefix, route, resolver and name; the rest is joined", () => {
  const domain = only(ra(
    prefix("2001:db8:1::", 1),
    prefix("2001:db8:2::", 2),
    { type: "route", prefix: "::/0", preference: "low", lifetimeS: 1 },
    { type: "rdnss", addresses: ["2001:db8::1", "2001:db8::2"], lifetimeS: 1 },
    { type: "dnssl", domains: ["a.example", "b.example"], lifetimeS: 1 },
    { type: "pref64", prefix: "64:ff9b::/96", lifetimeS: 8 },
    { type: "captivePortal", uri: "https://outer.example/" },
    { type: "mtu", mtu: 1500 },
    pvd(
      { ...HEADER, routerLifetimeS: 0 },
      prefix("2001:db8:2::", 20),
      prefix("2001:db8:3::", 30),
      { type: "route", prefix: "::/0", preference: "high", lifetimeS: 10 },
      { type: "rdnss", addresses: ["2001:db8::2"], lifetimeS: 10 },
      { type: "dnssl", domains: ["b.example"], lifetimeS: 10 },
      { type: "pref64", prefix: "64:ff9b::/96", lifetimeS: 80 },
      { type: "captivePortal", uri: "https://inner.example/" },
      { type: "mtu", mtu: 1400 },
    ),
  ));
  assert.deepEqual(domain.prefixes.map(({ prefix, validS }) => [prefix, validS]), [
    ["2001:db8:1::/64", 1],
    ["2001:db8:2::/64", 20],
    ["2001:db8:3::/64", 30],
  ]);
  assert.deepEqual(domain.routes, [{ prefix: "::/0", preference: "high", lifetimeS: 10 }]);
  assert.deepEqual(domain.rdnss, [{ address: "2001:db8::1", lifetimeS: 1 }, {
    address: "2001:db8::2",
    lifetimeS: 10,
  }]);
  assert.deepEqual(domain.dnssl, [{ domain: "a.example", lifetimeS: 1 }, {
    domain: "b.example",
    lifetimeS: 10,
  }]);
  assert.deepEqual(domain.pref64, [{ prefix: "64:ff9b::/96", lifetimeS: 80 }]);
  assert.equal(domain.captivePortal, "https://inner.example/");
  assert.equal(domain.mtu, 1400);
  assert.equal(domain.header.routerLifetimeS, 0);
  assert.deepEqual(domain.flags, { http: true, legacy: true, header: true });
  assert.deepEqual([domain.id, domain.delay, domain.sequence], ["example.org", 3, 9]);
});

Deno.test("domainAdvertisements: the inner wins also where the PvD option comes first", () => {
  const domain = only(ra(pvd(null, prefix("2001:db8::", 10)), prefix("2001:db8::", 1)));
  assert.equal(domain.prefixes[0]?.validS, 10);
  assert.equal(domain.header, HEADER);
});

Deno.test("domainAdvertisements: options for one prefix are all kept within a level, and the inner level's win", () => {
  const domain = only(ra(
    prefix("2001:db8:1::", 1),
    prefix("2001:db8:1::", 2),
    prefix("2001:db8:2::", 3),
    pvd(null, prefix("2001:db8:2::", 30), prefix("2001:db8:2::", 40)),
    prefix("2001:db8:2::", 4),
  ));
  assert.deepEqual(domain.prefixes.map(({ prefix, validS }) => [prefix, validS]), [
    ["2001:db8:1::/64", 1],
    ["2001:db8:1::/64", 2],
    ["2001:db8:2::/64", 30],
    ["2001:db8:2::/64", 40],
  ]);
});

Deno.test("domainAdvertisements: the MTU outside is kept where there is another inside, and nowhere else", () => {
  const mtu = (mtu: number): NdOption => ({ type: "mtu", mtu });
  const both = (domain: DomainAdvertisement) => [domain.mtu, domain.mtuOutside];
  assert.deepEqual(both(only(ra(mtu(1400), pvd(null, mtu(9000))))), [9000, 1400]);
  assert.deepEqual(both(only(ra(pvd(null, mtu(9000))))), [9000, null]);
  assert.deepEqual(both(only(ra(mtu(1400), pvd(null)))), [1400, null]);
  assert.deepEqual(both(only(ra(mtu(1400)))), [1400, null]);
});

Deno.test("domainAdvertisements: an MTU outside 1280 to 65535 is none, and hides no other", () => {
  const mtu = (mtu: number): NdOption => ({ type: "mtu", mtu });
  assert.equal(only(ra(mtu(1279))).mtu, null);
  assert.equal(only(ra(mtu(65536))).mtu, null);
  assert.equal(only(ra(mtu(1280))).mtu, 1280);
  assert.equal(only(ra(mtu(65535))).mtu, 65535);
  assert.equal(only(ra(mtu(1500), pvd(null, mtu(100)))).mtu, 1500);
});

Deno.test("domainAdvertisements: that a PvD has no captive portal is told apart from saying nothing (RFC 8910 2)", () => {
  const inner: NdOption = { type: "captivePortal", uri: NO_CAPTIVE_PORTAL };
  const outer: NdOption = { type: "captivePortal", uri: "https://outer.example/" };
  assert.equal(only(ra(outer, pvd(null, inner))).captivePortal, NO_CAPTIVE_PORTAL);
  assert.equal(only(ra(pvd(null))).captivePortal, null);
});

Deno.test("domainAdvertisements: containers are explicit with the outer header and their own MTU, the rest implicit", () => {
  const container = (id: string, ...options: NdOption[]): NdOption => ({
    type: "mifContainer",
    options: [{ type: "mifId", idType: 5, id }, ...options],
  });
  const domains = domainAdvertisements(ra(
    prefix("2001:db8:cafe::", 1),
    { type: "mtu", mtu: 1500 },
    container("a.example", prefix("2001:db8:a::", 1), { type: "mtu", mtu: 1400 }),
    container("b.example", prefix("2001:db8:b::", 1)),
  ));
  assert.deepEqual(
    domains.map(({ id, kind, encoding, mtu, prefixes }) => [id, kind, encoding, mtu, prefixes[0]?.prefix]),
    [
      ["a.example", "explicit", "mif", 1400, "2001:db8:a::/64"],
      ["b.example", "explicit", "mif", null, "2001:db8:b::/64"],
      [domains[2]?.id, "implicit", "ra", 1500, "2001:db8:cafe::/64"],
    ],
  );
  assert.ok(domains.every(({ header }) => header === HEADER));
});

Deno.test("domainAdvertisements: an empty advertisement has the implicit domain with its constant id", () => {
  assert.equal(only(ra()).id, "6eef6648-406c-333a-4035-cd5e60d0bf2e");
});

Deno.test("domainAdvertisements: encrypted DNS carries its parameters as hex", () => {
  const domain = only(ra({
    type: "encryptedDns",
    priority: 1,
    lifetimeS: 60,
    authenticationName: "dns.example",
    addresses: ["2001:db8::53"],
    parameters: Uint8Array.from([0, 1, 0xff]),
  }));
  assert.deepEqual(domain.encryptedDns, [{
    priority: 1,
    authenticationName: "dns.example",
    addresses: ["2001:db8::53"],
    parameters: "0001ff",
    lifetimeS: 60,
  }]);
});
