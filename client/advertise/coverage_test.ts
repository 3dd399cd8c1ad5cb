// Everything that lib/ndp can build can be asked for in a settings file: each field of the header and of each option,
// from TOML to bytes and back. The tables are typed by the fields, so that a new one without a key does not compile.

import assert from "node:assert/strict";
import { parseMessage } from "../../lib/ndp/parse.ts";
import type { NdOption, RaHeader } from "../../lib/ndp/types.ts";
import { advertisements, messageBytes } from "./messages.ts";
import { readSettings } from "./settings.ts";

type OptionOf<T extends NdOption["type"]> = Extract<NdOption, { type: T }>;
/** A field's value as parsed, and the line that asks for it. */
type Field<V> = readonly [line: string, value: V];
type Fields<T> = { readonly [K in keyof T]-?: Field<Exclude<T[K], undefined>> };
type OptionFields = { readonly [T in NdOption["type"]]: Fields<Omit<OptionOf<T>, "type">> };

const HEADER: Fields<RaHeader> = {
  curHopLimit: ["hop_limit = 33", 33],
  managed: ["managed = true", true],
  otherConfig: ["other = true", true],
  homeAgent: ["home_agent = true", true],
  preference: ['preference = "low"', "low"],
  proxy: ["proxy = true", true],
  snac: ["snac = true", true],
  routerLifetimeS: ["router_lifetime = 7777", 7777],
  reachableTimeMs: ["reachable_time_ms = 3600000", 3_600_000],
  retransTimerMs: ["retrans_timer_ms = 4294967295", 0xffff_ffff],
};

const PREFIX = '[[interface.prefix]]\nprefix = "2001:db8:1::/64"\n';
const RDNSS = '[[interface.rdnss]]\naddresses = ["2001:db8::53", "fe80::53"]\n';
const DNSSL = '[[interface.dnssl]]\ndomains = ["a.example", "b.example"]\n';
const DNR = '[[interface.encrypted_dns]]\nname = "dns.example"\n';
const PVD = '[[interface.pvd]]\nid = "pvd.example"\n';
const UUID = "f037ea62-ee4f-44e4-825c-16f2f5cc9b3f";
const MIF = `[[interface.pvd]]\nid = "${UUID}"\n`;
const HEADER_OF_PVD = { ...headerValues(), routerLifetimeS: 1800, managed: true };

