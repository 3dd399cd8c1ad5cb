// Rules of the RFCs that need more than one advertisement, router or domain to be seen: for each, what the state is,
// and what a domain should then have (wanted.ts).

import assert from "node:assert/strict";
import { domainAdvertisements } from "../../lib/ndp/domains.ts";
import type { DomainAdvertisement, NdOption, RaHeader } from "../../lib/ndp/types.ts";
import { sourceOf } from "../information/source.ts";
import { wantedDomain } from "../wanted.ts";
import { expire } from "./expire.ts";
import { hear } from "./hear.ts";
import { advertisement, header, prefix } from "./testing.ts";
import { type Domain, EMPTY_STATE, type State } from "./types.ts";

const SECRETS = { key: new Uint8Array(32).fill(7) };
const HOUR_S = 3600, DAY_S = 24 * HOUR_S;
const P1 = "2001:db8:1::/64";

interface Step {
  readonly at?: number;
  readonly router?: string;
  readonly link?: string;
  readonly said: Partial<DomainAdvertisement>;
}

/** The state after each step, at a second each. */
function after(...steps: readonly Step[]): State {
  return steps.reduce((state, { at = 0, router = "fe80::1", link = "eth1", said }) => {
    const hearing = { link, linkIndex: link === "eth1" ? 2 : 3, router, now: at * 1000 };
    return hear(expire(state, hearing.now).state, hearing, [advertisement(said)]).state;
  }, EMPTY_STATE);
}

function only(state: State): Domain {
  const [domain, ...others] = state.domains.values();
  assert.ok(domain !== undefined && others.length === 0);
  return domain;
}

function wanted(domain: Domain, at: number) {
  const { link, linkIndex } = domain;
  const physical = {
    name: link,
    index: linkIndex,
    mtu: 1500,
    interfaceKind: "macvlan",
    routerMacs: new Map(),
  } as const;
  return wantedDomain(domain, physical, at * 1000, SECRETS);
}

function waysOut(domain: Domain, at: number): string[] {
  return wanted(domain, at).routes.filter((route) => route.prefix === "::/0")
    .toSorted((one, other) => one.metric - other.metric)
    .map(({ router, preference, lifetimeS }) => `${router} ${preference} ${lifetimeS}`);
}

Deno.test("a prefix in two PvDs: what one says of it changes nothing of the other's address (RFC 4862 5.5.3 e for each)", () => {
  const says = (id: string, validS: number) => ({ id, prefixes: [prefix(P1, validS)] });
  const state = after(
    { said: says("one.example", DAY_S) },
    { said: says("two.example", DAY_S) },
    { at: 1, said: says("one.example", 0) },
  );
  const lives = [...state.domains.values()].map((domain) => [
    domain.id,
    wanted(domain, 1).addresses.map(({ validS, preferredS }) => [validS, preferredS]),
  ]);
  assert.deepEqual(lives, [
    ["one.example", [[2 * HOUR_S, 0]]],
    ["two.example", [[DAY_S - 1, DAY_S - 1]]],
  ]);
  const [one, two] = [...state.domains.values()].map((domain) => wanted(domain, 1).addresses[0]?.address);
  assert.notEqual(one, two, "and each has an address of its own");
});

Deno.test("one explicit PvD from two routers has two ways out by preference, and the death of one leaves the other", () => {
  const state = after(
    { said: { header: header(1800, "low") } },
    { router: "fe80::2", said: { header: header(9, "high") } },
  );
  assert.deepEqual(waysOut(only(state), 0), ["fe80::2 high 9", "fe80::1 low 1800"]);
  assert.deepEqual(waysOut(only(expire(state, 9000).state), 9), ["fe80::1 low 1791"]);
});

Deno.test("the prefixes of one router stay when the other of the same PvD says nothing of them", () => {
  const state = after(
    { said: { prefixes: [prefix(P1, 600)] } },
    { at: 1, router: "fe80::2", said: { prefixes: [prefix("2001:db8:2::/64", 600)] } },
    { at: 2, router: "fe80::2", said: {} },
  );
  assert.equal(wanted(only(state), 2).addresses.length, 2);
});

Deno.test("two implicit PvDs stay two, also with the same prefix, and so does one explicit PvD on two links", () => {
  const said = { kind: "implicit", id: "x", prefixes: [prefix(P1, 600)] } as const;
  assert.equal(after({ said }, { router: "fe80::2", said }).domains.size, 2);
  const links = after({ said: {} }, { link: "eth2", said: {} });
  assert.deepEqual([...links.domains.values()].map(({ id, link }) => [id, link]), [
    ["example.org", "eth1"],
    ["example.org", "eth2"],
  ]);
  const macs = [...links.domains.values()].map((domain) => wanted(domain, 0).mac);
  assert.equal(new Set(macs).size, 2, "each with a MAC of its own");
});

