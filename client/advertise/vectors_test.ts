// Settings that ask for what the vectors of tests/data/vectors.json have, which no capture has: the RFC's own scenarios
// with data outside the option, the R and L flags, ids of other types.

import assert from "node:assert/strict";
import { domainAdvertisements } from "../../lib/ndp/domains.ts";
import { parseMessage } from "../../lib/ndp/parse.ts";
import type { RouterAdvertisement } from "../../lib/ndp/types.ts";
import { readVectors } from "../../tests/fuzz/ndp_data.ts";
import { type Advertisements, advertisements, type LinkFacts, messageBytes } from "./messages.ts";
import { type InterfaceSettings, readSettings } from "./settings.ts";

const LINK: LinkFacts = { mac: "02:00:00:00:00:01", mtu: 1500 };
const CHECKSUM = { start: 2, end: 4 };

function settingsOf(text: string): InterfaceSettings {
  const result = readSettings(text, "test.toml");
  assert.ok(result.ok, result.ok ? "" : result.problems.join("\n"));
  const [first] = result.interfaces;
  assert.ok(first !== undefined);
  return first;
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

const CAFE = `[[interface.prefix]]\nprefix = "2001:db8:cafe::/64"\n`;
const CAFE_OUTSIDE = CAFE.replace("interface", "interface.pvd.outside");
const RDNSS_OUTSIDE = `[[interface.pvd.outside.rdnss]]\naddresses = ["2001:db8:cafe::53"]\nlifetime = 3600\n`;
const F00D = `[[interface.pvd.prefix]]\nprefix = "2001:db8:f00d::/64"\n`;
const UUID_3E = 'id = "f037ea62-ee4f-44e4-825c-16f2f5cc9b3e"\n';

/** Settings that ask for what a vector has, byte for byte. */
const AS_VECTORS: Readonly<Record<string, string>> = {
  "8801-s5.2-a-inner-lifetime-0":
    `router_lifetime = 6000\n[[interface.pvd]]\nid = "foo.example.org"\nheader.router_lifetime = 0\n` +
    CAFE_OUTSIDE + RDNSS_OUTSIDE,
  "8801-s5.4-seq7":
    `router_lifetime = 6000\n[[interface.pvd]]\nid = "cafe.example.com"\nhttp = true\nsequence = 7\n` +
    CAFE_OUTSIDE + RDNSS_OUTSIDE,
  "8801-s5.4-seq8-refetch":
    `router_lifetime = 6000\n[[interface.pvd]]\nid = "cafe.example.com"\nhttp = true\nsequence = 8\n` +
    `delay = 5\n${CAFE_OUTSIDE}${RDNSS_OUTSIDE}`,
  "8801-l-flag": `[[interface.pvd]]\nid = "dual.example.net"\nlegacy = true\n${CAFE_OUTSIDE}`,
  "8801-name-no-padding":
    `[[interface.pvd]]\nid = "pvd.test"\nhttp = true\nsequence = 65535\n${CAFE_OUTSIDE}`,
  "mif02-radvd-one-container": `${CAFE}${RDNSS_OUTSIDE.replace("pvd.outside.", "")}[[interface.pvd]]\n` +
    `${UUID_3E}${F00D}[[interface.pvd.rdnss]]\naddresses = ["2001:db8:f00d::53"]\nlifetime = 3600\n`,
  "mif02-idtype-1": `[[interface.pvd]]\n${UUID_3E}id_type = "uuid-text"\n${F00D}`,
};

for (const [name, text] of Object.entries(AS_VECTORS)) {
  Deno.test(`advertisements: vector ${name} can be sent, byte for byte`, () => {
    const settings = settingsOf(`[[interface]]\nname = "eth1"\nsource_link_layer_address = false\n${text}`);
    const wanted = readVectors().find((vector) => vector.name === name)?.bytes.slice() ?? new Uint8Array();
    const bytes = messageBytes(onlyMessage(advertisements(settings, LINK)));
    assert.deepEqual(bytes, wanted.fill(0, CHECKSUM.start, CHECKSUM.end));
  });
}

Deno.test("advertisements: every option that a PvD can carry is sent as the vector of all of them has it", () => {
  const settings = settingsOf(`[[interface]]
    name = "eth1"
    router_lifetime = 0
    [[interface.pvd]]
    id = "example.org"
    header.router_lifetime = 1800
    mtu = 1400
    captive_portal = "https://cp.example.org/api"
    prefix = [{ prefix = "2001:db8:f00d::/64" }]
    route = [{ prefix = "2001:db8:1000::/36", preference = "high", short = true },
             { prefix = "::/0", preference = "low", lifetime = 600, short = true }]
    rdnss = [{ addresses = ["2001:db8:f00d::53"], lifetime = 3600 }]
    dnssl = [{ domains = ["example.org", "sub.example.org"], lifetime = 3600 }]
    pref64 = [{ prefix = "64:ff9b::/96" }]
    encrypted_dns = [{ name = "dns.example.org", addresses = ["2001:db8:f00d::53"], lifetime = 3600,
                       parameters = "0001000403646f74" }]`);
  const wanted = readVectors().find(({ name }) => name === "8801-all-option-kinds")?.bytes ??
    new Uint8Array();
  const ours = messageBytes(onlyMessage(advertisements(settings, LINK)));
  assert.equal(ours.length, wanted.length);
  // The order of options means nothing.
  const inner = (bytes: Uint8Array) => {
    const option = parsed(bytes).options.find((each) => each.type === "pvd");
    assert.ok(option?.type === "pvd");
    return { ...option, options: option.options.toSorted((one, other) => one.type < other.type ? -1 : 1) };
  };
  assert.deepEqual(inner(ours), inner(wanted));
  assert.deepEqual(parsed(ours).header, parsed(wanted).header);
});

Deno.test("advertisements: data outside a PvD option are spread with it, so that a host ties them to that PvD", () => {
  const resolvers = (table: string, hosts: number[]) =>
    hosts.map((host) =>
      `[[interface.pvd.${table}rdnss]]\naddresses = [${
        Array.from({ length: 40 }, (_, each) => `"2001:db8:${host}::${each + 1}"`).join()
      }]\n`
    ).join("");
  const text = `[[interface]]\nname = "eth1"\n[[interface.pvd]]\nid = "a.example"\n`;
  const settings = settingsOf(text + resolvers("outside.", [1, 2, 3]) + resolvers("", [4, 5]));
  const { messages, problems } = advertisements(settings, LINK);
  assert.deepEqual(problems, []);
  const ids = messages.map((message) => message.options.map((each) => each.type === "pvd" ? each.name : ""));
  assert.ok(messages.length > 1 && ids.every((each) => each.includes("a.example")));
  const domains = messages.map((message) => domainAdvertisements(parsed(messageBytes(message))));
  assert.ok(domains.every((each) => each.length === 1));
  assert.equal(domains.flat().flatMap(({ rdnss }) => rdnss).length, 200);
});