const OPTIONS: OptionFields = {
  sourceLinkLayerAddress: { address: ["source_link_layer_address = true", "02:00:00:00:00:01"] },
  prefix: {
    prefix: [PREFIX, "2001:db8:1::/64"],
    address: [PREFIX.replace("::/", "::7/") + "router_address = true", "2001:db8:1::7"],
    onLink: [`${PREFIX}on_link = false`, false],
    autonomous: [`${PREFIX}autonomous = false`, false],
    routerAddress: [`${PREFIX}router_address = true`, true],
    dhcpv6Pd: [`${PREFIX}dhcpv6_pd = true`, true],
    validS: [`${PREFIX}valid = "infinite"`, 0xffff_ffff],
    preferredS: [`${PREFIX}preferred = 77`, 77],
  },
  mtu: { mtu: ["mtu = 1280", 1280] },
  route: {
    prefix: ['[[interface.route]]\nprefix = "2001:db8::/48"', "2001:db8::/48"],
    preference: ['[[interface.route]]\nprefix = "::/0"\npreference = "high"', "high"],
    lifetimeS: ['[[interface.route]]\nprefix = "::/0"\nlifetime = 77', 77],
    prefixOctets: ['[[interface.route]]\nprefix = "2001:db8::/48"\nshort = true', 8],
  },
  rdnss: {
    addresses: [RDNSS, ["2001:db8::53", "fe80::53"]],
    lifetimeS: [`${RDNSS}lifetime = 77`, 77],
  },
  dnssl: {
    domains: [DNSSL, ["a.example", "b.example"]],
    lifetimeS: [`${DNSSL}lifetime = 77`, 77],
  },
  pref64: {
    prefix: ['[[interface.pref64]]\nprefix = "64:ff9b::/96"', "64:ff9b::/96"],
    lifetimeS: ['[[interface.pref64]]\nprefix = "2001:db8::/32"\nlifetime = 65528', 65_528],
  },
  captivePortal: { uri: ['captive_portal = "https://portal.example/"', "https://portal.example/"] },
  encryptedDns: {
    authenticationName: [DNR, "dns.example"],
    priority: [`${DNR}priority = 7`, 7],
    addresses: [`${DNR}addresses = ["2001:db8::53"]`, ["2001:db8::53"]],
    parameters: [`${DNR}addresses = ["::2"]\nparameters = "0001ff"`, Uint8Array.of(0, 1, 0xff)],
    lifetimeS: [`${DNR}lifetime = 77`, 77],
  },
  pvd: {
    name: [PVD, "pvd.example"],
    http: [`${PVD}http = true`, true],
    legacy: [`${PVD}legacy = true`, true],
    delay: [`${PVD}delay = 15`, 15],
    sequence: [`${PVD}sequence = 65535`, 65_535],
    header: [`${PVD}[interface.pvd.header]\nmanaged = true`, HEADER_OF_PVD],
    options: [`${PVD}mtu = 1400`, [{ type: "mtu", mtu: 1400 }]],
  },
  // Inside a container, where each of them stands.
  mifId: {
    id: [MIF, UUID],
    idType: [`${MIF}id_type = "text"`, 2],
    binary: [`${MIF}id_type = "uuid"`, true],
  },
  mifContainer: {
    options: [`${MIF}mtu = 1400`, [{ type: "mifId", idType: 4, id: UUID }, { type: "mtu", mtu: 1400 }]],
  },
  unknown: {
    code: ['[[interface.option]]\ntype = 200\ndata = "010203040506"', 200],
    body: ['[[interface.option]]\ntype = 253\ndata = "010203040506"', Uint8Array.of(1, 2, 3, 4, 5, 6)],
  },
};

function headerValues(): RaHeader {
  return {
    curHopLimit: 64,
    managed: false,
    otherConfig: false,
    homeAgent: false,
    preference: "medium",
    proxy: false,
    snac: false,
    routerLifetimeS: 0,
    reachableTimeMs: 0,
    retransTimerMs: 0,
  };
}

/** What the one advertisement of these settings says once it has been sent and read again. */
function sent(lines: string) {
  const result = readSettings(`[[interface]]\nname = "eth1"\n${lines}\n`, "test.toml");
  assert.ok(result.ok, result.ok ? "" : result.problems.join("\n"));
  const [settings] = result.interfaces;
  assert.ok(settings !== undefined);
  const { messages: [message, ...more] } = advertisements(settings, { mac: "02:00:00:00:00:01", mtu: 1500 });
  assert.ok(message !== undefined && more.length === 0);
  const parsed = parseMessage(messageBytes(message), { source: "fe80::1", hopLimit: 255 });
  assert.ok(parsed.ok && parsed.message.type === "routerAdvertisement");
  assert.deepEqual(parsed.message.ignored, []);
  return parsed.message;
}

function withInner(options: readonly NdOption[]): readonly NdOption[] {
  return options.flatMap((option) => option.type === "mifContainer" ? [option, ...option.options] : [option]);
}

for (const [field, [line, value]] of Object.entries(HEADER)) {
  Deno.test(`settings: ${line.split(" ", 1)[0]} is the header's ${field}`, () => {
    assert.equal(Reflect.get(sent(line).header, field), value);
  });
}

for (const [type, fields] of Object.entries(OPTIONS)) {
  for (const [field, [lines, value]] of Object.entries<Field<unknown>>({ ...fields })) {
    Deno.test(`settings: ${field} of the option ${type} can be asked for`, () => {
      const option = withInner(sent(lines).options).find((each) => each.type === type);
      assert.ok(option !== undefined);
      assert.deepEqual(Reflect.get(option, field), value);
    });
  }
}
