// The settings file as people write it: defaults, refusals and the sentences that go with them.

import assert from "node:assert/strict";
import { INFINITE_LIFETIME_S } from "../../lib/ndp/types.ts";
import { type InterfaceSettings, readSettings } from "./settings.ts";

function accepted(text: string): readonly InterfaceSettings[] {
  const result = readSettings(text, "advertise.toml");
  assert.ok(result.ok, result.ok ? "" : result.problems.join("\n"));
  return result.interfaces;
}

function only(text: string): InterfaceSettings {
  const [first, ...rest] = accepted(text);
  assert.ok(first !== undefined && rest.length === 0);
  return first;
}

function refused(text: string): readonly string[] {
  const result = readSettings(text, "advertise.toml");
  assert.ok(!result.ok, "no problem was found");
  return result.problems;
}

const ETH1 = `[[interface]]\nname = "eth1"\n`;

Deno.test("readSettings fills in the defaults of RFC 4861 for an interface with a name alone", () => {
  assert.deepEqual(only(ETH1), {
    name: "eth1",
    timing: {
      minIntervalMs: 200_000,
      maxIntervalMs: 600_000,
      minDelayBetweenRasMs: 3000,
      finalAdvertisements: 3,
    },
    header: {
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
    },
    sourceLinkLayerAddress: true,
    mtu: null,
    options: [],
    pvds: [],
  });
});

Deno.test("readSettings derives the other times from max_interval", () => {
  const { timing, header, options } = only(`${ETH1}max_interval = 0.4\n[[interface.route]]\nprefix = "::/0"`);
  assert.deepEqual([timing.minIntervalMs, timing.minDelayBetweenRasMs].map(Math.round), [300, 300]);
  assert.equal(header.routerLifetimeS, 2);
  assert.deepEqual(options, [{ type: "route", prefix: "::/0", preference: "medium", lifetimeS: 2 }]);
});

Deno.test("readSettings takes lifetimes as seconds, with a unit, and infinite", () => {
  const texts = ["0", "3600", '"90s"', '"30min"', '"2h"', '"7d"', '"infinite"'];
  const tables = texts.map((lifetime) => `[[interface.route]]\nprefix = "::/0"\nlifetime = ${lifetime}\n`);
  const lifetimes = only(ETH1 + tables.join("")).options.map((option) =>
    option.type === "route" && option.lifetimeS
  );
  assert.deepEqual(lifetimes, [0, 3600, 90, 1800, 7200, 604_800, INFINITE_LIFETIME_S]);
});

Deno.test("readSettings refuses what is no lifetime", () => {
  for (
    const lifetime of ["-1", "1.5", '"1 h"', '"h"', "4294967295", '"99999999d"', "true", "nan", '"Infinite"']
  ) {
    const problems = refused(`${ETH1}[[interface.route]]\nprefix = "::/0"\nlifetime = ${lifetime}\n`);
    assert.match(
      problems.join("\n"),
      /^advertise\.toml line 5: interface\.route\.lifetime: must be a lifetime/,
      lifetime,
    );
  }
});

