// RFC 8801 to the letter, from the octets of advertisements to what the broker knows: what belongs to which PvD, which
// of two counts, and what one advertisement may take from another.

import assert from "node:assert/strict";
import { buildMessage } from "../lib/ndp/build.ts";
import { domainAdvertisements } from "../lib/ndp/domains.ts";
import { concat, hex } from "../lib/ndp/octets.ts";
import { parseMessage } from "../lib/ndp/parse.ts";
import type { NdOption, PvdOption, RaHeader } from "../lib/ndp/types.ts";
import { writeOption } from "../lib/ndp/write_option.ts";
import { expire } from "./state/expire.ts";
import { hear } from "./state/hear.ts";
import { HEADER, header } from "./state/testing.ts";
import { type Domain, EMPTY_STATE, type State } from "./state/types.ts";
import { wantedDomain } from "./wanted.ts";

const SECRETS = { key: new Uint8Array(32).fill(7) };
const LINK = {
  name: "eth1",
  index: 2,
  mtu: 1500,
  interfaceKind: "macvlan",
  routerMacs: new Map<string, string>(),
} as const;

type Said = readonly [at: number, message: Uint8Array, router?: string];

/** What is known after each of them was heard at its second. */
function after(...said: readonly Said[]): State {
  return said.reduce((state, [at, message, router = "fe80::1"]) => {
    const parsed = parseMessage(message, { source: router, hopLimit: 255 });
    assert.ok(parsed.ok && parsed.message.type === "routerAdvertisement");
    const now = at * 1000;
    const hearing = { link: LINK.name, linkIndex: LINK.index, router, now };
    return hear(expire(state, now).state, hearing, domainAdvertisements(parsed.message)).state;
  }, EMPTY_STATE);
}

function only(state: State): Domain {
  const [domain, ...more] = state.domains.values();
  assert.ok(domain !== undefined && more.length === 0, `${state.domains.size} domains, not one`);
  return domain;
}

function ra(options: readonly NdOption[], outer: RaHeader = HEADER): Uint8Array {
  return buildMessage({ type: "routerAdvertisement", header: outer, options }, null);
}

function pvd(options: readonly NdOption[] = [], given: Partial<PvdOption> = {}): PvdOption {
  return {
    type: "pvd",
    name: "example.org",
    http: false,
    legacy: false,
    delay: 0,
    sequence: 0,
    header: null,
    options,
    ...given,
  };
}

function prefix(text: string, validS = 600): NdOption {
  return {
    type: "prefix",
    prefix: `${text}/64`,
    address: text,
    onLink: true,
    autonomous: true,
    routerAddress: false,
    dhcpv6Pd: false,
    validS,
    preferredS: validS,
  };
}

function resolver(address: string, lifetimeS = 600): NdOption {
  return { type: "rdnss", addresses: [address], lifetimeS };
}

/** An advertisement with these octets for options, whatever a builder would say to them. */
function raw(...options: readonly Uint8Array[]): Uint8Array {
  return concat([ra([]), ...options]);
}

function prefixes(domain: Domain): string[] {
  return domain.prefixes.map((each) => each.prefix);
}

Deno.test("3.4: header, outer and inner options of an advertisement belong to its one PvD, and none to an implicit one", () => {
  const outer = [prefix("2001:db8:1::"), resolver("2001:db8::1")];
  const domain = only(after([0, ra([...outer, pvd([prefix("2001:db8:2::"), resolver("2001:db8::2")])])]));
  assert.deepEqual([domain.kind, domain.id], ["explicit", "example.org"]);
  assert.deepEqual(prefixes(domain), ["2001:db8:1::/64", "2001:db8:2::/64"]);
  assert.deepEqual(domain.rdnss.map(({ address }) => address), ["2001:db8::1", "2001:db8::2"]);
  assert.deepEqual(domain.routers.map(({ router }) => router), ["fe80::1"]);
});

