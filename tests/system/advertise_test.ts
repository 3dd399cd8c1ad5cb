// What `pvd advertise` sends, checked by programs that are not ours: rdisc6(8) asks and prints, tshark(1) decodes; for
// options 21, 63 and 64, which Debian's does not know, the octets that other routers sent. Runs in the lab, with
// nobody advertising but the tests.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readCapture } from "../../lib/pcap.ts";
import { readFrame } from "../../lib/pcap_frame.ts";
import { hex } from "../../lib/ndp/octets.ts";
import { captureFiles } from "../fuzz/ndp_data.ts";
import { onHost, type Outcome, run, startRouters, stopRouters, waitForDomains } from "../lab/lab.ts";
import { SETTINGS_FOLDER } from "../lab/paths.ts";
import { ADVERTISEMENTS, type Captured, captured, ENDED, fieldsNamed } from "./capture.ts";
import { frame, sendFrames } from "./frames.ts";
import { OwnRouter } from "./own_router.ts";

const FILE = `${SETTINGS_FOLDER}/advertise-test.toml`;
const OPTION_PVD = 21;
const OPTION_MIF_CONTAINER = 63;
const RA_HEADER_OCTETS = 16;
const MTU = 1500;

/** Every plain option, and every field of the header. */
const PLAIN = `[[interface]]
name = "eth1"
max_interval = 10
min_delay_between_ras = 0.03
hop_limit = 33
managed = true
other = true
home_agent = true
snac = true
preference = "low"
router_lifetime = 1800
reachable_time_ms = 30000
retrans_timer_ms = 1000
mtu = 1480
captive_portal = "https://portal.example/api"
prefix = [
  { prefix = "2001:db8:d::/64", valid = 7200, preferred = 3600, router_address = true, dhcpv6_pd = true },
  { prefix = "fd00:d::/64", valid = "infinite", on_link = false, autonomous = false },
]
route = [
  { prefix = "2001:db8:dddd::/48", preference = "high", lifetime = 3600 },
  { prefix = "::/0", preference = "low", lifetime = 900, short = true },
]
rdnss = [{ addresses = ["2001:db8:d::53", "fe80::53"], lifetime = 600 }]
dnssl = [{ domains = ["corp.example.com", "example.com"], lifetime = 601 }]
pref64 = [{ prefix = "64:ff9b::/96", lifetime = 1000 }]
encrypted_dns = [{ name = "dns.example", priority = 7, addresses = ["2001:db8:d::853"], lifetime = 602,
                   parameters = "0001000403646f74" }]
option = [{ type = 253, data = "010203040506" }]
`;

const RDISC6 = `
Hop limit                 :           33 (      0x21)
Stateful address conf.    :          Yes
Stateful other conf.      :          Yes
Mobile home agent         :          Yes
Router preference         :          low
Neighbor discovery proxy  :           No
Router lifetime           :         1800 (0x00000708) seconds
Reachable time            :        30000 (0x00007530) milliseconds
Retransmit time           :         1000 (0x000003e8) milliseconds
 Prefix                   : 2001:db8:d::/64
  On-link                 :          Yes
  Autonomous address conf.:          Yes
  Valid time              :         7200 (0x00001c20) seconds
  Pref. time              :         3600 (0x00000e10) seconds
 Prefix                   : fd00:d::/64
  On-link                 :           No
  Autonomous address conf.:           No
  Valid time              :     infinite (0xffffffff)
  Pref. time              :        14400 (0x00003840) seconds
 Route                    : 2001:db8:dddd::/48
  Route preference        :         high
  Route lifetime          :         3600 (0x00000e10) seconds
 Route                    : ::/0
  Route preference        :          low
  Route lifetime          :          900 (0x00000384) seconds
 Recursive DNS server     : 2001:db8:d::53
 Recursive DNS server     : fe80::53
  DNS servers lifetime    :          600 (0x00000258) seconds
 DNS search list          : corp.example.com example.com 
  DNS search list lifetime:          601 (0x00000259) seconds
 MTU                      :         1480 bytes (valid)
 Source link-layer address: MAC
 from fe80::1
`;

function once(settings: string): Promise<Outcome> {
  Deno.writeTextFileSync(FILE, settings);
  return onHost("R1", ["pvd", "advertise", "--config", FILE, "--once"]);
}

/** What `--once` sends, `count` advertisements. The host has heard them too, until `withdraw`. */
async function sentOnce(settings: string, count: number): Promise<readonly Captured[]> {
  return await captured(ADVERTISEMENTS, count, async () => {
    deepStrictEqual(await once(settings), { status: 0, stdout: "", stderr: "" });
  });
}

