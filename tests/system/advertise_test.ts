// What `pvd advertise` sends, checked by programs that are not ours: rdisc6(8) asks and prints, tshark(1) decodes; for
// options 21, 63 and 64, which Debian's does not know, the octets that other routers sent. Runs in the lab, with
// nobody advertising but the tests.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { readCapture } from "../../lib/pcap.ts";
import { readFrame } from "../../lib/pcap_frame.ts";
import { hex } from "../../lib/ndp/octets.ts";
import { captureFiles } from "../fuzz/ndp_data.ts";
import { onHost, run, until, waitForDomains } from "../lab/lab.ts";
import {
  eth1Of,
  OPTION_PVD,
  optionBytes,
  PLAIN,
  RA_HEADER_OCTETS,
  sentOnce,
  withdraw,
  withoutRouters,
} from "./advertise_lab.ts";
import { differences } from "./kernel_state.ts";
import { interfaceSettings, OwnRouter } from "./own_router.ts";

const OPTION_MIF_CONTAINER = 63;
const MTU = 1500;

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

withoutRouters();

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

/** Hop limit, reachable time and retransmission timer of a domain's interface. */
async function headerSettings(namespace: string): Promise<readonly number[]> {
  const ipv6 = "/proc/sys/net/ipv6";
  const names = ["hop_limit", "base_reachable_time_ms", "retrans_time_ms"];
  const files = names.map((name) => `${ipv6}/${name === "hop_limit" ? "conf" : "neigh"}/mifpvd/${name}`);
  const { stdout } = await run(["ip", "netns", "exec", namespace, "cat", ...files]);
  return stdout.trim().split("\n").map(Number);
}

Deno.test("pvd advertise: hop limit and times of the header are the interface's in each namespace, and 0 changes none", async () => {
  const settings = (inner: string, resolver: string) =>
    interfaceSettings(["hop_limit = 33", "retrans_timer_ms = 2000"]) +
    ["inner", "outer"].map((name, index) =>
      `[[interface.pvd]]
id = "${name}.example.org"
prefix = [{ prefix = "2001:db8:${index}::/64", valid = 6, preferred = 6 }]
rdnss = [{ addresses = ["${resolver}"], lifetime = 6 }]
${name === "inner" ? `header = { ${inner} }` : ""}
`
    ).join("");
  // 49 days between two questions for a neighbour are a mistake, and become a minute.
  const said = "hop_limit = 77, reachable_time_ms = 20000, retrans_timer_ms = 4294967295";
  const router = new OwnRouter(settings(said, "2001:db8::53"));
  try {
    const domains = await waitForDomains((all) =>
      all.length === 2 && all.every(({ state }) => state === "ready")
    );
    const namespaces = domains.toSorted((one, other) => one.id < other.id ? -1 : 1)
      .map(({ namespace }) => namespace);
    const all = () => Promise.all(namespaces.map(headerSettings));
    const first = await all();
    deepStrictEqual(first, [[77, 20_000, 60_000], [33, 30_000, 2000]]);

    router.reload(settings("hop_limit = 0, reachable_time_ms = 0, retrans_timer_ms = 0", "2001:db8::54"));
    await until("the helper has made what the other advertisement says", async () => {
      const now = await waitForDomains((each) =>
        each.every(({ rdnss }) => rdnss[0]?.address === "2001:db8::54")
      );
      return (await Promise.all(now.map(differences))).flat().length === 0;
    });
    deepStrictEqual(await all(), first);

    router.reload(settings("hop_limit = 78, reachable_time_ms = 0, retrans_timer_ms = 1000", "2001:db8::54"));
    await until("the new ones are there", async () => String((await all())[0]) === "78,20000,1000");
  } finally {
    await router.end("SIGTERM");
    await waitForDomains((all) => all.length === 0);
  }
});
