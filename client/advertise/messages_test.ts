// What the settings become on the wire, against what MIF-PvD's radvd, the RFC 8801 fork of radvd and Debian's radvd
// sent for the same settings, as captured.

import assert from "node:assert/strict";
import { parseMessage } from "../../lib/ndp/parse.ts";
import type { NdOption, RouterAdvertisement } from "../../lib/ndp/types.ts";
import { goodbye } from "./endings.ts";
import { type Advertisements, advertisements, type LinkFacts, messageBytes } from "./messages.ts";
import { type InterfaceSettings, readSettings } from "./settings.ts";

const CAPTURES = new URL("../../tests/data/captures/", import.meta.url);
const ETHERNET_AND_IPV6_OCTETS = 54;
const CHECKSUM = { start: 2, end: 4 };
const OPTION_MIF_CONTAINER = 63;

/** The ICMPv6 messages of a capture that are advertisements, without their checksums. */
function captured(name: string): Uint8Array[] {
  const file = Deno.readFileSync(new URL(name, CAPTURES));
  const view = new DataView(file.buffer);
  const messages: Uint8Array[] = [];
  for (let at = 24; at < file.length;) {
    const octets = view.getUint32(at + 8, true);
    const message = file.slice(at + 16 + ETHERNET_AND_IPV6_OCTETS, at + 16 + octets);
    if (message[0] === 134) messages.push(message.fill(0, CHECKSUM.start, CHECKSUM.end));
    at += 16 + octets;
  }
  return messages;
}

function settingsOf(text: string): InterfaceSettings {
  const result = readSettings(text, "test.toml");
  assert.ok(result.ok, result.ok ? "" : result.problems.join("\n"));
  const [first] = result.interfaces;
  assert.ok(first !== undefined);
  return first;
}

function example(): string {
  return Deno.readTextFileSync(new URL("example.toml", import.meta.url));
}

function onlyMessage({ messages, problems }: Advertisements): RouterAdvertisement {
  const [message, ...more] = messages;
  assert.ok(message !== undefined && more.length === 0 && problems.length === 0);
  return message;
}

function parsed(bytes: Uint8Array): RouterAdvertisement {
  const result = parseMessage(bytes, { source: "fe80::1", hopLimit: 255 });
  assert.ok(result.ok && result.message.type === "routerAdvertisement");
  return result.message;
}

/** The bytes of the first option of a type at the outermost level. */
function optionBytes(message: Uint8Array, type: number): Uint8Array {
  for (let at = 16; at < message.length; at += 8 * (message[at + 1] ?? 1)) {
    if (message[at] === type) return message.subarray(at, at + 8 * (message[at + 1] ?? 0));
  }
  return assert.fail(`there is no option of type ${type}`);
}

/** The text that makes R2's settings of R1's. */
function asR2(text: string): string {
  return text.replaceAll("db8:1:", "db8:2:").replaceAll("db8:10:", "db8:20:").replaceAll(
    "example-1",
    "example-2",
  )
    .replaceAll("9b3f", "9b3e");
}

const R1: LinkFacts = { mac: "56:b4:6d:7c:aa:3a", mtu: 1500 };
const R2: LinkFacts = { mac: "7a:04:62:b6:81:c5", mtu: 1500 };

Deno.test("advertisements: example.toml is, byte for byte, what R1 of MIF-PvD's test case 1 sent", () => {
  const [sent = new Uint8Array()] = captured("mif-1pvd-tc01R1.pcap");
  const message = onlyMessage(advertisements(settingsOf(example()), R1));
  const bytes = messageBytes(message);
  assert.deepEqual(optionBytes(bytes, OPTION_MIF_CONTAINER), optionBytes(sent, OPTION_MIF_CONTAINER));
  assert.deepEqual(parsed(bytes), parsed(sent));
  assert.deepEqual(bytes, sent);
});

Deno.test("advertisements: changed as its comment says, example.toml is what R2 sent", () => {
  const [sent = new Uint8Array()] = captured("mif-1pvd-tc01R2.pcap");
  assert.deepEqual(messageBytes(onlyMessage(advertisements(settingsOf(asR2(example())), R2))), sent);
});

Deno.test("advertisements: with encoding rfc8801 the same file sends the implicit PvD and the explicit one apart", () => {
  const settings = settingsOf(example().replace('encoding = "mif"', 'encoding = "rfc8801"'));
  const { messages } = advertisements(settings, R1);
  const mif = onlyMessage(advertisements(settingsOf(example()), R1));
  const container = mif.options.find((option) => option.type === "mifContainer");
  const linkLayerAddress = { type: "sourceLinkLayerAddress", address: R1.mac };
  assert.ok(container?.type === "mifContainer");
  assert.deepEqual(messages.map((message) => message.options), [
    mif.options.filter((option) => option.type !== "mifContainer"),
    [linkLayerAddress, {
      type: "pvd",
      name: "f037ea62-ee4f-44e4-825c-16f2f5cc9b3f",
      http: false,
      legacy: false,
      delay: 0,
      sequence: 0,
      header: null,
      options: container.options.filter((option) => option.type !== "mifId"),
    }],
  ]);
  for (const message of messages) assert.deepEqual(parsed(messageBytes(message)), message);
});

