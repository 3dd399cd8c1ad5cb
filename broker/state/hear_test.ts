import assert from "node:assert/strict";
import type { DomainAdvertisement } from "../../lib/ndp/types.ts";
import { expire, linkGone, nextDeadline } from "./expire.ts";
import { hear } from "./hear.ts";
import { advertisement, header, prefix } from "./testing.ts";
import { type Domain, EMPTY_STATE, type State } from "./types.ts";

const HOUR_S = 3600;
const KEY = "explicit eth1 example.org";

function hearing(now: number, router = "fe80::1", link = "eth1", linkIndex = 2) {
  return { link, linkIndex, router, now };
}

/** What is known after one advertisement after the other, each at its second. */
function after(...said: [seconds: number, advertisement: DomainAdvertisement, router?: string][]): State {
  return said.reduce(
    (state, [seconds, what, router]) =>
      hear(expire(state, seconds * 1000).state, hearing(seconds * 1000, router), [what]).state,
    EMPTY_STATE,
  );
}

function only(state: State): Domain {
  const [domain, ...others] = state.domains.values();
  assert.ok(domain !== undefined && others.length === 0, `${state.domains.size} domains, not one`);
  return domain;
}

Deno.test("hear makes an explicit domain of a router alone", () => {
  const heard = hear(EMPTY_STATE, hearing(0), [advertisement()]);
  assert.deepEqual(heard.touched, [KEY]);
  assert.deepEqual(heard.made, [KEY]);
  assert.deepEqual(only(heard.state).routers, [{
    router: "fe80::1",
    preference: "medium",
    validUntil: 1_800_000,
  }]);
});

Deno.test("hear makes an implicit domain only where there is a prefix or a route", () => {
  const nothing = advertisement({
    kind: "implicit",
    id: "some-uuid",
    rdnss: [{ address: "2001:db8::1", lifetimeS: 9 }],
  });
  assert.equal(hear(EMPTY_STATE, hearing(0), [nothing]).state.domains.size, 0);
  const routed = {
    ...nothing,
    routes: [{ prefix: "2001:db8::/32", preference: "low" as const, lifetimeS: 60 }],
  };
  assert.equal(only(hear(EMPTY_STATE, hearing(0), [routed]).state).key, "implicit eth1 fe80::1");
});

Deno.test("hear keeps the id that an implicit domain was made with", () => {
  const first = advertisement({ kind: "implicit", id: "one", prefixes: [prefix("2001:db8:1::/64", 60)] });
  const second = advertisement({ kind: "implicit", id: "two", prefixes: [prefix("2001:db8:2::/64", 60)] });
  const domain = only(after([0, first], [1, second]));
  assert.equal(domain.id, "one");
  assert.deepEqual(domain.prefixes.map((held) => held.prefix), ["2001:db8:1::/64", "2001:db8:2::/64"]);
});

Deno.test("hear keeps two implicit domains of two routers apart", () => {
  const said = advertisement({ kind: "implicit", id: "one", prefixes: [prefix("2001:db8:1::/64", 60)] });
  assert.equal(after([0, said], [1, said, "fe80::2"]).domains.size, 2);
});

Deno.test("hear takes an explicit domain from two routers as one with two default routers", () => {
  const state = after([0, advertisement()], [1, advertisement({ id: "Example.ORG" }), "fe80::2"]);
  assert.deepEqual(only(state).routers.map((router) => router.router), ["fe80::1", "fe80::2"]);
});

Deno.test("hear keeps the same explicit domain on two links apart", () => {
  const state = after([0, advertisement()]);
  assert.equal(hear(state, hearing(0, "fe80::1", "eth2", 3), [advertisement()]).state.domains.size, 2);
});

Deno.test("hear takes a link of the same name and another index as another link", () => {
  const old = after([0, advertisement({ prefixes: [prefix("2001:db8:1::/64", 60)] })]);
  const heard = hear(old, hearing(1000, "fe80::1", "eth1", 9), [advertisement()]);
  assert.equal(only(heard.state).linkIndex, 9);
  assert.deepEqual(only(heard.state).prefixes, []);
});