/** Ends what an advertisement without a goodbye made: by a router that has the same settings and says one. */
async function withdraw(settings: string): Promise<void> {
  const lines = settings.split("\n").filter((line) => !line.startsWith("min_"));
  const router = new OwnRouter(lines.join("\n").replace('"eth1"', '"eth1"\nmin_delay_between_ras = 0.03'));
  await router.says("advertises");
  await router.end("SIGTERM");
  await waitForDomains((domains) => domains.length === 0);
}

/** The address on a host's eth1 that it solicits from, and its MAC. */
async function eth1Of(argv: (command: string[]) => Promise<Outcome>) {
  const [link] = JSON.parse((await argv(["ip", "-j", "-6", "addr", "show", "dev", "eth1"])).stdout);
  const [{ address: mac }] = JSON.parse((await argv(["ip", "-j", "link", "show", "dev", "eth1"])).stdout);
  const local: { scope: string; local: string }[] = link.addr_info;
  return { mac: String(mac), linkLocal: local.find(({ scope }) => scope === "link")?.local ?? "" };
}

/** The octets of the first option of a type. */
function optionBytes(message: Uint8Array, type: number): Uint8Array {
  for (let at = RA_HEADER_OCTETS; at < message.length; at += 8 * (message[at + 1] ?? 1)) {
    if (message[at] === type) return message.subarray(at, at + 8 * (message[at + 1] ?? 0));
  }
  throw new Error(`there is no option of type ${type}`);
}

/** The first advertisement of a capture in tests/data. */
function recorded(name: string): Uint8Array {
  const file = captureFiles().find((each) => each.name === name);
  for (const item of readCapture(file?.bytes ?? new Uint8Array())) {
    const read = item.type === "frame" ? readFrame(item.frame) : null;
    if (read?.type === "ipv6" && read.packet.payload[0] === 134) return read.packet.payload;
  }
  throw new Error(`${name} has no advertisement`);
}

/** A field's last part and its value, those of no interest left out. */
function named(fields: object): Record<string, unknown> {
  const isMeant = (name: string) =>
    name.endsWith("prefix.length") || !/length$|padding|reserved$|_ws|checksum/.test(name);
  return Object.fromEntries(
    Object.entries(fields).filter(([name]) => isMeant(name)).map(([name, value]) => [
      name.replace(/^icmpv6\.(?:opt\.|nd\.ra\.)?/, ""),
      typeof value === "object" && !Array.isArray(value) ? named(value) : value,
    ]),
  );
}

Deno.test.beforeAll(async () => {
  await stopRouters();
  await waitForDomains((domains) => domains.length === 0);
});
Deno.test.afterAll(startRouters);

Deno.test("pvd advertise: rdisc6 asks, is answered, and prints what the settings say", async () => {
  const router = new OwnRouter(PLAIN);
  try {
    const { mac } = await eth1Of((argv) => onHost("R1", argv));
    const { status, stdout } = await run(["rdisc6", "-1", "-r", "10", "eth1"]);
    deepStrictEqual([status, stdout.split("on eth1...\n")[1]], [0, RDISC6.replace("MAC", mac.toUpperCase())]);
  } finally {
    await router.end("SIGTERM");
  }
});

