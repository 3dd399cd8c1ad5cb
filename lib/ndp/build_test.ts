// build.ts is the inverse of parse.ts, and refuses what would not come back.

import assert from "node:assert/strict";
import fc from "fast-check";
import { message } from "../../tests/fuzz/ndp_arbitrary.ts";
import { captureFiles, fromHex, readVectors } from "../../tests/fuzz/ndp_data.ts";
import { readCapture } from "../pcap.ts";
import { readFrame } from "../pcap_frame.ts";
import { buildMessage, type MessageToBuild } from "./build.ts";
import { hex } from "./octets.ts";
import { parseMessage } from "./parse.ts";
import type { NdOption, PrefixOption, PvdOption, RaHeader } from "./types.ts";

const ADDRESSES = { source: "fe80::1", destination: "ff02::1" };
const ENVELOPE = { ...ADDRESSES, hopLimit: 255 };

const HEADER: RaHeader = {
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
};

function ra(...options: NdOption[]): MessageToBuild {
  return { type: "routerAdvertisement", header: HEADER, options };
}

Deno.test("buildMessage: what is built is parsed to the same, its checksum right", () => {
  fc.assert(fc.property(message, (built) => {
    let bytes: Uint8Array;
    try {
      bytes = buildMessage(built, ADDRESSES);
    } catch (error) {
      assert.ok(error instanceof RangeError); // a generated option may be too long for its octet
      assert.match(error.message, /more than the 2040/);
      return;
    }
    const parsed = parseMessage(bytes, { ...ENVELOPE, verifyChecksum: true });
    assert.ok(parsed.ok, parsed.ok ? "" : parsed.problem);
    assert.deepEqual(parsed.message, { ...built, ignored: [] });
  }));
});

Deno.test("buildMessage: without addresses the checksum is left to the kernel", () => {
  assert.equal(hex(buildMessage(ra(), null)), "86000000400007080000000000000000");
  assert.equal(hex(buildMessage(ra(), ADDRESSES)), "86003527400007080000000000000000");
});

/** Vectors with nothing ignored and no reserved bits set, to the octet. */
for (const vector of readVectors()) {
  if (/reserved-flags|junk|s-bit/.test(vector.name)) continue;
  const parsed = parseMessage(vector.bytes, { source: vector.src, hopLimit: vector.hoplimit });
  if (!parsed.ok || parsed.message.ignored.length > 0 || vector.name === "4861-bad-checksum") continue;
  Deno.test(`buildMessage: vector ${vector.name} is built to the octet`, () => {
    const bytes = buildMessage(parsed.message, { source: vector.src, destination: vector.dst });
    assert.equal(hex(bytes), vector.hex);
  });
}

for (const { name, bytes } of captureFiles()) {
  Deno.test(`buildMessage: the messages of ${name} are built to the same values`, () => {
    let messages = 0;
    for (const item of readCapture(bytes)) {
      const read = item.type === "frame" ? readFrame(item.frame) : null;
      if (read?.type !== "ipv6") continue;
      const { source, destination, hopLimit, payload } = read.packet;
      const envelope = { source, destination, hopLimit, verifyChecksum: true };
      const parsed = parseMessage(payload, envelope);
      assert.ok(parsed.ok);
      const again = parseMessage(buildMessage(parsed.message, { source, destination }), envelope);
      assert.deepEqual(again, parsed);
      messages++;
    }
    assert.ok(messages >= 6);
  });
}

const PREFIX: PrefixOption = {
  type: "prefix",
  prefix: "2001:db8::/64",
  address: "2001:db8::",
  onLink: true,
  autonomous: true,
  routerAddress: false,
  dhcpv6Pd: false,
  validS: 1,
  preferredS: 1,
};
const PVD: PvdOption = {
  type: "pvd",
  name: "example.org",
  http: false,
  legacy: false,
  delay: 0,
  sequence: 0,
  header: null,
  options: [],
};
const addresses = Array.from({ length: 128 }, (_, index) => `2001:db8::${(index + 1).toString(16)}`);

