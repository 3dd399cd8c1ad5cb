import assert from "node:assert/strict";
import {
  domainAddress,
  eui64Identifier,
  isReservedIdentifier,
  stableAddress,
  stableMac,
  triesOf,
  unreserved,
} from "./identifier.ts";

const ONE = { key: new Uint8Array(32).fill(1) };
const OTHER = { key: new Uint8Array(32).fill(2) };

Deno.test("stableAddress is the same again, and another for each secret, domain, prefix and DAD counter", () => {
  const make = (secrets = ONE, key = "explicit eth1 a.example", prefix = "2001:db8::/64", counter = 0) =>
    stableAddress(secrets, key, prefix, counter);
  assert.equal(make(), make());
  const all = [
    make(),
    make(OTHER),
    make(ONE, "explicit eth2 a.example"),
    make(ONE, undefined, "2001:db8:1::/64"),
  ];
  all.push(make(ONE, undefined, undefined, 1));
  assert.equal(new Set(all).size, 5);
});

Deno.test("stableAddress stays in its prefix, and is none outside IPv6 /64s", () => {
  assert.match(stableAddress(ONE, "k", "2001:db8:1:2::/64", 0) ?? "", /^2001:db8:1:2:/);
  for (const prefix of ["2001:db8::/63", "192.0.2.0/24", "x", ""]) {
    assert.equal(stableAddress(ONE, "k", prefix, 0), null);
  }
});

Deno.test("stableMac is locally administered unicast and another for each domain", () => {
  assert.match(stableMac(ONE, "explicit eth1 a.example"), /^02(:[0-9a-f]{2}){5}$/);
  assert.notEqual(stableMac(ONE, "explicit eth1 a.example"), stableMac(ONE, "explicit eth1 b.example"));
});

Deno.test("isReservedIdentifier knows the registry of RFC 5453", () => {
  const of = (hex: string) =>
    isReservedIdentifier(Uint8Array.from(hex.match(/../g) ?? [], (octet) => parseInt(octet, 16)));
  for (
    const hex of [
      "0000000000000000",
      "02005efffe000000",
      "02005efffeffffff",
      "fdffffffffffff80",
      "fdffffffffffffff",
    ]
  ) {
    assert.equal(of(hex), true, hex);
  }
  for (const hex of ["0000000000000001", "02005efffd000000", "fdffffffffffff7f", "fe00000000000000"]) {
    assert.equal(of(hex), false, hex);
  }
});

Deno.test("unreserved passes over reserved identifiers, and gives no identifier for two DAD counters", () => {
  const reserved = Uint8Array.of(0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x80);
  const identifiers = [1, 0, 2, 0, 0, 3].map((last) => last === 0 ? reserved : new Uint8Array(8).fill(last));
  const of = (counter: number) => identifiers[counter] ?? reserved;
  assert.deepEqual([0, 1, 2].map((passedOver) => unreserved(of, passedOver)[0]), [1, 2, 3]);
});

Deno.test("stableMac is the same again for a domain, and another on another machine", () => {
  assert.equal(stableMac(ONE, "explicit eth1 a.example"), stableMac(ONE, "explicit eth1 a.example"));
  assert.notEqual(stableMac(ONE, "explicit eth1 a.example"), stableMac(OTHER, "explicit eth1 a.example"));
});

Deno.test("eui64Identifier makes what RFC 2464 section 4 shows", () => {
  const hex = Array.from(eui64Identifier("34:56:78:9a:bc:de"), (octet) => octet.toString(16)).join("-");
  assert.equal(hex, "36-56-78-ff-fe-9a-bc-de");
});

Deno.test("domainAddress is RFC 7217's by default, and with eui64 the MAC's in every prefix, whatever the DAD counter", () => {
  const eui64 = { ...ONE, identifiers: "eui64" } as const;
  assert.equal(domainAddress(ONE, "k", "2001:db8::/64", 1), stableAddress(ONE, "k", "2001:db8::/64", 1));
  const address = domainAddress(eui64, "k", "2001:db8:1:2::/64", 0);
  assert.match(address ?? "", /^2001:db8:1:2:[0-9a-f]+:[0-9a-f]*ff:fe[0-9a-f]+:[0-9a-f]+$/);
  assert.equal(domainAddress(eui64, "k", "2001:db8:1:2::/64", 2), address);
  assert.equal(domainAddress(eui64, "k", "2001:db8::/63", 0), null);
  assert.notEqual(domainAddress(eui64, "other", "2001:db8:1:2::/64", 0), address);
  assert.deepEqual([triesOf(ONE), triesOf(eui64)], [3, 1]);
});