Deno.test("pvd advertise --once: tshark finds the packet valid and each field as the settings have it", async () => {
  const [sent, ...more] = await sentOnce(PLAIN, 1);
  ok(sent !== undefined && more.length === 0);
  const { mac } = await eth1Of((argv) => onHost("R1", argv));
  const { ipv6, icmpv6, options } = sent;
  deepStrictEqual(
    [ipv6["ipv6.src"], ipv6["ipv6.dst"], ipv6["ipv6.hlim"], icmpv6["icmpv6.checksum.status"]],
    ["fe80::1", "ff02::1", "255", "1"],
  );
  deepStrictEqual(named(icmpv6), {
    type: "134",
    code: "0",
    cur_hop_limit: "33",
    // The SNAC flag is younger than this tshark.
    flag: "0xfa",
    flag_tree: {
      "flag.m": "1",
      "flag.o": "1",
      "flag.h": "1",
      "flag.prf": "3",
      "flag.p": "0",
      "flag.rsv": "2",
    },
    router_lifetime: "1800",
    reachable_time: "30000",
    retrans_timer: "1000",
  });
  const flags = (flag: string, l: string, a: string, r: string) => ({
    "prefix.flag": flag,
    "prefix.flag_tree": { "prefix.flag.l": l, "prefix.flag.a": a, "prefix.flag.r": r },
  });
  const route = (flag: string, preference: string) => ({
    "route_info.flag": flag,
    "route_info.flag_tree": { "route_info.flag.route_preference": preference },
  });
  deepStrictEqual(options.map(named), [
    {
      type: "3",
      "prefix.length": "64",
      // With the P flag, younger than this tshark too.
      ...flags("0xf0", "1", "1", "1"),
      "prefix.valid_lifetime": "7200",
      "prefix.preferred_lifetime": "3600",
      prefix: "2001:db8:d::",
    },
    {
      type: "3",
      "prefix.length": "64",
      ...flags("0x00", "0", "0", "0"),
      "prefix.valid_lifetime": "4294967295",
      "prefix.preferred_lifetime": "14400",
      prefix: "fd00:d::",
    },
    {
      type: "24",
      "prefix.length": "48",
      ...route("0x08", "1"),
      route_lifetime: "3600",
      prefix: "2001:db8:dddd::",
    },
    { type: "24", "prefix.length": "0", ...route("0x18", "3"), route_lifetime: "900" },
    { type: "25", "rdnss.lifetime": "600", rdnss: ["2001:db8:d::53", "fe80::53"] },
    { type: "31", "dnssl.lifetime": "601", dnssl: ["corp.example.com", "example.com"] },
    // RFC 8781 4: in units of eight seconds.
    { type: "38", "pref64.scaled_lifetime": "125", "pref64.plc": "0x0000", "pref64.prefix": "64:ff9b::" },
    { type: "37", captive_portal: "https://portal.example/api" },
    {
      type: "144",
      // RFC 9463 6.1: priority, lifetime, name, addresses, parameters, each with its length; then padding.
      data: [
        ...["0007", "0000025a", "000d", "03646e73076578616d706c6500"],
        ...["0010", "20010db8000d00000000000000000853", "0008", "0001000403646f74", "0000000000"],
      ].join("").match(/../g)?.join(":"),
    },
    { type: "253", data: "01:02:03:04:05:06" },
    { type: "5", mtu: "1480" },
    { type: "1", linkaddr: mac, src_linkaddr: mac },
  ]);
  await withdraw(PLAIN);
});

Deno.test("pvd advertise: options 63 and 64 are on the link, byte for byte, as MIF-PvD's radvd sent them", async () => {
  const settings = Deno.readTextFileSync(new URL("../../client/advertise/example.toml", import.meta.url));
  const [sent] = await sentOnce(settings, 1);
  const wanted = recorded("mif-1pvd-tc01R1.pcap");
  strictEqual(
    hex(optionBytes(sent?.packet.payload ?? wanted, OPTION_MIF_CONTAINER)),
    hex(optionBytes(wanted, OPTION_MIF_CONTAINER)),
  );
  // And all else of the message but checksum and link-layer address, which are that router's.
  const rest = (message: Uint8Array) => hex(message.subarray(4, -8));
  strictEqual(rest(sent?.packet.payload ?? new Uint8Array()), rest(wanted));
  await withdraw(settings);
});

Deno.test("pvd advertise: option 21 is on the link, byte for byte, as the RFC 8801 fork of radvd sent it", async () => {
  const pvds = {
    "mpvd-plain.pcap": 'id = "pvd.example.org"\n',
    "mpvd-H-nested-noR.pcap": `id = "video.pvd.example.org"
http = true
sequence = 7
mtu = 1400
prefix = [{ prefix = "2001:db8:2:2::/64", router_address = true, valid = 7200, preferred = 3600 }]
route = [{ prefix = "2001:db8:aaaa::/48", preference = "low", lifetime = 1000 }]
rdnss = [{ addresses = ["2001:db8:2::53", "2001:db8:2::54"], lifetime = 1234 }]
dnssl = [{ domains = ["office.example.com", "example.com"], lifetime = 1100 }]
`,
  };
  for (const [name, pvd] of Object.entries(pvds)) {
    const settings = `[[interface]]\nname = "eth1"\n[[interface.pvd]]\n${pvd}`;
    const [sent] = await sentOnce(settings, 1);
    strictEqual(
      hex(optionBytes(sent?.packet.payload ?? new Uint8Array(), OPTION_PVD)),
      hex(optionBytes(recorded(name), OPTION_PVD)),
      name,
    );
    await withdraw(settings);
  }
});

