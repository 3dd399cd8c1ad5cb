// What `pvd check` makes of what was found: each thing that can be wrong gives the verdict that it deserves, and where
// there is something to do it says what. Values alone; the lab has the real things.

import assert from "node:assert/strict";
import type { DomainView } from "../../lib/protocol.ts";
import { SAMPLE_DOMAIN } from "../testing.ts";
import { question, responseCode } from "./ask_resolver.ts";
import { type Found, readFound } from "./found.ts";
import { nameservers } from "./inside.ts";
import { judge } from "./judge.ts";
import { isLookupName, nameFor } from "./judge_names.ts";
import { sourcesIn } from "./name_services.ts";
import { type Evidence, type Row, worst } from "./rows.ts";
import { formatCheck } from "./text.ts";

const GOOD: Found = {
  namespace: "net:[4026532000]",
  interfaces: [
    { name: "lo", up: true, loopback: true },
    { name: "mifpvd", up: true, loopback: false },
    { name: "sit0", up: false, loopback: false },
  ],
  addresses: [{ interface: "mifpvd", family: "inet6", address: "2001:db8:1::1", state: "usable" }],
  routes: [
    { interface: "mifpvd", family: "inet6", prefix: "::/0", gateway: "fe80::1" },
    { interface: "mifpvd", family: "inet6", prefix: "fe80::/64", gateway: null },
  ],
  routers: [{ address: "fe80::1", answer: "answer", ms: 1 }],
  resolvers: [{ address: "2001:db8:1::53", answer: "answer", responseCode: 0, ms: 3 }],
  lookups: [
    { family: "inet6", code: 0, addresses: ["2001:db8::2"], ms: 4 },
    { family: "inet", code: -5, addresses: [], ms: 4 },
  ],
  nameSources: ["files", "mdns4_minimal", "dns"],
  services: [{ name: "nscd", reachable: false }, { name: "avahi-daemon", reachable: false }],
};
const READY: DomainView = { ...SAMPLE_DOMAIN, pref64: [] };

function rowsOf(
  inside: Partial<Found> | { readonly problem: string } = {},
  domain: Partial<DomainView> = {},
  name: Evidence["name"] = { text: "office.example.com.", asked: false },
): Row[] {
  return judge({
    domain: { ...READY, ...domain },
    hostNamespace: "net:[4026531840]",
    name,
    inside: "problem" in inside ? inside : { ...GOOD, ...inside },
  });
}

/** "verdict: found", of the rows of one check. */
function told(rows: readonly Row[], check: Row["check"], family: Row["family"] = null): string[] {
  return rows.filter((row) => row.check === check && row.family === family)
    .map(({ verdict, found }) => `${verdict}: ${found}`);
}

function firstOf(rows: readonly Row[], check: Row["check"], family: Row["family"] = null): string {
  return told(rows, check, family)[0] ?? "";
}

Deno.test("judge finds nothing wrong with a PvD that works, IPv6 only and with a name without IPv4 address", () => {
  const rows = rowsOf();
  assert.deepEqual(rows.filter(({ verdict }) => verdict !== "ok"), []);
  assert.equal(worst(rows), "ok");
  assert.equal(firstOf(rows, "address", "ipv4"), "ok: none: the PvD is IPv6 only");
});

Deno.test("judge: where no program can be started, that is the problem and the rest was not tried", () => {
  const rows = rowsOf({ problem: "you may not" });
  assert.equal(firstOf(rows, "start"), "problem: you may not");
  const others = rows.filter(({ check }) => check !== "state" && check !== "start");
  assert(others.length >= 10 && others.every(({ verdict }) => verdict === "notTried"));
  assert.equal(worst(rows), "problem");
  assert.deepEqual([...new Set(rows.map(({ check }) => check))], [
    ...new Set(rowsOf().map(({ check }) => check)),
  ]);
});