Deno.test("3.2: PvDs and one implicit PvD may share a router, and each has what its own advertisement said", () => {
  const state = after(
    [0, ra([prefix("2001:db8:1::")])],
    [0, ra([pvd([prefix("2001:db8:2::")])])],
    [0, ra([pvd([prefix("2001:db8:3::")], { name: "other.example" })])],
  );
  assert.deepEqual([...state.domains.values()].map((domain) => [domain.kind, ...prefixes(domain)]), [
    ["implicit", "2001:db8:1::/64"],
    ["explicit", "2001:db8:2::/64"],
    ["explicit", "2001:db8:3::/64"],
  ]);
});

Deno.test("3.4: the inner header replaces the outer one whole, its zeros too", () => {
  const outer = header(6000, "high");
  const hidden = only(after([0, ra([pvd([prefix("2001:db8::")], { header: header(0) })], outer)]));
  assert.deepEqual(hidden.routers, [], "5.2: an inner lifetime of 0 hides the router");
  const shown = only(after([0, ra([pvd([], { header: header(900, "low") })], header(0))]));
  assert.deepEqual(shown.routers, [{ router: "fe80::1", preference: "low", validUntil: 900_000 }], "5.3");
});

Deno.test("3.4: of two PvD options the first counts, and the second one's data are nobody's", () => {
  const [first, second] = [
    pvd([prefix("2001:db8:1::")]),
    pvd([prefix("2001:db8:2::")], { name: "b.example" }),
  ];
  const domain = only(after([0, raw(writeOption(first), writeOption(second))]));
  assert.deepEqual([domain.id, ...prefixes(domain)], ["example.org", "2001:db8:1::/64"]);
});

Deno.test("3.4: a second PvD option is not promoted by a first one that cannot be read", () => {
  const broken = writeOption(pvd([prefix("2001:db8:1::")]));
  broken[6] = 0xc0; // a compressed name
  const good = writeOption(pvd([prefix("2001:db8:2::")], { name: "b.example" }));
  const domain = only(after([0, raw(writeOption(prefix("2001:db8:3::")), broken, good)]));
  assert.deepEqual([domain.kind, ...prefixes(domain)], ["implicit", "2001:db8:3::/64"]);
});

Deno.test("3.2: a PvD option inside a PvD option is passed over with what it holds, the rest counts", () => {
  const inner = writeOption(pvd([prefix("2001:db8:1::")], { name: "inner.example" }));
  const around = writeOption(pvd([]));
  const outer = concat([around, inner, writeOption(prefix("2001:db8:2::"))]);
  outer[1] = outer.length / 8;
  const domain = only(after([0, raw(outer)]));
  assert.deepEqual([domain.id, ...prefixes(domain)], ["example.org", "2001:db8:2::/64"]);
});

Deno.test("3.1: with the R flag and fewer than 16 octets left, the option goes with all that it holds", () => {
  const option = writeOption(pvd([{ type: "mtu", mtu: 1400 }], { name: "a.example" }));
  option[2] = 0x20;
  assert.equal(option.length, 24 + 8);
  assert.deepEqual([...after([0, raw(option)]).domains], [], "there is nothing to make an implicit PvD of");
  const domain = only(after([0, raw(writeOption(prefix("2001:db8::")), option)]));
  assert.deepEqual([domain.kind, domain.mtu], ["implicit", null]);
});

Deno.test("3.4: flags that nobody knows change nothing", () => {
  const plain = writeOption(pvd([prefix("2001:db8::")], { http: true, legacy: true, delay: 3, sequence: 9 }));
  const odd = plain.slice();
  odd[2] = (odd[2] ?? 0) | 0x1f;
  odd[3] = (odd[3] ?? 0) | 0xf0;
  assert.notEqual(hex(odd), hex(plain));
  assert.deepEqual(after([0, raw(odd)]), after([0, raw(plain)]));
});

Deno.test("3.4: ids are compared without case, of ASCII letters alone (RFC 4343)", () => {
  const named = (...label: number[]) => {
    const option = writeOption(pvd([], { name: "aa.example" }));
    option.set(label, 7);
    return raw(option);
  };
  const one = after([0, named(0x41, 0x7a)], [1, named(0x61, 0x5a), "fe80::2"]);
  assert.deepEqual(only(one).routers.map(({ router }) => router), ["fe80::1", "fe80::2"]);
  assert.equal(only(one).id, "az.example");
  // 0xc4 and 0xe4 are upper and lower case in Latin-1; "[" and "{", "@" and "`" differ by the same bit.
  for (const [upper, lower] of [[0xc4, 0xe4], [0x5b, 0x7b], [0x40, 0x60]] as const) {
    assert.equal(after([0, named(0x61, upper)], [0, named(0x61, lower)]).domains.size, 2);
  }
});

