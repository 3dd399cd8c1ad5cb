import assert from "node:assert/strict";
import { buildMessage } from "../../lib/ndp/build.ts";
import { MAX_OPTION_OCTETS } from "../../lib/ndp/codes.ts";
import { domainAdvertisements } from "../../lib/ndp/domains.ts";
import { readName } from "../../lib/ndp/name.ts";
import { parseMessage } from "../../lib/ndp/parse.ts";
import type { DomainAdvertisement, NdOption } from "../../lib/ndp/types.ts";
import { MAX_MESSAGE_BYTES } from "../../lib/protocol.ts";
import { domainView } from "../view.ts";
import { wantedDomain } from "../wanted.ts";
import { hear } from "./hear.ts";
import * as limits from "./limits.ts";
import { HEADER } from "./testing.ts";
import { type Domain, EMPTY_STATE } from "./types.ts";

/** The longest name in presentation form that differs by `number`: 250 octets, each of them an escape. */
function longestName(number: number): string {
  const labels = [63, 63, 63, 61].map((length) => [length, ...Array<number>(length).fill(0xff)]);
  const wire = Uint8Array.from([...labels.flat(), 0]);
  wire[1] = number;
  const read = readName(wire, 0, wire.length);
  assert.ok(read.ok);
  return read.name;
}

/** As long as an address's text gets. */
const address = (number: number) => `2001:db8:1111:2222:3333:4444:5555:${(0x1000 + number).toString(16)}`;
const LONG_S = 0xffff_fffe;
const NAME_OCTETS = 255;

/** What one hostile router can put into one domain, by packets as they come: the longest of everything. */
function everything(router: number, fill: "addresses" | "parameters"): DomainAdvertisement {
  const room = MAX_OPTION_OCTETS - 12 - NAME_OCTETS - 2 - 16;
  const many = <T>(count: number, one: (number: number) => T) =>
    Array.from({ length: count }, (_, n) => one(n));
  const options: NdOption[] = [
    ...many(40, (n): NdOption => ({
      type: "prefix",
      prefix: `2001:db8:1111:${(0x1000 + n).toString(16)}::/64`,
      address: `2001:db8:1111:${(0x1000 + n).toString(16)}::`,
      onLink: true,
      autonomous: true,
      routerAddress: false,
      dhcpv6Pd: false,
      validS: LONG_S,
      preferredS: LONG_S,
    })),
    ...many(
      20,
      (n): NdOption => ({
        type: "route",
        prefix: `${address(20 * router + n)}/128`,
        preference: "medium",
        lifetimeS: LONG_S,
      }),
    ),
    { type: "rdnss", addresses: many(20, address), lifetimeS: LONG_S },
    ...many(20, (n): NdOption => ({ type: "dnssl", domains: [longestName(n)], lifetimeS: LONG_S })),
    ...many(20, (n): NdOption => ({ type: "dnssl", domains: [plainName(n)], lifetimeS: LONG_S })),
    ...many(8, (n): NdOption => ({ type: "pref64", prefix: `2001:db8:1:${n + 1}::/96`, lifetimeS: 65_528 })),
    { type: "captivePortal", uri: `https:${'"'.repeat(MAX_OPTION_OCTETS - 8)}` },
    ...many(8, (n): NdOption => ({
      type: "encryptedDns",
      priority: 0xffff,
      lifetimeS: LONG_S,
      authenticationName: longestName(n),
      addresses: fill === "addresses" ? many(Math.floor(room / 16), address) : [],
      parameters: new Uint8Array(fill === "parameters" ? room : 0),
    })),
  ];
  const header = { ...HEADER, routerLifetimeS: 65_535 };
  const pvd = {
    type: "pvd",
    name: longestName(0),
    http: true,
    legacy: true,
    delay: 15,
    sequence: 65_535,
    header: null,
    options: [],
  } as const;
  const parsed = parseMessage(
    buildMessage({ type: "routerAdvertisement", header, options: [pvd, ...options] }, null),
    { source: "fe80::1", hopLimit: 255 },
  );
  assert.ok(parsed.ok && parsed.message.type === "routerAdvertisement");
  const [said] = domainAdvertisements(parsed.message);
  assert.ok(said !== undefined);
  return said;
}

/** As long as a host name gets. */
function plainName(number: number): string {
  return [63, 63, 63, 59].map((length) => "a".repeat(length)).join(".") + (10 + number);
}

for (const fill of ["addresses", "parameters"] as const) {
  Deno.test(`a domain whose every cap hostile routers fill fits into one message, with ${fill} at the most`, () => {
    let state = EMPTY_STATE;
    for (let router = 0; router < 12; router++) {
      const source = `fe80::1111:2222:3333:44${10 + router}`;
      const hearing = { link: "enx001122334455", linkIndex: 0x7fff_ffff, router: source, now: 1000 };
      state = hear(state, hearing, [everything(router, fill)]).state;
    }
    const [domain] = state.domains.values();
    assert.ok(domain !== undefined);
    assertFull(domain);
    const secrets = { key: new Uint8Array(32) };
    const runtime = { state: "configuring", problem: null, handle: "mifpvd-123456789" } as const;
    const { link: name, linkIndex: index } = domain;
    const routerMacs = new Map(domain.routers.map(({ router }) => [router, "02:00:00:00:00:01"]));
    const link = { name, index, mtu: 1500, interfaceKind: "macvlan", routerMacs } as const;
    for (
      const value of [domainView(domain, runtime, 1000, secrets), wantedDomain(domain, link, 1000, secrets)]
    ) {
      const bytes = new TextEncoder().encode(JSON.stringify(value)).length;
      // With a message's own members around it, and a problem's sentence.
      assert.ok(bytes < MAX_MESSAGE_BYTES - 2048, `${bytes} bytes`);
    }
  });
}

function assertFull(domain: Domain): void {
  assert.equal(domain.routers.length, limits.MAX_ROUTERS_PER_DOMAIN);
  assert.equal(domain.prefixes.length, limits.MAX_PREFIXES_PER_DOMAIN);
  assert.equal(domain.routes.length, limits.MAX_ROUTES_PER_DOMAIN);
  assert.equal(domain.rdnss.length, limits.MAX_RESOLVERS_PER_DOMAIN);
  assert.equal(domain.dnssl.length, limits.MAX_SEARCH_DOMAINS_PER_DOMAIN);
  assert.equal(domain.pref64.length, limits.MAX_PREF64_PER_DOMAIN);
  assert.equal(domain.encryptedDns.length, limits.MAX_ENCRYPTED_DNS_PER_DOMAIN);
}