const OUTER = `
  [[interface.prefix]]
  prefix = "2001:db8:1:1::/64"
  router_address = true
  [[interface.route]]
  prefix = "2001:db8:1:1::/64"
  preference = "high"
  lifetime = 3600
  [[interface.rdnss]]
  addresses = ["2001:db8:1::1", "2001:db8:10::2"]
  lifetime = 60
  [[interface.dnssl]]
  domains = ["www.example-1.hr", "example-1.hr"]
  lifetime = 60`;
const VIDEO = `
  [[interface.pvd]]
  id = "video.pvd.example.org"
  http = true
  sequence = 7
  mtu = 1400
  [[interface.pvd.prefix]]
  prefix = "2001:db8:2:2::/64"
  router_address = true
  valid = 7200
  preferred = 3600
  [[interface.pvd.route]]
  prefix = "2001:db8:aaaa::/48"
  preference = "low"
  lifetime = 1000
  [[interface.pvd.rdnss]]
  addresses = ["2001:db8:2::53", "2001:db8:2::54"]
  lifetime = 1234
  [[interface.pvd.dnssl]]
  domains = ["office.example.com", "example.com"]
  lifetime = 1100`;
const ETH1 = `[[interface]]\nname = "eth1"\nmin_interval = 3\nmax_interval = 4\nmtu = 1500\n`;

Deno.test("advertisements: an RFC 8801 option is, byte for byte, that of the RFC 8801 fork of radvd", () => {
  const cases: [string, string, string][] = [
    ["mpvd-plain.pcap", "a6:24:bd:bd:c1:f4", `[[interface.pvd]]\nid = "pvd.example.org"`],
    ["mpvd-H-nested-noR.pcap", "06:f8:8a:e0:5d:7b", VIDEO],
  ];
  for (const [capture, mac, pvd] of cases) {
    const [sent = new Uint8Array()] = captured(capture);
    const { messages } = advertisements(settingsOf(`${ETH1}${OUTER}\n${pvd}`), { mac, mtu: 1500 });
    const ours = messages.map(messageBytes).find((bytes) => bytes.includes(21)) ?? new Uint8Array();
    assert.deepEqual(optionBytes(ours, 21), optionBytes(sent, 21), capture);
    // The fork has the implicit PvD's data in the same advertisement; here they have one of their own.
    const rest = parsed(sent).options.filter((option) => option.type !== "pvd");
    assert.deepEqual(messages[0]?.options, rest, capture);
    assert.deepEqual(messages[0]?.header, parsed(sent).header, capture);
  }
});

Deno.test("advertisements: plain options are, byte for byte, those of Debian's radvd", () => {
  const settings = settingsOf(`[[interface]]
    name = "eth1"
    max_interval = 4
    mtu = 1480
    other = true
    preference = "low"
    router_lifetime = 1800
    reachable_time_ms = 30000
    retrans_timer_ms = 1000
    prefix = [{ prefix = "2001:db8:d::/64", valid = 7200, preferred = 3600 },
              { prefix = "fd00:d::/64", autonomous = false }]
    route = [{ prefix = "2001:db8:dddd::/48", preference = "high", lifetime = 3600 },
             { prefix = "::/0", lifetime = 1800 }]
    rdnss = [{ addresses = ["2001:db8:d::53", "2001:db8:d::54"], lifetime = 600 }]
    dnssl = [{ domains = ["corp.example.com", "example.com"], lifetime = 600 }]`);
  const [sent = new Uint8Array()] = captured("debian-full.pcap");
  const bytes = messageBytes(onlyMessage(advertisements(settings, { mac: "2e:62:48:21:5f:a2", mtu: 1500 })));
  const intervalOption = 8; // radvd's last option, of RFC 6275, which pvd does not send
  assert.deepEqual(bytes, sent.subarray(0, sent.length - intervalOption));
});

Deno.test("advertisements: an interface with RFC 8801 PvDs alone sends no advertisement without one", () => {
  const { messages } = advertisements(settingsOf(ETH1 + VIDEO), R1);
  assert.deepEqual(messages.map((message) => message.options.at(-1)?.type), ["pvd"]);
});

Deno.test("advertisements: an interface with containers alone sends nothing else outside them", () => {
  const text =
    `${ETH1}source_link_layer_address = false\n[[interface.pvd]]\nid = "cafe.example"\nencoding = "mif"`;
  const message = onlyMessage(advertisements(settingsOf(text.replace("mtu = 1500", "")), R1));
  assert.deepEqual(message.options, [{
    type: "mifContainer",
    options: [{ type: "mifId", idType: 5, id: "cafe.example" }],
  }]);
});