Deno.test("ids are in presentation form (RFC 1035 5.1): a dot in a label is not one between labels", () => {
  const named = (text: string) => {
    const octets = new TextEncoder().encode(text);
    const option = writeOption(pvd([], { name: `${"x".repeat(octets.length)}.example` }));
    option.set(octets, 7);
    return raw(option);
  };
  const idOf = (text: string) => only(after([0, named(text)])).id;
  assert.equal(idOf("a.b"), "a\\046b.example");
  assert.equal(idOf("a\\b"), "a\\092b.example");
  assert.equal(idOf("a\n\0\x1b"), "a\\010\\000\\027.example");
  assert.equal(idOf("a\u202eb"), "a\\226\\128\\174b.example");
  assert.equal(after([0, named("a.b")], [0, ra([pvd([], { name: "a.b.example" })])]).domains.size, 2);
});

Deno.test("3.2: what is spread over several advertisements adds up, and none ends what another said", () => {
  const part = (...options: NdOption[]) =>
    ra([pvd(options, { http: true, sequence: 4, header: header(900) })]);
  const domain = only(after(
    [0, part(prefix("2001:db8:1::"), prefix("2001:db8:2::"))],
    [0, part({ type: "route", prefix: "2001:db8::/32", preference: "high", lifetimeS: 600 })],
    [0, part(resolver("2001:db8::53"), { type: "dnssl", domains: ["a.example"], lifetimeS: 600 })],
    [1, part(prefix("2001:db8:1::"))],
  ));
  assert.deepEqual(prefixes(domain), ["2001:db8:1::/64", "2001:db8:2::/64"]);
  assert.deepEqual([domain.routes.length, domain.rdnss.length, domain.dnssl.length], [1, 1, 1]);
  assert.deepEqual([domain.flags.http, domain.sequence, domain.routers.length], [true, 4, 1]);
});

Deno.test("3.4: an advertisement without a PvD option takes nothing from the router's PvDs, and gives them nothing", () => {
  const state = after([0, ra([pvd([prefix("2001:db8:1::")])])], [1, ra([prefix("2001:db8:2::")], header(0))]);
  const [explicit, implicit] = state.domains.values();
  assert.deepEqual([explicit?.routers.length, explicit && prefixes(explicit)], [1, ["2001:db8:1::/64"]]);
  assert.deepEqual([implicit?.routers.length, implicit && prefixes(implicit)], [0, ["2001:db8:2::/64"]]);
});

Deno.test("3.4: a prefix in two PvDs is an address in each, and neither router can shorten the other's", () => {
  const other = { name: "other.example" };
  const state = after(
    [0, ra([pvd([prefix("2001:db8:1::", 86_400)])])],
    [0, ra([pvd([prefix("2001:db8:1::", 86_400)], other)])],
    [1, ra([pvd([prefix("2001:db8:1::", 0)], other)])],
  );
  const [one, two] = [...state.domains.values()].map((domain) =>
    wantedDomain(domain, LINK, 1000, SECRETS).addresses.map(({ address, validS }) => ({ address, validS }))
  );
  assert.deepEqual(
    [one?.[0]?.validS, two?.[0]?.validS],
    [86_399, 7200],
    "RFC 4862 5.5.3 e, for each by itself",
  );
  assert.notEqual(one?.[0]?.address, two?.[0]?.address);
});

Deno.test("3.1: Delay and Sequence Number mean nothing without H, and H cleared is as good as never set", () => {
  const said = (http: boolean, sequence: number) =>
    ra([pvd([prefix("2001:db8::")], { http, sequence, delay: 7 })]);
  const domain = only(after([0, said(true, 9)], [1, said(false, 10)]));
  assert.deepEqual([domain.flags.http, domain.sequence, domain.delay], [false, 0, 0]);
  assert.deepEqual(domain, only(after([0, said(false, 3)], [1, said(false, 4)])));
});