Deno.test("hear removes nothing that an advertisement leaves out", () => {
  const full = advertisement({
    mtu: 1400,
    captivePortal: "https://portal.example/",
    prefixes: [prefix("2001:db8:1::/64", 600)],
    routes: [{ prefix: "2001:db8::/32", preference: "high", lifetimeS: 600 }],
    rdnss: [{ address: "2001:db8::53", lifetimeS: 600 }],
    dnssl: [{ domain: "example.org", lifetimeS: 600 }],
    pref64: [{ prefix: "64:ff9b::/96", lifetimeS: 600 }],
  });
  const { routers: _before, ...before } = only(after([0, full]));
  const { routers: _later, ...later } = only(after([0, full], [10, advertisement()]));
  assert.deepEqual(later, before);
});

Deno.test("hear takes hop limit and times of the header, where they are not 0, by the last router (RFC 4861 6.3.4)", () => {
  const said = (curHopLimit: number, reachableTimeMs: number, retransTimerMs: number) =>
    advertisement({ header: { ...header(1800), curHopLimit, reachableTimeMs, retransTimerMs } });
  const known = (...[first, ...more]: Parameters<typeof after>) => {
    const { hopLimit, reachableTimeMs, retransTimerMs } = only(after(...(first ? [first] : []), ...more));
    return [hopLimit, reachableTimeMs, retransTimerMs];
  };
  assert.deepEqual(known([0, said(0, 0, 0)]), [null, null, null], "nobody has said anything");
  assert.deepEqual(known([0, said(33, 30_000, 1000)]), [33, 30_000, 1000]);
  assert.deepEqual(
    known([0, said(33, 30_000, 1000)], [1, said(0, 0, 0)]),
    [33, 30_000, 1000],
    "0 says nothing",
  );
  assert.deepEqual(known([0, said(33, 30_000, 1000)], [1, said(0, 20_000, 0)]), [33, 20_000, 1000]);
  assert.deepEqual(
    known([0, said(33, 30_000, 1000)], [1, said(44, 0, 2000), "fe80::2"], [2, said(0, 7000, 0)]),
    [44, 7000, 2000],
    "whichever router it was",
  );
  const whole = said(255, 0xffff_ffff, 0xffff_ffff);
  assert.deepEqual(known([0, whole]), [255, 0xffff_ffff, 0xffff_ffff], "as it is said");
  assert.deepEqual(
    known([0, said(33, 30_000, 1000)], [1, { ...said(0, 0, 0), header: header(0) }], [2, said(0, 0, 1)]),
    [null, null, 1],
    "a domain that ended knows nothing of before",
  );
});

Deno.test("hear ends each datum at once when its lifetime is 0", () => {
  const data = (lifetimeS: number) =>
    advertisement({
      prefixes: [prefix("2001:db8:1::/64", lifetimeS, lifetimeS, { autonomous: false })],
      routes: [{ prefix: "2001:db8::/32", preference: "high", lifetimeS }],
      rdnss: [{ address: "2001:db8::53", lifetimeS }],
      dnssl: [{ domain: "example.org", lifetimeS }],
      pref64: [{ prefix: "64:ff9b::/96", lifetimeS }],
      encryptedDns: [{
        priority: 1,
        authenticationName: "dns.example",
        addresses: [],
        parameters: "",
        lifetimeS,
      }],
    });
  const domain = only(after([0, data(600)], [1, data(0)]));
  const { prefixes, routes, rdnss, dnssl, pref64, encryptedDns } = domain;
  assert.deepEqual([prefixes, routes, rdnss, dnssl, pref64, encryptedDns], [[], [], [], [], [], []]);
});

Deno.test("hear with router lifetime 0 removes that default router and nothing else", () => {
  const said = advertisement({ prefixes: [prefix("2001:db8:1::/64", 600)] });
  const domain = only(after([0, said], [1, said, "fe80::2"], [2, { ...said, header: header(0) }]));
  assert.deepEqual(domain.routers.map((router) => router.router), ["fe80::2"]);
  assert.equal(domain.prefixes.length, 1);
});