Deno.test("a ::/0 route option counts, not the header: preference, lifetime, and its end (RFC 4191 3.1)", () => {
  const route = (lifetimeS: number) => [{ prefix: "::/0", preference: "high", lifetimeS }] as const;
  const both = { header: header(1800, "low"), prefixes: [prefix(P1, DAY_S)] };
  const said = after({ said: { ...both, routes: route(60) } });
  assert.deepEqual(waysOut(only(said), 0), ["fe80::1 high 60"]);
  assert.deepEqual(waysOut(only(after({ said: { ...both, routes: route(0) } })), 0), []);
  const later = after({ said: { ...both, routes: route(60) } }, { at: 61, said: both });
  assert.deepEqual(waysOut(only(later), 61), ["fe80::1 low 1800"], "what has ended overrides nothing");
  const other = after({ said: { ...both, routes: route(60) } }, { router: "fe80::2", said: both });
  assert.deepEqual(
    waysOut(only(other), 0),
    ["fe80::1 high 60", "fe80::2 low 1800"],
    "another router's header holds",
  );
});

Deno.test("of the one ::/0 route by a router its last advertisement decides: the header first, then the option (RFC 4191 3.1)", () => {
  const route = (lifetimeS: number) => [{ prefix: "::/0", preference: "high", lifetimeS }] as const;
  const prefixes = [prefix(P1, DAY_S)];
  const low = { header: header(1800, "low"), prefixes };
  const endless = { at: 0, said: { ...low, routes: route(0xffff_ffff) } };
  const bye = { at: 10, said: { header: header(0), prefixes } };
  assert.deepEqual(waysOut(only(after(endless)), 0), ["fe80::1 high null"]);
  const gone = only(after(endless, bye));
  assert.deepEqual([waysOut(gone, 10), gone.routers, gone.routes], [[], [], []], "the router says goodbye");
  assert.deepEqual(waysOut(only(after(endless, bye, { at: 20, said: low })), 20), ["fe80::1 low 1800"]);
  assert.deepEqual(waysOut(only(after(endless, { at: 10, said: low })), 10), ["fe80::1 low 1800"]);
  const short = after({ said: { ...low, routes: route(60) } });
  assert.deepEqual(waysOut(only(expire(short, 61_000).state), 61), [], "the header has not outlived it");
  const hidden = after({ said: { header: header(0), prefixes, routes: route(60) } });
  assert.deepEqual(waysOut(only(hidden), 0), ["fe80::1 high 60"]);
  const other = after(endless, { ...bye, router: "fe80::2" });
  assert.deepEqual(waysOut(only(other), 10), ["fe80::1 high null"], "another router's goodbye is its own");
  const more = { prefix: "2001:db8::/32", preference: "low", lifetimeS: 60 } as const;
  const routed = after({ said: { ...low, routes: [...route(60), more] } }, { at: 1, said: low });
  assert.deepEqual(
    only(routed).routes.map((each) => each.prefix),
    ["2001:db8::/32"],
    "it is about ::/0 alone",
  );
});

Deno.test("of a PvD divided among several advertisements the last part decides about ::/0, as RFC 4191 3.1 has it", () => {
  const routes = [{ prefix: "::/0", preference: "high", lifetimeS: 60 }] as const;
  const said = { header: header(1800, "low") };
  const first = { said: { ...said, routes } };
  const second = { said: { ...said, prefixes: [prefix(P1, 600)] } };
  assert.deepEqual(waysOut(only(after(first, second)), 0), ["fe80::1 low 1800"]);
  assert.deepEqual(waysOut(only(after(second, first)), 0), ["fe80::1 high 60"]);
});

Deno.test("a ::/0 option counts more than the header in force, which is the inner one where there is one", () => {
  const option: NdOption = { type: "route", prefix: "::/0", preference: "high", lifetimeS: 60 };
  const pio = { type: "prefix", ...prefix(P1, 600), address: "2001:db8:1::" } as const;
  const outer: NdOption[] = [{ ...pio, routerAddress: false, dhcpv6Pd: false }];
  const says = (inner: RaHeader | null, outside: NdOption[], inside: NdOption[]) => {
    const pvd = {
      type: "pvd",
      name: "example.org",
      http: false,
      legacy: false,
      delay: 0,
      sequence: 0,
    } as const;
    const options = [...outer, ...outside, { ...pvd, header: inner, options: inside }];
    const message = {
      type: "routerAdvertisement",
      header: header(1800, "low"),
      options,
      ignored: [],
    } as const;
    const [said] = domainAdvertisements(message);
    return waysOut(only(after({ said: said ?? {} })), 0);
  };
  assert.deepEqual(says(null, [], []), ["fe80::1 low 1800"]);
  assert.deepEqual(says(header(0), [], []), []);
  assert.deepEqual(says(header(9), [], []), ["fe80::1 medium 9"]);
  assert.deepEqual(says(header(0), [option], []), ["fe80::1 high 60"]);
  assert.deepEqual(says(header(9), [], [option]), ["fe80::1 high 60"]);
  assert.deepEqual(says(null, [option], [{ ...option, preference: "medium", lifetimeS: 0 }]), []);
});