Deno.test("pvd advertise: a PvD over the link's MTU comes in several advertisements, and the host puts it together", async () => {
  const routes = Array.from({ length: 80 }, (_, index) => `2001:db8:${(index + 1).toString(16)}00::/48`);
  const settings = `[[interface]]
name = "eth1"
[[interface.pvd]]
id = "big.example"
http = true
sequence = 7
header.managed = true
prefix = [{ prefix = "2001:db8:1:1::/64" }]
route = [${routes.map((prefix) => `{ prefix = "${prefix}" }`).join()}]
`;
  const sent = await sentOnce(settings, 2);
  const options = sent.map(({ packet }) => optionBytes(packet.payload, OPTION_PVD));
  // Name, flags, sequence and inner header: RFC 8801 3.2.
  const head = 24 + RA_HEADER_OCTETS;
  strictEqual(new Set(options.map((option) => hex(option.subarray(2, head)))).size, 1);
  strictEqual(options.reduce((octets, option) => octets + option.length - head, 0), 32 + 80 * 24);
  for (const { ipv6, packet } of sent) {
    ok(Number(ipv6["ipv6.plen"]) + 40 <= MTU && !packet.fragmented);
  }
  const has = (domains: Awaited<ReturnType<typeof waitForDomains>>) =>
    domains[0]?.state === "ready" && domains[0]?.routes.length === 80;
  const [domain] = await waitForDomains(has);
  deepStrictEqual(domain?.routes.map(({ prefix }) => prefix), routes);
  await withdraw(settings);
});

Deno.test("pvd advertise --once: one round, and no goodbye", async () => {
  const other = '[[interface]]\nname = "eth1"\nhop_limit = 77\n';
  const sent = await captured(ADVERTISEMENTS, 2, async () => {
    await once(PLAIN);
    await once(other);
  });
  deepStrictEqual(sent.map(({ icmpv6 }) => icmpv6["icmpv6.nd.ra.cur_hop_limit"]), ["33", "77"]);
  await withdraw(PLAIN);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`pvd advertise: on ${signal} it says goodbye three times, every lifetime 0, and ends well`, async () => {
    const pvd = '[[interface.pvd]]\nid = "a.example"\nheader.router_lifetime = 9000\n' +
      '[[interface.pvd.prefix]]\nprefix = "2001:db8:e::/64"\n';
    const router = new OwnRouter(PLAIN + pvd);
    await router.says("advertises");
    const goodbye = await captured(ENDED, 6, async () => strictEqual((await router.end(signal)).status, 0));
    const lifetimes = goodbye.flatMap(({ icmpv6, options }) => fieldsNamed([icmpv6, options], /lifetime$/));
    strictEqual(lifetimes.length, 3 * (1 + 2 * 2 + 2 + 1 + 1 + 1) + 3);
    deepStrictEqual(lifetimes.filter((lifetime) => lifetime !== "0"), []);
    for (const [index, { packet }] of goodbye.entries()) {
      // tshark does not look into these two.
      if (index % 2 === 0) {
        strictEqual(hex(optionBytes(packet.payload, 144).subarray(4, 8)), "00000000");
        continue;
      }
      const option = optionBytes(packet.payload, OPTION_PVD);
      // Flags, name and padding have 24 octets, the header 16.
      strictEqual(
        hex(option.subarray(24, 32)),
        "8600000021fa" + "0000",
        "the inner header's router lifetime",
      );
      strictEqual(hex(option.subarray(40, 52)), "030440c0" + "00".repeat(8), "the prefix's two lifetimes");
    }
    await waitForDomains((domains) => domains.length === 0);
  });
}

/** Only its first round, and what it is asked for. */
const SELDOM = `[[interface]]
name = "eth1"
max_interval = 600
min_delay_between_ras = 0.4
final_advertisements = 0
router_lifetime = 0
`;

Deno.test("pvd advertise: who solicits from a link-local address is answered alone", async () => {
  const router = new OwnRouter(SELDOM);
  try {
    await router.says("advertises");
    const { linkLocal } = await eth1Of(run);
    const [answer] = await captured(`${ADVERTISEMENTS} and dst host ${linkLocal}`, 1, async () => {
      strictEqual((await run(["rdisc6", "-1", "-r", "10", "eth1"])).status, 0);
    });
    deepStrictEqual([answer?.ipv6["ipv6.src"], answer?.ipv6["ipv6.hlim"]], ["fe80::1", "255"]);
  } finally {
    await router.end("SIGTERM");
  }
});

Deno.test("pvd advertise: a flood from :: is answered by multicast, never closer than min_delay_between_ras", async () => {
  const solicitation = Uint8Array.of(133, 0, 0, 0, 0, 0, 0, 0);
  const flood = frame({ message: solicitation, source: "::", destination: "ff02::2" });
  const router = new OwnRouter(SELDOM);
  try {
    await router.says("advertises");
    // Without a question the next two rounds are 16 s apart.
    const answers = await captured(
      `${ADVERTISEMENTS} and dst host ff02::1`,
      4,
      () => sendFrames("R2", [flood], 400, 0.01),
    );
    const gaps = answers.slice(1).map(({ time }, index) => time - (answers[index]?.time ?? 0));
    for (const gap of gaps) ok(gap >= 0.39 && gap < 10, `${gap} s`);
  } finally {
    await router.end("SIGTERM");
  }
});