Deno.test("hear of a route withdrawn by one router leaves the other router's", () => {
  const routed = (lifetimeS: number) =>
    advertisement({ routes: [{ prefix: "2001:db8::/32", preference: "medium", lifetimeS }] });
  const domain = only(after([0, routed(60)], [1, routed(60), "fe80::2"], [2, routed(0)]));
  assert.deepEqual(domain.routes.map((route) => route.router), ["fe80::2"]);
});

Deno.test("hear of a goodbye whose every lifetime is 0 ends the domain, also where addresses lived on", () => {
  const state = after([0, advertisement({ prefixes: [prefix("2001:db8:1::/64", 86400)] })]);
  const goodbye = advertisement({ header: header(0), prefixes: [prefix("2001:db8:1::/64", 0)] });
  const heard = hear(state, hearing(1000), [goodbye]);
  assert.equal(heard.state.domains.size, 0);
  assert.deepEqual(heard.ended.map((domain) => domain.key), [KEY]);
});

Deno.test("hear of MIF-PvD's goodbye leaves the prefix, whose lifetime it does not touch", () => {
  const mif = (lifetimeS: number) =>
    advertisement({
      encoding: "mif",
      header: header(lifetimeS),
      prefixes: [prefix("2001:db8:1::/64", 86400)],
      rdnss: [{ address: "2001:db8::53", lifetimeS }],
    });
  const domain = only(after([0, mif(600)], [1, mif(0)]));
  assert.deepEqual([domain.routers, domain.rdnss, domain.prefixes.length], [[], [], 1]);
});

Deno.test("hear lets a ::/0 route of lifetime 0 override the header's default router (RFC 4191 3.1)", () => {
  const said = advertisement({
    prefixes: [prefix("2001:db8:1::/64", 600)],
    routes: [{ prefix: "::/0", preference: "medium", lifetimeS: 0 }],
  });
  assert.deepEqual(only(after([0, advertisement()], [1, said])).routers, []);
});

Deno.test("hear applies the two-hour rule to addresses and not to the on-link list", () => {
  const said = (validS: number) => advertisement({ prefixes: [prefix("2001:db8:1::/64", validS)] });
  const lives = (...steps: number[]) => {
    const [held] =
      only(after(...steps.map((validS, at): [number, DomainAdvertisement] => [at, said(validS)]))).prefixes;
    assert.ok(held !== undefined);
    return [held.addressValidUntil / 1000, held.addressPreferredUntil / 1000, held.onLinkUntil / 1000];
  };
  assert.deepEqual(lives(24 * HOUR_S, 0), [1 + 2 * HOUR_S, 0, 0], "withdrawn: two hours, deprecated");
  assert.deepEqual(lives(24 * HOUR_S, 60), [1 + 2 * HOUR_S, 61, 61], "shortened: two hours");
  assert.deepEqual(
    lives(24 * HOUR_S, 3 * HOUR_S),
    [1 + 3 * HOUR_S, 1 + 3 * HOUR_S, 1 + 3 * HOUR_S],
    "over two hours: taken",
  );
  assert.deepEqual(lives(600, 60), [600, 61, 61], "less than two hours left: kept");
  assert.deepEqual(lives(600, 700), [701, 701, 701], "longer than what is left: taken");
});

Deno.test("hear does not let zeroed prefixes shorten an address again and again", () => {
  const said = (validS: number) => advertisement({ prefixes: [prefix("2001:db8:1::/64", validS)] });
  const [held] = only(after([0, said(86400)], [10, said(0)], [20, said(0)], [30, said(1)])).prefixes;
  assert.equal(held?.addressValidUntil, (10 + 2 * HOUR_S) * 1000);
});

Deno.test("hear makes no address where preferred is over valid, or the prefix is no /64, or link-local", () => {
  const domain = only(after([
    0,
    advertisement({
      prefixes: [prefix("2001:db8:1::/64", 60, 61), prefix("2001:db8::/48", 60), prefix("fe80::/64", 60)],
    }),
  ]));
  assert.deepEqual(domain.prefixes.map((held) => [held.prefix, held.addressValidUntil, held.onLinkUntil]), [
    ["2001:db8:1::/64", 0, 60_000],
    ["2001:db8::/48", 0, 60_000],
  ]);
});

