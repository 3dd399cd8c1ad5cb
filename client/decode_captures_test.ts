// `pvd decode` on the captures, against the settings of the routers that sent them.

import assert from "node:assert/strict";
import { captureFiles } from "../tests/fuzz/ndp_data.ts";
import { capture, json } from "./decode_testing.ts";

function prefix(text: string, validS = 86400, preferredS = 14400, autonomous = true) {
  return { prefix: text, onLink: true, autonomous, validS, preferredS };
}
const route = (prefix: string, preference: string, lifetimeS: number) => ({ prefix, preference, lifetimeS });
const rdnss = (lifetimeS: number, ...all: string[]) => all.map((address) => ({ address, lifetimeS }));
const dnssl = (lifetimeS: number, ...all: string[]) => all.map((domain) => ({ domain, lifetimeS }));

const NO_FLAGS = { http: false, legacy: false, header: false };
const IMPLICIT = { kind: "implicit", encoding: "ra", flags: NO_FLAGS, delay: 0, sequence: 0 };
/** AdvDefaultLifetime of radvd: three times MaxRtrAdvInterval, 4 s. */
const LIFETIME = 12;

/** The two domains of a router of MIF-PvD's test case 1. */
function testCase1(router: number, implicitId: string, explicitId: string) {
  const resolvers = rdnss(60, `2001:db8:${router}::1`, `2001:db8:${router}0::2`);
  const common = { routerLifetimeS: LIFETIME, mtu: null, rdnss: resolvers };
  return [
    {
      id: explicitId,
      kind: "explicit",
      encoding: "mif",
      flags: NO_FLAGS,
      delay: 0,
      sequence: 0,
      ...common,
      prefixes: [prefix(`2001:db8:${router}:2::/64`)],
      routes: [route(`2001:db8:${router}:2::/64`, "high", 3600)],
      dnssl: dnssl(60, `www.example-${router}0.hr`, `example-${router}0.hr`),
    },
    {
      id: implicitId,
      ...IMPLICIT,
      ...common,
      prefixes: [prefix(`2001:db8:${router}:1::/64`)],
      routes: [route(`2001:db8:${router}:1::/64`, "high", 3600)],
      dnssl: dnssl(60, `www.example-${router}.hr`, `example-${router}.hr`),
    },
  ];
}

/** What the .conf beside each capture says. */
const CAPTURES: Readonly<Record<string, readonly Record<string, unknown>[]>> = {
  "debian-minimal": [{
    ...IMPLICIT,
    routerLifetimeS: LIFETIME,
    mtu: null,
    prefixes: [prefix("2001:db8:d::/64")],
    routes: [],
    rdnss: [],
    dnssl: [],
    captivePortal: null,
  }],
  "debian-full": [{
    ...IMPLICIT,
    routerLifetimeS: 1800,
    mtu: 1480,
    prefixes: [prefix("2001:db8:d::/64", 7200, 3600), prefix("fd00:d::/64", 86400, 14400, false)],
    routes: [route("2001:db8:dddd::/48", "high", 3600), route("::/0", "medium", 1800)],
    rdnss: rdnss(600, "2001:db8:d::53", "2001:db8:d::54"),
    dnssl: dnssl(600, "corp.example.com", "example.com"),
    routerHeader: {
      curHopLimit: 64,
      managed: false,
      otherConfig: true,
      homeAgent: false,
      preference: "low",
      proxy: false,
      snac: false,
      routerLifetimeS: 1800,
      reachableTimeMs: 30000,
      retransTimerMs: 1000,
    },
  }],
  "mif-1pvd-tc01R1": testCase1(
    1,
    "cfe25073-4d60-6f0b-d88f-1003c82a1817",
    "f037ea62-ee4f-44e4-825c-16f2f5cc9b3f",
  ),
  "mif-1pvd-tc01R2": testCase1(
    2,
    "c79b1614-66bf-e259-82b0-807aaed34c17",
    "f037ea62-ee4f-44e4-825c-16f2f5cc9b3e",
  ),
  "mpvd-plain": [{
    id: "pvd.example.org",
    kind: "explicit",
    encoding: "rfc8801",
    flags: NO_FLAGS,
    delay: 0,
    sequence: 0,
    routerLifetimeS: LIFETIME,
    mtu: 1500,
    prefixes: [prefix("2001:db8:1:1::/64")],
    routes: [route("2001:db8:1:1::/64", "high", 3600)],
    rdnss: rdnss(60, "2001:db8:1::1", "2001:db8:10::2"),
    dnssl: dnssl(60, "www.example-1.hr", "example-1.hr"),
  }],
  "mpvd-H-nested-noR": [{
    id: "video.pvd.example.org",
    kind: "explicit",
    encoding: "rfc8801",
    flags: { http: true, legacy: false, header: false },
    delay: 0,
    sequence: 7,
    routerLifetimeS: LIFETIME,
    mtu: 1400,
    prefixes: [prefix("2001:db8:1:1::/64"), prefix("2001:db8:2:2::/64", 7200, 3600)],
    routes: [route("2001:db8:1:1::/64", "high", 3600), route("2001:db8:aaaa::/48", "low", 1000)],
    rdnss: [
      ...rdnss(60, "2001:db8:1::1", "2001:db8:10::2"),
      ...rdnss(1234, "2001:db8:2::53", "2001:db8:2::54"),
    ],
    dnssl: [
      ...dnssl(60, "www.example-1.hr", "example-1.hr"),
      ...dnssl(1100, "office.example.com", "example.com"),
    ],
  }],
};

Deno.test("decode: the captures in tests/data are those of the table", () => {
  assert.deepEqual(captureFiles().map(({ name }) => name.replace(".pcap", "")), Object.keys(CAPTURES).sort());
});

for (const [name, domains] of Object.entries(CAPTURES)) {
  Deno.test(`decode: every advertisement of ${name} says what its router was set to`, async () => {
    const advertisements = await json(capture(name));
    assert.ok(advertisements.length >= 3);
    const goodbye = advertisements.pop();
    for (const { valid, problem, domains: seen, ignored } of advertisements) {
      assert.deepEqual([valid, problem, ignored], [true, null, []]);
      assert.equal(seen.length, domains.length);
      for (const [index, domain] of domains.entries()) {
        for (const [key, wanted] of Object.entries(domain)) assert.deepEqual(seen[index][key], wanted, key);
      }
    }
    // radvd's last word when it is stopped: the same domains, of a router that is no default router.
    const ids = advertisements[0].domains.map(({ id }: { id: string }) => [id, 0]);
    assert.deepEqual(goodbye.domains.map((each: Goodbye) => [each.id, each.routerLifetimeS]), ids);
  });
}

interface Goodbye {
  readonly id: string;
  readonly routerLifetimeS: number;
}