const REFUSED: readonly (readonly [string, RegExp, MessageToBuild])[] = [
  [
    "an option of more than 2040 octets",
    /2056 octets, more than the 2040/,
    ra({ type: "rdnss", addresses, lifetimeS: 1 }),
  ],
  [
    "a PvD option that grows too long",
    /PvD option example.org would have/,
    ra({ ...PVD, options: Array(64).fill(PREFIX) }),
  ],
  ["a name that is none", /"a b" is not a DNS name/, ra({ ...PVD, name: "a b" })],
  ["the root as a name", /the root/, ra({ type: "dnssl", domains: ["."], lifetimeS: 1 })],
  ["a lifetime beyond its field", /lifetime of prefix .* 4294967296/, ra({ ...PREFIX, validS: 2 ** 32 })],
  ["a lifetime with a fraction", /not a whole number/, ra({ ...PREFIX, preferredS: 1.5 })],
  [
    "a negative lifetime",
    /not a whole number/,
    ra({ type: "rdnss", addresses: ["2001:db8::1"], lifetimeS: -1 }),
  ],
  ["a router lifetime beyond its field", /router lifetime 65536/, {
    type: "routerAdvertisement",
    header: { ...HEADER, routerLifetimeS: 65536 },
    options: [],
  }],
  ["a prefix with bits after its length", /bits set after/, ra({ ...PREFIX, prefix: "2001:db8::1/64" })],
  ["an address outside its prefix", /does not hold its address/, ra({ ...PREFIX, address: "2001:db9::" })],
  ["a link-local prefix", /link-local/, ra({ ...PREFIX, prefix: "fe80::/64", address: "fe80::" })],
  [
    "an IPv4 route",
    /not an IPv6 prefix/,
    ra({ type: "route", prefix: "10.0.0.0/8", preference: "low", lifetimeS: 1 }),
  ],
  ["a multicast resolver", /not the unicast/, ra({ type: "rdnss", addresses: ["ff02::1"], lifetimeS: 1 })],
  ["RDNSS with nothing", /nothing in it/, ra({ type: "rdnss", addresses: [], lifetimeS: 1 })],
  ["a PREF64 of another length", /none of 96/, ra({ type: "pref64", prefix: "64:ff9b::/97", lifetimeS: 8 })],
  ["a PREF64 lifetime of 7 s", /multiple of 8/, ra({ type: "pref64", prefix: "64:ff9b::/96", lifetimeS: 7 })],
  ["a captive portal that is no URI", /not a URI/, ra({ type: "captivePortal", uri: "a b" })],
  ["a delay of 16", /delay of PvD option example.org 16/, ra({ ...PVD, delay: 16 })],
  ["two PvD options", /at most one PvD option/, ra(PVD, PVD)],
  ["a PvD option in a PvD option", /cannot hold another/, ra({ ...PVD, options: [PVD] })],
  [
    "a container beside a PvD option",
    /cannot have containers/,
    ra(PVD, { type: "mifContainer", options: [{ type: "mifId", idType: 5, id: "a" }] }),
  ],
  ["a container without an id", /one PVD_ID, not 0/, ra({ type: "mifContainer", options: [] })],
  [
    "two containers with one id",
    /two containers/,
    ra({ type: "mifContainer", options: [{ type: "mifId", idType: 5, id: "a" }] }, {
      type: "mifContainer",
      options: [{ type: "mifId", idType: 4, id: "a" }],
    }),
  ],
  ["a bare id in an advertisement", /stands in a container/, ra({ type: "mifId", idType: 5, id: "a" })],
  [
    "an id with a newline",
    /control or formatting/,
    ra({ type: "mifContainer", options: [{ type: "mifId", idType: 2, id: "\n" }] }),
  ],
  ["a known option as unknown", /not unknown/, ra({ type: "unknown", code: 3, body: new Uint8Array(30) })],
  [
    "an unknown option that fills no unit",
    /units of 8/,
    ra({ type: "unknown", code: 200, body: new Uint8Array(5) }),
  ],
  [
    "a link-layer address of 5 octets",
    /does not fill/,
    ra({ type: "sourceLinkLayerAddress", address: "02:00:00:00:01" }),
  ],
  ["a prefix in a solicitation", /does not belong/, { type: "routerSolicitation", options: [PREFIX] }],
  ["more options than are read", /more than 512/, ra(...Array(513).fill({ type: "mtu", mtu: 1500 }))],
];

for (const [what, wanted, refused] of REFUSED) {
  Deno.test(`buildMessage: ${what} is a RangeError`, () => {
    assert.throws(() => buildMessage(refused, null), { name: "RangeError", message: wanted });
  });
}

Deno.test("buildMessage: a solicitation from :: cannot have a link-layer address", () => {
  const rs: MessageToBuild = {
    type: "routerSolicitation",
    options: [{ type: "sourceLinkLayerAddress", address: "02:00:00:00:00:01" }],
  };
  assert.throws(() => buildMessage(rs, { source: "::", destination: "ff02::2" }), RangeError);
  assert.equal(buildMessage(rs, null).length, 16);
});

Deno.test("buildMessage: the bytes are those of the RFC's figure", () => {
  const parsed = parseMessage(fromHex(readVectors()[0]?.hex ?? ""), ENVELOPE);
  assert.ok(parsed.ok);
  assert.equal(buildMessage(parsed.message, null).length, 16 + 96);
});