Deno.test("hear ignores an MTU under 1280 and keeps the one before", () => {
  assert.equal(only(after([0, advertisement({ mtu: 1400 })], [1, advertisement({ mtu: 1279 })])).mtu, 1400);
});

Deno.test("hear refuses the newest domain at the link's cap, counts it, and still renews the old", () => {
  const limits = { domains: 3, domainsPerLink: 2 };
  const ids = ["a.example", "b.example", "c.example"];
  const heard = hear(EMPTY_STATE, hearing(0), ids.map((id) => advertisement({ id })), limits);
  assert.deepEqual(heard.refused, ["domains on the link"]);
  assert.deepEqual(heard.touched, ["explicit eth1 a.example", "explicit eth1 b.example"]);
  const other = hear(
    heard.state,
    hearing(0, "fe80::1", "eth2", 3),
    ids.map((id) => advertisement({ id })),
    limits,
  );
  assert.deepEqual(other.refused, ["domains", "domains"]);
  assert.deepEqual(hear(other.state, hearing(1), [advertisement({ id: "a.example" })], limits).refused, []);
});

Deno.test("hear refuses the newest datum at a domain's cap and names it", () => {
  const many = <T>(count: number, each: (n: number) => T) => Array.from({ length: count }, (_, n) => each(n));
  const said = advertisement({
    prefixes: many(33, (n) => prefix(`2001:db8:${n}::/64`, 60)),
    routes: many(89, (n) => ({ prefix: `2001:db8:${n}::/48`, preference: "low" as const, lifetimeS: 60 })),
    rdnss: many(9, (n) => ({ address: `2001:db8::${n}`, lifetimeS: 60 })),
    dnssl: many(17, (n) => ({ domain: `d${n}.example`, lifetimeS: 60 })),
  });
  const heard = hear(EMPTY_STATE, hearing(0), [said]);
  assert.deepEqual(heard.refused, [
    "prefixes of a domain",
    "routes of a domain",
    "resolvers of a domain",
    "search domains of a domain",
  ]);
  assert.equal(only(heard.state).rdnss.at(-1)?.address, "2001:db8::7");
});

Deno.test("expire ends each datum at its own moment and the domain with its last", () => {
  const state = after([
    0,
    advertisement({
      header: header(100),
      prefixes: [prefix("2001:db8:1::/64", 300)],
      routes: [{ prefix: "2001:db8::/32", preference: "high", lifetimeS: 200 }],
      rdnss: [{ address: "2001:db8::53", lifetimeS: 900 }],
    }),
  ]);
  const moments = [];
  let now = 0;
  for (let rest = state; rest.domains.size > 0;) {
    now = nextDeadline(rest);
    rest = expire(rest, now).state;
    const [domain] = rest.domains.values();
    moments.push([
      now / 1000,
      domain && [domain.routers.length, domain.routes.length, domain.prefixes.length],
    ]);
  }
  assert.deepEqual(
    moments,
    [[100, [0, 1, 1]], [200, [0, 0, 1]], [300, undefined]],
    "a resolver holds no domain",
  );
});

Deno.test("expire never ends what is infinite, and nextDeadline has nothing to wait for", () => {
  const state = after([
    0,
    advertisement({ header: header(0), prefixes: [prefix("2001:db8:1::/64", 0xffff_ffff)] }),
  ]);
  assert.equal(nextDeadline(state), Infinity);
  assert.equal(expire(state, 1e15).state, state);
});

Deno.test("linkGone ends the domains of that link alone", () => {
  const one = after([0, advertisement()]);
  const two = hear(one, hearing(0, "fe80::1", "eth2", 3), [advertisement()]).state;
  const gone = linkGone(two, 2);
  assert.deepEqual(gone.ended.map((domain) => domain.link), ["eth1"]);
  assert.equal(only(gone.state).link, "eth2");
});
