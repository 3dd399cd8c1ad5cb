// For tests only: what the tests of the state hear, made by hand and by fast-check.

import fc from "fast-check";
import { type DomainAdvertisement, INFINITE_LIFETIME_S, type RaHeader } from "../../lib/ndp/types.ts";

export const HEADER: RaHeader = {
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

/** An explicit domain "example.org" with a router and nothing else, changed by `given`. */
export function advertisement(given: Partial<DomainAdvertisement> = {}): DomainAdvertisement {
  return {
    id: "example.org",
    kind: "explicit",
    encoding: "rfc8801",
    flags: { http: false, legacy: false, header: false },
    delay: 0,
    sequence: 0,
    header: HEADER,
    mtu: null,
    mtuOutside: null,
    prefixes: [],
    routes: [],
    rdnss: [],
    dnssl: [],
    pref64: [],
    captivePortal: null,
    encryptedDns: [],
    ...given,
  };
}

export function header(routerLifetimeS: number, preference: RaHeader["preference"] = "medium"): RaHeader {
  return { ...HEADER, routerLifetimeS, preference };
}

export function prefix(
  text: string,
  validS: number,
  preferredS = validS,
  given: { onLink?: boolean; autonomous?: boolean } = {},
) {
  return { prefix: text, onLink: true, autonomous: true, validS, preferredS, ...given };
}

const lifetimeS = fc.oneof(
  fc.constantFrom(0, 1, 2, 7200, 7201, INFINITE_LIFETIME_S),
  fc.integer({ min: 0, max: 20_000 }),
);
const preference = fc.constantFrom("low" as const, "medium" as const, "high" as const);
const prefixText = fc.oneof(
  fc.integer({ min: 0, max: 60 }).map((n) => `2001:db8:${n.toString(16)}::/64`),
  fc.constantFrom("2001:db8::/48", "2001:db8:1:2:3:4:5:6/128", "fe80::/64", "::/0", "not a prefix"),
);
const addressText = fc.integer({ min: 1, max: 20 }).map((n) => `2001:db8::${n.toString(16)}`);

export const arbitraryAdvertisement: fc.Arbitrary<DomainAdvertisement> = fc.record({
  id: fc.constantFrom("example.org", "EXAMPLE.org", "other.example", "a b", "\n"),
  kind: fc.constantFrom("explicit" as const, "implicit" as const),
  encoding: fc.constantFrom("rfc8801" as const, "mif" as const, "ra" as const),
  flags: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()).map(([http, legacy, header]) => ({
    http,
    legacy,
    header,
  })),
  delay: fc.integer({ min: 0, max: 15 }),
  sequence: fc.integer({ min: 0, max: 65535 }),
  header: fc.record({
    lifetime: fc.constantFrom(0, 1, 9, 1800, 65535),
    preference,
    curHopLimit: fc.constantFrom(0, 1, 64, 255),
    reachableTimeMs: fc.constantFrom(0, 1, 30_000, 3_600_001, 0xffff_ffff),
    retransTimerMs: fc.constantFrom(0, 1, 1000, 0xffff_ffff),
  }).map(({ lifetime, preference, ...times }) => ({ ...header(lifetime, preference), ...times })),
  mtu: fc.constantFrom(null, 0, 1279, 1280, 1500, 0xffff_ffff),
  mtuOutside: fc.constantFrom(null, 0, 1280, 1400, 9000),
  prefixes: fc.array(
    fc.record({
      prefix: prefixText,
      onLink: fc.boolean(),
      autonomous: fc.boolean(),
      validS: lifetimeS,
      preferredS: lifetimeS,
    }),
    { maxLength: 50, size: "max" },
  ),
  routes: fc.array(fc.record({ prefix: prefixText, preference, lifetimeS }), { maxLength: 70, size: "max" }),
  rdnss: fc.array(fc.record({ address: addressText, lifetimeS }), { maxLength: 12, size: "max" }),
  dnssl: fc.array(fc.record({ domain: fc.string({ maxLength: 2 }), lifetimeS }), {
    maxLength: 20,
    size: "max",
  }),
  pref64: fc.array(fc.record({ prefix: prefixText, lifetimeS }), { maxLength: 6, size: "max" }),
  captivePortal: fc.constantFrom(null, "https://portal.example/"),
  encryptedDns: fc.array(
    fc.record({
      priority: fc.integer({ min: 1, max: 8 }),
      authenticationName: fc.constantFrom("dns.example", "doh.example"),
      addresses: fc.array(addressText, { maxLength: 3 }),
      parameters: fc.constantFrom("", "0001"),
      lifetimeS,
    }),
    { maxLength: 6, size: "max" },
  ),
});