Deno.test("judge: every row that is no good says what to do, but for those that name what is there", () => {
  const all = [
    ...rowsOf({ problem: "x" }),
    ...rowsOf({ namespace: "net:[4026531840]", interfaces: [], addresses: [], routes: [], routers: [] }),
    ...rowsOf({ resolvers: [{ address: "::1", answer: "none", responseCode: null, ms: 1 }] }, { rdnss: [] }),
  ];
  for (const { verdict, advice, check } of all) {
    if (verdict === "problem") assert.notEqual(advice, null, check);
  }
});

Deno.test("judge: a program that runs in the host's network, or sees another interface, is a problem", () => {
  assert.match(firstOf(rowsOf({ namespace: "net:[4026531840]" }), "namespace"), /^problem: .*host's own/);
  assert.match(firstOf(rowsOf({ namespace: "" }), "namespace"), /^problem/);
  const eth0 = { name: "eth0", up: true, loopback: false };
  assert.match(
    firstOf(rowsOf({ interfaces: [...GOOD.interfaces, eth0] }), "interfaces"),
    /^problem: .*: eth0$/,
  );
  assert.match(
    firstOf(rowsOf({ interfaces: [{ ...eth0, name: "mifpvd", up: false }] }), "interfaces"),
    /is down$/,
  );
  assert.match(firstOf(rowsOf({ interfaces: [] }), "interfaces"), /^problem: it has no interface/);
});

Deno.test("judge: addresses that cannot be used, each with its reason", () => {
  const of = (state: Found["addresses"][number]["state"]) =>
    firstOf(
      rowsOf({ addresses: [{ interface: "mifpvd", family: "inet6", address: "2001:db8::1", state }] }),
      "address",
      "ipv6",
    );
  assert.equal(of("usable"), "ok: 2001:db8::1");
  assert.equal(of("duplicate"), "problem: another host on the link has 2001:db8::1");
  assert.equal(of("tentative"), "problem: still being checked for duplicates");
  assert.match(of("deprecated"), /^warning: deprecated/);
  assert.match(
    firstOf(rowsOf({ addresses: [] }), "address", "ipv6"),
    /^problem: none, though .* should be there$/,
  );
  assert.match(
    firstOf(rowsOf({ addresses: [] }, { addresses: [] }), "address", "ipv6"),
    /no router announces a prefix/,
  );
});

Deno.test("judge: no default route is a problem where a router announced itself, else a thing to know", () => {
  const routes = [{
    interface: "mifpvd",
    family: "inet6",
    prefix: "2001:db8:f::/48",
    gateway: "fe80::1",
  }] as const;
  assert.match(firstOf(rowsOf({ routes }), "defaultRoute", "ipv6"), /^problem: none, though fe80::1/);
  assert.equal(
    firstOf(rowsOf({ routes }, { routers: [] }), "defaultRoute", "ipv6"),
    "warning: none is announced: only 2001:db8:f::/48 can be reached",
  );
});

Deno.test("judge: a router that is gone is a problem, and a warning where another one answers", () => {
  const gone = { address: "fe80::1", answer: "none", ms: 3000 } as const;
  assert.match(firstOf(rowsOf({ routers: [gone] }), "router"), /^problem: is not on the link/);
  const both = told(rowsOf({ routers: [gone, { address: "fe80::2", answer: "neighbor", ms: 9 }] }), "router");
  assert.deepEqual(both.map((each) => each.split(":")[0]), ["warning", "ok"]);
});

Deno.test("judge: a resolver file that is not the PvD's is a problem, and so are resolvers that are all silent", () => {
  const at = (
    address: string,
    answer: Found["resolvers"][number]["answer"] = "answer",
    responseCode: number | null = 0,
  ) => ({ address, answer, responseCode, ms: 1 });
  assert.match(
    firstOf(rowsOf({ resolvers: [at("127.0.0.53")] }), "resolverFile"),
    /^problem: .*127\.0\.0\.53/,
  );
  assert.match(
    firstOf(rowsOf({ resolvers: [] }), "resolverFile"),
    /^problem: .*names none of 2001:db8:1::53/,
  );
  assert.match(
    firstOf(rowsOf({ resolvers: [] }, { rdnss: [] }), "resolverFile"),
    /^warning: .*announces no resolvers/,
  );
  const linkLocal = rowsOf({ resolvers: [at("fe80::1%mifpvd")] }, {
    rdnss: [{ address: "fe80::1", lifetimeS: 9 }],
  });
  assert.match(firstOf(linkLocal, "resolverFile"), /^ok/);
  const silent = told(rowsOf({ resolvers: [at("2001:db8:1::53", "none", null)] }), "resolver");
  assert.deepEqual(silent, ["problem: gives no answer"]);
  const one = told(rowsOf({ resolvers: [at("::1", "refused", null), at("::2")] }), "resolver");
  assert.deepEqual(one, ["warning: no name server listens there", "ok: answers after 1 ms"]);
  assert.deepEqual(told(rowsOf({ resolvers: [at("::1", "answer", 5)] }), "resolver"), [
    "warning: answers REFUSED",
  ]);
});

Deno.test("judge: an answer that came from elsewhere than the PvD's resolvers is noticed", () => {
  const silent = [{ address: "2001:db8:1::53", answer: "none", responseCode: null, ms: 9 }] as const;
  assert.match(
    firstOf(rowsOf({ resolvers: silent }), "lookup", "ipv6"),
    /^warning: 2001:db8::2 .*none of the PvD's/,
  );
});

Deno.test("judge: a look-up that fails, one of a name that there is not, and one that the PvD is not asked", () => {
  const lookups = (code: number): Found["lookups"] =>
    (["inet6", "inet"] as const).map((family) => ({ family, code, addresses: [], ms: 1 }));
  assert.match(
    firstOf(rowsOf({ lookups: lookups(-3) }), "lookup", "ipv4"),
    /^problem: no resolver gives an answer/,
  );
  assert.match(
    firstOf(rowsOf({ lookups: lookups(-2) }), "lookup", "ipv6"),
    /^ok: answered: it has no IPv6 address/,
  );
  const asked = rowsOf({ lookups: lookups(-2) }, {}, { text: "intranet", asked: true });
  assert.match(firstOf(asked, "lookup", "ipv6"), /^warning: answered/);
  const files = rowsOf({ lookups: lookups(-2), nameSources: ["files"] });
  assert.match(firstOf(files, "lookup", "ipv6"), /^warning: .*has no dns/);
  assert.match(firstOf(rowsOf({ lookups: [] }, {}, null), "lookup", "ipv6"), /^notTried/);
});

Deno.test("judge: a host's service that answers for names is a problem where it is asked, and a warning where it may be", () => {
  const reachable = (name: string, nameSources: readonly string[]) =>
    rowsOf({ services: [{ name, reachable: true }], nameSources });
  assert.match(firstOf(reachable("nscd", ["dns"]), "hostService"), /^problem/);
  assert.match(firstOf(reachable("avahi-daemon", ["mdns4_minimal", "dns"]), "hostService"), /^problem/);
  assert.match(
    firstOf(reachable("avahi-daemon", ["mdns4_minimal", "dns"]), "nameSources"),
    /^problem: .*mdns4_minimal/,
  );
  assert.match(firstOf(reachable("systemd-resolved", ["dns"]), "hostService"), /^warning/);
  assert.match(firstOf(reachable("sssd", ["dns"]), "hostService"), /^ok/);
  assert.match(firstOf(reachable("sssd", ["sss", "dns"]), "hostService"), /^problem/);
  assert.match(firstOf(rowsOf({ nameSources: ["quux", "dns"] }), "nameSources"), /^warning: .*quux/);
});

Deno.test("nameFor takes what was asked, else an id or search domain that is a DNS name, with its final dot", () => {
  const uuid = "f037ea62-ee4f-44e4-825c-16f2f5cc9b3f";
  const dnssl = [{ domain: "example.net", lifetimeS: 9 }];
  assert.deepEqual(nameFor(READY, "intranet"), { text: "intranet", asked: true });
  assert.deepEqual(nameFor(READY, null), { text: "office.example.com.", asked: false });
  assert.deepEqual(nameFor({ ...READY, id: uuid, dnssl }, null), { text: "example.net.", asked: false });
  assert.equal(nameFor({ ...READY, id: uuid, dnssl: [{ domain: "a\\032b.c", lifetimeS: 1 }] }, null), null);
  for (const name of ["", "-x", "a b", "a..b", "a\n", "x".repeat(64), "..", "\\044"]) {
    assert(!isLookupName(name), name);
  }
  for (const name of ["a", "a.b.", "_x.y-z", "xn--a"]) assert(isLookupName(name), name);
});

Deno.test("formatCheck shows a row each, advice below it, within the width, and nothing of a network's raw", () => {
  const rows = rowsOf({
    addresses: [],
    interfaces: [{ name: "\x1b[2Jeth0", up: true, loopback: false }],
    services: [{ name: "nscd", reachable: true }],
  });
  const wide = formatCheck("office.example.com", rows, { width: null, colour: false });
  assert.match(wide, /^PROBLEM +address IPv6 +none, though/m);
  assert.match(wide, /^ +-> see the log of pvd-helper/m);
  assert.match(wide, /\nPvD office\.example\.com has 3 problems\.\n$/);
  // deno-lint-ignore no-control-regex -- they are what must not be there
  assert.doesNotMatch(wide, /[\x00-\x09\x0b-\x1f]/);
  for (const line of formatCheck("office.example.com", rows, { width: 80, colour: false }).split("\n")) {
    assert(line.length <= 80, line);
  }
});

Deno.test("readFound takes what it is given whole, and nothing else", () => {
  assert.deepEqual(readFound(JSON.parse(JSON.stringify(GOOD))), GOOD);
  for (
    const wrong of [null, {}, { ...GOOD, more: 1 }, { ...GOOD, routers: [{ address: "x" }] }, {
      ...GOOD,
      namespace: 1,
    }]
  ) {
    assert.throws(() => readFound(wrong), SyntaxError);
  }
});

Deno.test("question and responseCode: one question, and only an answer to it counts", () => {
  const id = Uint8Array.of(1, 2);
  const asked = question(id, "www.example.");
  assert.deepEqual([...asked], [
    ...[1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0],
    ...[3, 119, 119, 119, 7, 101, 120, 97, 109, 112, 108, 101, 0, 0, 1, 0, 1],
  ]);
  assert.deepEqual([...question(id, null).slice(12)], [0, 0, 2, 0, 1]);
  const answer = Uint8Array.of(1, 2, 0x81, 0x83, 0, 1, 0, 0, 0, 0, 0, 0);
  assert.equal(responseCode(id, answer), 3);
  assert.equal(responseCode(Uint8Array.of(9, 9), answer), null);
  assert.equal(responseCode(id, asked), null);
  assert.equal(responseCode(id, answer.subarray(0, 11)), null);
});

Deno.test("sourcesIn and nameservers read the system's files as the C library does", () => {
  const text =
    "passwd: files sss\n# hosts: nothing\nhosts:\tfiles mdns4_minimal [NOTFOUND=return] dns # why\n";
  assert.deepEqual(sourcesIn(text), ["files", "mdns4_minimal", "dns"]);
  assert.deepEqual(sourcesIn(""), ["dns", "files"]);
  assert.deepEqual(nameservers("# nameserver ::9\nnameserver ::1\nsearch x\nnameserver\tfe80::1%mifpvd\n"), [
    "::1",
    "fe80::1%mifpvd",
  ]);
});
