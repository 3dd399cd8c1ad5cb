// Frames of every link type, with tags, extension headers and fragments.

import assert from "node:assert/strict";
import fc from "fast-check";
import { ethernet, ipv6Packet } from "../tests/fuzz/pcap_build.ts";
import { readFrame } from "./pcap_frame.ts";

const MESSAGE = Uint8Array.from([134, 0, 1, 2, 3]);
const PACKET = ipv6Packet(MESSAGE);

function packetOf(linkType: number, bytes: Uint8Array) {
  const read = readFrame({ number: 1, linkType, bytes });
  assert.equal(read.type, "ipv6");
  assert.ok(read.type === "ipv6");
  return read.packet;
}

function after(...head: number[]): Uint8Array {
  return Uint8Array.from([...head, ...PACKET]);
}

const LINKS: readonly (readonly [string, number, Uint8Array])[] = [
  ["Ethernet", 1, ethernet(PACKET)],
  ["Ethernet with a VLAN tag", 1, ethernet(PACKET, [0x8100])],
  ["Ethernet with two VLAN tags", 1, ethernet(PACKET, [0x88a8, 0x8100])],
  ["raw IP", 101, PACKET],
  ["raw IP as BSD numbers it", 12, PACKET],
  ["IPv6", 229, PACKET],
  ["Linux cooked", 113, after(0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x86, 0xdd)],
  [
    "Linux cooked with a VLAN tag",
    113,
    after(0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x81, 0, 0, 5, 0x86, 0xdd),
  ],
  ["Linux cooked, version 2", 276, after(0x86, 0xdd, 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0)],
  ["BSD loopback, little-endian", 0, after(30, 0, 0, 0)],
  ["BSD loopback, big-endian", 0, after(0, 0, 0, 28)],
  ["OpenBSD loopback", 108, after(0, 0, 0, 24)],
];

for (const [what, linkType, bytes] of LINKS) {
  Deno.test(`readFrame: ${what}`, () => {
    assert.deepEqual(packetOf(linkType, bytes), {
      source: "fe80::1",
      destination: "ff02::1",
      hopLimit: 255,
      protocol: 58,
      payload: MESSAGE,
      payloadLength: 5,
      fragmented: false,
      fragmentOffset: 0,
    });
  });
}

Deno.test("readFrame: a link type that is not known is told", () => {
  const read = readFrame({ number: 1, linkType: 127, bytes: PACKET });
  assert.deepEqual(read, { type: "unsupported", problem: "link type 127 is not one that pvd can read" });
});

Deno.test("readFrame: IPv4, ARP and scraps are other", () => {
  const other = (linkType: number, bytes: Uint8Array) =>
    assert.equal(readFrame({ number: 1, linkType, bytes }).type, "other");
  other(1, Uint8Array.from([...Array(12).fill(0), 8, 6, 0, 1]));
  other(101, Uint8Array.from([0x45, ...Array(40).fill(0)]));
  other(101, PACKET.subarray(0, 39));
  other(1, new Uint8Array(0));
  other(0, Uint8Array.from([2, 0, 0, 0]));
  other(113, new Uint8Array(3));
});

Deno.test("readFrame: padding behind the packet is cut off, and a cut packet says what it had", () => {
  assert.deepEqual(packetOf(1, Uint8Array.from([...ethernet(PACKET), 0, 0, 0])).payload, MESSAGE);
  const cut = packetOf(1, ethernet(PACKET).subarray(0, -2));
  assert.deepEqual([cut.payload.length, cut.payloadLength], [3, 5]);
});

Deno.test("readFrame: extension headers are walked", () => {
  const packet = packetOf(
    101,
    ipv6Packet(MESSAGE, {
      extensions: [
        { protocol: 0, bytes: new Uint8Array(8) },
        { protocol: 60, bytes: Uint8Array.from([0, 1, ...Array(14).fill(0)]) },
        { protocol: 43, bytes: new Uint8Array(8) },
        { protocol: 51, bytes: Uint8Array.from([0, 1, ...Array(10).fill(0)]) },
      ],
    }),
  );
  assert.equal(packet.protocol, 58);
  assert.deepEqual(packet.payload, MESSAGE);
});

Deno.test("readFrame: a fragment is told, also an only one, and a later one has its offset", () => {
  const fragment = (offset: number) =>
    packetOf(
      101,
      ipv6Packet(MESSAGE, {
        extensions: [{
          protocol: 44,
          bytes: Uint8Array.from([0, 0, offset >> 8, offset & 0xff, 0, 0, 0, 1]),
        }],
      }),
    );
  assert.equal(fragment(0).fragmented, true);
  assert.equal(fragment(1).fragmentOffset, 0);
  assert.equal(fragment(0x10).fragmentOffset, 16);
  assert.deepEqual(fragment(0).payload, MESSAGE);
});

Deno.test("readFrame: an endless chain of extension headers ends", () => {
  const extensions = Array(40).fill({ protocol: 60, bytes: new Uint8Array(8) });
  assert.equal(
    readFrame({ number: 1, linkType: 101, bytes: ipv6Packet(MESSAGE, { extensions }) }).type,
    "other",
  );
});

Deno.test("readFrame: any bytes of any link type are answered", () => {
  const linkType = fc.constantFrom(0, 1, 12, 101, 108, 113, 127, 229, 276);
  fc.assert(fc.property(linkType, fc.uint8Array({ maxLength: 120 }), fc.nat(60), (linkType, octets, keep) => {
    readFrame({ number: 1, linkType, bytes: octets });
    readFrame({ number: 1, linkType: 101, bytes: Uint8Array.from([...PACKET.subarray(0, keep), ...octets]) });
  }));
});