Deno.test("two options for one prefix in one advertisement each count: A of the one, L of the other (RFC 4861 6.3.4)", () => {
  const address = prefix(P1, 600, 300, { onLink: false });
  const onLink = prefix(P1, 900, 900, { autonomous: false });
  for (const prefixes of [[address, onLink], [onLink, address]]) {
    const { addresses, routes } = wanted(only(after({ said: { prefixes } })), 0);
    assert.deepEqual(addresses.map(({ validS, preferredS }) => [validS, preferredS]), [[600, 300]]);
    assert.deepEqual(
      routes.filter(({ router }) => router === null).map(({ lifetimeS }) => lifetimeS),
      [900],
    );
  }
  const withdrawn = [prefix(P1, 600), prefix(P1, 0)];
  assert.deepEqual(
    only(after({ said: { prefixes: withdrawn } })).prefixes.map((each) => [
      each.onLinkUntil,
      each.addressValidUntil,
      each.addressPreferredUntil,
    ]),
    [[0, 600_000, 0]],
    "in their order",
  );
});

Deno.test("an MTU over the link's is ignored, and displaces none before it and none outside (RFC 4861 6.3.4)", () => {
  const mtuOf = (linkMtu: number | undefined, ...said: Partial<DomainAdvertisement>[]) => {
    const hearing = { link: "eth1", linkIndex: 2, router: "fe80::1", now: 0, linkMtu };
    const state = said.reduce((held, each) => hear(held, hearing, [advertisement(each)]).state, EMPTY_STATE);
    return wanted(only(state), 0).mtu;
  };
  assert.equal(mtuOf(1500, { mtu: 1400 }, { mtu: 9000 }), 1400);
  assert.equal(mtuOf(1500, { mtu: 9000, mtuOutside: 1400 }), 1400);
  assert.equal(mtuOf(1500, { mtu: 1300, mtuOutside: 1400 }), 1300);
  assert.equal(mtuOf(1500, { mtu: 1400 }, { mtu: 1500 }), 1500);
  assert.equal(mtuOf(1500, { mtu: 9000 }), 1500, "the link's own");
  assert.equal(mtuOf(undefined, { mtu: 1300 }, { mtu: 1400 }), 1400);
});

Deno.test("a PvD that is announced in both ways is an RFC 8801 one, and a container leaves what it cannot say", () => {
  const flags = { http: true, legacy: true, header: false };
  const mif = { encoding: "mif", prefixes: [prefix(P1, 600)] } as const;
  const rfc8801 = { encoding: "rfc8801", flags, delay: 3, sequence: 9 } as const;
  const shown = ({ encoding, flags, delay, sequence }: Domain) => ({ encoding, flags, delay, sequence });
  for (const steps of [[mif, rfc8801], [rfc8801, mif], [mif, rfc8801, mif]]) {
    const domain = only(after(...steps.map((said, at) => ({ at, router: `fe80::${at + 1}`, said }))));
    assert.deepEqual(shown(domain), rfc8801);
    assert.deepEqual(sourceOf(domain, true), { source: "wellKnown", name: "example.org" });
    assert.equal(domain.prefixes.length, 1, "the rest of what it says counts");
  }
  const off = { ...rfc8801, flags: { ...flags, http: false } };
  assert.equal(sourceOf(only(after({ said: rfc8801 }, { said: mif }, { said: off })), true), null);
});

Deno.test("an infinite lifetime is infinite, until a finite one is said", () => {
  const forever = 0xffff_ffff;
  const said = (validS: number) => ({ prefixes: [prefix(P1, validS)] });
  const held = only(after({ said: said(forever) }));
  assert.deepEqual(wanted(held, 1e9).addresses.map(({ validS, preferredS }) => [validS, preferredS]), [[
    null,
    null,
  ]]);
  assert.deepEqual(wanted(held, 1e9).routes.map(({ lifetimeS }) => lifetimeS), [null]);
  const ended = only(after({ said: said(forever) }, { at: 10, said: said(600) }));
  assert.deepEqual(wanted(ended, 10).addresses.map(({ validS, preferredS }) => [validS, preferredS]), [
    [2 * HOUR_S, 600],
  ]);
});

Deno.test("a prefix whose A or L flag is taken back keeps what the flag gave, until that ends by itself", () => {
  const said = (flags: Parameters<typeof prefix>[3]) => ({ prefixes: [prefix(P1, 600, 300, flags)] });
  const noAddress = only(after({ said: said({}) }, { at: 10, said: said({ autonomous: false }) }));
  assert.deepEqual(wanted(noAddress, 10).addresses.map(({ validS, preferredS }) => [validS, preferredS]), [[
    590,
    290,
  ]]);
  const offLink = only(after({ said: said({}) }, { at: 10, said: said({ onLink: false }) }));
  const onLink = wanted(offLink, 10).routes.filter(({ router }) => router === null);
  assert.deepEqual(onLink.map(({ lifetimeS }) => lifetimeS), [590]);
  const never = only(after({ said: said({ onLink: false }) }));
  assert.deepEqual(wanted(never, 0).routes.filter(({ router }) => router === null), []);
});