Deno.test("readSettings reads every kind of datum, in the order in which they are sent", () => {
  const { options } = only(`${ETH1}
    captive_portal = "https://portal.example/api"
    mtu = 1480
    [[interface.encrypted_dns]]
    name = "Resolver.example."
    addresses = ["2001:DB8::53"]
    parameters = "000100020268"
    [[interface.pref64]]
    prefix = "64:ff9b::/96"
    lifetime = 601
    [[interface.dnssl]]
    domains = ["Example.ORG."]
    [[interface.rdnss]]
    addresses = ["fe80::1"]
    [[interface.route]]
    prefix = "2001:db8:f::/48"
    preference = "low"
    [[interface.prefix]]
    prefix = "2001:db8::1/64"
    router_address = true
    autonomous = false
    valid = "1h"`);
  assert.deepEqual(options, [
    {
      type: "prefix",
      prefix: "2001:db8::/64",
      address: "2001:db8::1",
      onLink: true,
      autonomous: false,
      routerAddress: true,
      dhcpv6Pd: false,
      validS: 3600,
      preferredS: 3600,
    },
    { type: "route", prefix: "2001:db8:f::/48", preference: "low", lifetimeS: 1800 },
    { type: "rdnss", addresses: ["fe80::1"], lifetimeS: 1800 },
    { type: "dnssl", domains: ["example.org"], lifetimeS: 1800 },
    { type: "pref64", prefix: "64:ff9b::/96", lifetimeS: 608 },
    { type: "captivePortal", uri: "https://portal.example/api" },
    {
      type: "encryptedDns",
      priority: 1,
      lifetimeS: 1800,
      authenticationName: "resolver.example",
      addresses: ["2001:db8::53"],
      parameters: Uint8Array.of(0, 1, 0, 2, 2, 0x68),
    },
  ]);
});

Deno.test("readSettings takes the encoding from the form of the id, and an inner header's rest from the outer", () => {
  const { pvds, header } = only(`${ETH1}
    hop_limit = 33
    router_lifetime = 0
    [[interface.pvd]]
    id = "F037EA62-EE4F-44E4-825C-16F2F5CC9B3F"
    [[interface.pvd]]
    id = "Video.Example.org"
    http = true
    delay = 5
    sequence = 7
    mtu = 1400
    header = { router_lifetime = 3600 }
    [[interface.pvd]]
    id = "cafe.example"
    encoding = "mif"`);
  assert.deepEqual(pvds, [
    { encoding: "mif", id: "f037ea62-ee4f-44e4-825c-16f2f5cc9b3f", idType: 4, binary: false, options: [] },
    {
      encoding: "rfc8801",
      id: "video.example.org",
      http: true,
      legacy: false,
      delay: 5,
      sequence: 7,
      header: { ...header, routerLifetimeS: 3600 },
      outside: [],
      options: [{ type: "mtu", mtu: 1400 }],
    },
    { encoding: "mif", id: "cafe.example", idType: 5, binary: false, options: [] },
  ]);
});

Deno.test("readSettings names file, line and key of each error, in the order of the lines", () => {
  const problems = refused(`[[interface]]
name = "eth 1"
max_intervall = 5
[[interface.prefix]]
valid = 10
[[interface.pvd]]
id = "a..b"
[[interface.pvd]]
id = "ok.example"
  [interface.pvd.header]
  hop_limit = 300
  [[interface.pvd.dnssl]]
  domains = [
    "ok.example",
    "not ok",
  ]
`);
  assert.deepEqual(problems, [
    'advertise.toml line 2: interface.name: must be the name of a link such as "eth1", not "eth 1"',
    "advertise.toml line 3: interface.max_intervall: is no setting; did you mean max_interval?",
    "advertise.toml line 4: interface.prefix.prefix: is missing",
    'advertise.toml line 7: interface.pvd.id: must be a DNS name or a UUID, not "a..b"',
    "advertise.toml line 11: interface.pvd.header.hop_limit: must be a whole number from 0 to 255, not 300",
    'advertise.toml line 15: interface.pvd.dnssl.domains: must be a DNS name, not "not ok"',
  ]);
});

