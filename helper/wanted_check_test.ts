import assert from "node:assert/strict";
import type { WantedDomain } from "../lib/protocol.ts";
import { checkWanted } from "./wanted_check.ts";

const good: WantedDomain = {
  key: "eth1 explicit office.example.org",
  id: "office.example.org",
  link: "eth1",
  linkIndex: 3,
  interfaceKind: "macvlan",
  mac: "02:11:22:33:44:55",
  mtu: 1480,
  hopLimit: 255,
  reachableTimeMs: 3_600_000,
  retransTimerMs: 0xffff_ffff,
  addresses: [{ address: "2001:db8::2", prefixLength: 64, validS: 100, preferredS: null }],
  routes: [{ prefix: "::/0", router: "fe80::1", preference: "high", metric: 512, lifetimeS: 1800 }],
  neighbors: [{ address: "fe80::1", mac: "00:11:22:33:44:66" }],
  resolvers: ["2001:db8::53", "fe80::53"],
  searchDomains: ["example.org"],
};

Deno.test("checkWanted: a domain as the broker sends it is taken as it is", () => {
  assert.deepEqual(checkWanted(JSON.parse(JSON.stringify(good))), good);
});

const hostile: readonly [string, Record<string, unknown>][] = [
  ["a newline in an id, for a line of one's own in the resolver file", { id: "a\nnameserver 2001:db8::bad" }],
  ["an escape code in an id", { id: "a\u001b[2J" }],
  ["a newline in a search domain", { searchDomains: ["a\nnameserver ::1"] }],
  ["a space in a search domain", { searchDomains: ["a b"] }],
  ["a resolver that is a line", { resolvers: ["2001:db8::53\nsearch evil"] }],
  ["a resolver with a zone", { resolvers: ["fe80::1%eth0"] }],
  ["a multicast resolver", { resolvers: ["ff02::1"] }],
  ["an IPv4 resolver in an IPv6 domain", { resolvers: ["192.0.2.1"] }],
  ["more resolvers than fit", { resolvers: Array.from({ length: 9 }, (_, n) => `2001:db8::${n + 1}`) }],
  ["a link that is a path", { link: "../eth1" }],
  ["a link of sixteen characters", { link: "abcdefghijklmnop" }],
  ["index zero", { linkIndex: 0 }],
  ["another kind of interface", { interfaceKind: "vlan" }],
  ["a multicast MAC", { mac: "03:11:22:33:44:55" }],
  ["a MAC that a maker gave out", { mac: "00:11:22:33:44:55" }],
  ["an MTU below IPv6's least", { mtu: 1279 }],
  ["a hop limit that no packet leaves with", { hopLimit: 0 }],
  ["a hop limit over an octet", { hopLimit: 256 }],
  ["a hop limit that is text", { hopLimit: "64" }],
  ["a domain without a word of its hop limit", { hopLimit: undefined }],
  ["a reachable time of nothing", { reachableTimeMs: 0 }],
  ["a reachable time over an hour", { reachableTimeMs: 3_600_001 }],
  ["half a millisecond between two questions", { retransTimerMs: 0.5 }],
  ["no time between two questions", { retransTimerMs: 0 }],
  ["a time that no advertisement has", { retransTimerMs: 0x1_0000_0000 }],
  ["a link-local address", { addresses: [{ ...good.addresses[0], address: "fe80::2" }] }],
  ["an address that has ended", { addresses: [{ ...good.addresses[0], validS: 0 }] }],
  ["a member too many", { addresses: [{ ...good.addresses[0], label: "x" }] }],
  ["a next hop that is not on the link", { routes: [{ ...good.routes[0], router: "2001:db8::1" }] }],
  ["a neighbour that is not on the link", {
    neighbors: [{ address: "2001:db8::1", mac: "00:11:22:33:44:66" }],
  }],
  ["a multicast MAC for a neighbour", { neighbors: [{ address: "fe80::1", mac: "33:33:00:00:00:01" }] }],
  ["an IPv4 route", { routes: [{ ...good.routes[0], prefix: "0.0.0.0/0" }] }],
  ["a metric of zero", { routes: [{ ...good.routes[0], metric: 0 }] }],
  ["a path beside", { path: "/etc/passwd" }],
];

for (const [what, change] of hostile) {
  Deno.test(`checkWanted: a broker that was taken over cannot send ${what}`, () => {
    assert.throws(() => checkWanted({ ...good, ...change }), SyntaxError);
  });
}