Deno.test("advertisements: what exceeds the MTU is spread, the PvD option's head repeated in each part", () => {
  const rdnss = Array.from(
    { length: 10 },
    (_, index) =>
      `[[interface.pvd.rdnss]]\naddresses = [${
        Array.from({ length: 40 }, (_, host) => `"2001:db8:${index}::${host + 1}"`).join()
      }]\n`,
  );
  const settings = settingsOf(`${ETH1}${VIDEO}\n[interface.pvd.header]\nmanaged = true\n${rdnss.join("")}`);
  const { messages, problems } = advertisements(settings, { mac: R1.mac, mtu: 1280 });
  assert.deepEqual(problems, []);
  assert.ok(messages.length > 5);
  const options = messages.map((message) => message.options.find((option) => option.type === "pvd"));
  const [video] = settings.pvds;
  assert.deepEqual(options.flatMap((option) => option?.type === "pvd" ? option.options : []), video?.options);
  for (const [index, message] of messages.entries()) {
    const bytes = messageBytes(message);
    assert.ok(bytes.length + 40 <= 1280, `part ${index} has ${bytes.length} octets`);
    assert.deepEqual(parsed(bytes), message);
    const option = options[index];
    assert.ok(option?.type === "pvd");
    assert.deepEqual([option.name, option.http, option.sequence, option.header?.managed], [
      "video.pvd.example.org",
      true,
      7,
      true,
    ]);
  }
});

Deno.test("advertisements: a ::/0 route is in every part, so that no part's header takes it back (RFC 4191 3.1)", () => {
  const resolvers = (table: string) =>
    Array.from(
      { length: 5 },
      (_, index) =>
        `[[${table}.rdnss]]\naddresses = [${
          Array.from({ length: 40 }, (_, host) => `"2001:db8:${index}::${host + 1}"`).join()
        }]\n`,
    ).join("");
  const route = (table: string, preference: string) =>
    `[[${table}.route]]\nprefix = "::/0"\npreference = "${preference}"\n`;
  const settings = settingsOf([
    ETH1,
    route("interface", "high") + resolvers("interface"),
    `[[interface.pvd]]\nid = "video.example"\n`,
    route("interface.pvd", "medium") + route("interface.pvd", "low") + resolvers("interface.pvd"),
    route("interface.pvd.outside", "high") + resolvers("interface.pvd.outside"),
  ].join(""));
  const { messages, problems } = advertisements(settings, { mac: R1.mac, mtu: 1280 });
  assert.deepEqual(problems, []);
  const defaults = (options: readonly NdOption[]) =>
    options.flatMap((each) => each.type === "route" && each.prefix === "::/0" ? [each.preference] : []);
  const said = messages.map(({ options }) => [
    defaults(options),
    ...options.flatMap((each) => each.type === "pvd" ? [defaults(each.options)] : []),
  ]);
  const implicit = said.filter(([, inner]) => inner === undefined);
  const ofPvd = said.filter(([, inner]) => inner !== undefined);
  assert.ok(implicit.length > 2 && ofPvd.length > 5, JSON.stringify(said));
  for (const [outer] of implicit) assert.deepEqual(outer, ["high"]);
  for (const [outer, inner] of ofPvd) assert.deepEqual([outer, inner?.at(-1)], [["high"], "low"]);
  assert.equal(
    ofPvd.filter(([, inner]) => inner?.includes("medium")).length,
    1,
    "only the last of them counts",
  );
  for (const message of messages) {
    const bytes = messageBytes(message);
    assert.ok(bytes.length + 40 <= 1280, `${bytes.length} octets`);
    assert.deepEqual(parsed(bytes), message);
  }
});

Deno.test("advertisements: containers are spread whole, and one that fits nowhere is left out and named", () => {
  const pvd = (id: string, count: number) =>
    `[[interface.pvd]]\nid = "${id}"\nencoding = "mif"\n` +
    `[[interface.pvd.prefix]]\nprefix = "2001:db8::/64"\n`
      .repeat(count);
  const text = ETH1 + pvd("a.example", 30) + pvd("large.example", 70) + pvd("b.example", 30);
  const { messages, problems } = advertisements(settingsOf(text), R1);
  const ids = messages.map((message) =>
    message.options.flatMap((option) => option.type === "mifContainer" ? [option.options[0]] : [])
  );
  assert.deepEqual(ids, [[{ type: "mifId", idType: 5, id: "a.example" }], [{
    type: "mifId",
    idType: 5,
    id: "b.example",
  }]]);
  assert.deepEqual(problems, [
    "PvD large.example needs 2272 octets, more than fit in one advertisement with MTU 1500",
  ]);
});

Deno.test("goodbye: as MIF-PvD's radvd says it, and the prefixes' lifetimes 0 too", () => {
  const sent = captured("mif-1pvd-tc01R1.pcap").at(-1) ?? new Uint8Array();
  const message = onlyMessage(goodbye(settingsOf(example()), R1));
  assert.ok(!JSON.stringify(message).match(/(?:valid|preferred|[lL]ifetime)S":[1-9]/));
  const withoutPrefixLifetimes = JSON.stringify(parsed(sent)).replaceAll(
    /"(valid|preferred)S":\d+/g,
    '"$1S":0',
  );
  assert.equal(JSON.stringify(parsed(messageBytes(message))), withoutPrefixLifetimes);
});