Deno.test("readSettings refuses values that do not go together", () => {
  assert.deepEqual(
    refused(`[[interface]]
name = "eth1"
max_interval = 4
min_interval = 3.5
router_lifetime = 2
prefix = [{ prefix = "2001:db8::1/64", valid = 100, preferred = "1h" }]
pvd = [{ id = "f037ea62-ee4f-44e4-825c-16f2f5cc9b3f", http = true },
       { id = "F037EA62-ee4f-44e4-825c-16f2f5cc9b3f" }]
pref64 = [{ prefix = "64:ff9b::/96", lifetime = "infinite" }]
encrypted_dns = [{ name = "a.example", parameters = "00" }]
option = [{ type = 3, data = "000000000000" }]
[[interface]]
name = "eth1"
pvd = [{ id = "a.example", id_type = "name" },
       { id = "b.example", encoding = "mif", id_type = "uuid" }]
`),
    [
      "advertise.toml line 4: interface.min_interval: must be at most three quarters of max_interval, 3",
      "advertise.toml line 5: interface.router_lifetime: must be 0, or from 4 (max_interval) to 65535 seconds",
      "advertise.toml line 6: interface.prefix.preferred: must be at most valid, 100 seconds",
      "advertise.toml line 6: interface.prefix.prefix: must have no bits after its length: 2001:db8::/64 is meant, perhaps",
      'advertise.toml line 7: interface.pvd.http: is for encoding = "rfc8801": a mif container has no place for it',
      "advertise.toml line 8: interface.pvd.id: is the id of a PvD before, on the same interface",
      "advertise.toml line 9: interface.pref64.lifetime: must be at most 65528 seconds (RFC 8781)",
      "advertise.toml line 10: interface.encrypted_dns.parameters: must not be there without addresses (RFC 9463)",
      "advertise.toml line 11: interface.option.type: has settings of its own: 3",
      "advertise.toml line 13: interface.name: is the name of an interface before; put both in one table",
      'advertise.toml line 14: interface.pvd.id_type: is for encoding = "mif": RFC 8801 has names alone',
      "advertise.toml line 15: interface.pvd.id_type: must not be that of a UUID: id is a name",
    ].toSorted((one, other) => parseInt(one.slice(20)) - parseInt(other.slice(20))),
  );
});

Deno.test("readSettings refuses addresses and prefixes that no host would use", () => {
  const refusedValues: [string, string][] = [
    ["rdnss", 'addresses = ["::1"]'],
    ["rdnss", 'addresses = ["ff02::1"]'],
    ["rdnss", 'addresses = ["192.0.2.1"]'],
    ["rdnss", "addresses = []"],
    ["prefix", 'prefix = "fe80::/64"'],
    ["prefix", 'prefix = "2001:db8::"'],
    ["prefix", 'prefix = "10.0.0.0/8"'],
    ["route", 'prefix = "2001:db8::/129"'],
    ["pref64", 'prefix = "64:ff9b::/95"'],
    ["dnssl", "domains = []"],
    ["option", 'data = "0000"\ntype = 200'],
    ["option", 'type = 256\ndata = "000000000000"'],
    [
      "dnssl",
      `domains = [${Array.from({ length: 20 }, (_, index) => `"${"a".repeat(60)}.x${index}"`).join()}]`,
    ],
  ];
  for (const [table, pair] of refusedValues) {
    const [problem = "", ...more] = refused(`${ETH1}[[interface.${table}]]\n${pair}\n`);
    assert.match(problem, new RegExp(`^advertise\\.toml line 4: interface\\.${table}\\.\\w+: must`), pair);
    assert.deepEqual(more, [], pair);
  }
});

Deno.test("readSettings says what is wrong with a text that is not TOML, and with an empty one", () => {
  assert.match(refused("a = 1\nb =\n").join("\n"), /^advertise\.toml line 2: is not TOML: [^\n]+$/);
  assert.deepEqual(refused(""), ["advertise.toml: interface: is missing"]);
  assert.deepEqual(refused(`[interface]\nname = "eth1"`), [
    "advertise.toml line 1: interface: must be a table in double brackets",
  ]);
});

Deno.test("readSettings lets no control character of the file's name, a key or a value into its sentences", () => {
  const result = readSettings('"\\u001b[2J" = 1\n[[interface]]\nname = "a\\u001bb"\n', "x\n.toml");
  assert.ok(!result.ok);
  // deno-lint-ignore no-control-regex
  for (const problem of result.problems) assert.doesNotMatch(problem, /[\x00-\x1f]/);
});
