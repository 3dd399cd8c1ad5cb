// Captures of every kind, whole, cut and hostile.

import assert from "node:assert/strict";
import fc from "fast-check";
import { captureFiles } from "../tests/fuzz/ndp_data.ts";
import {
  block,
  enhancedPacket,
  interfaceDescription,
  obsoletePacket,
  pcap,
  sectionHeader,
  simplePacket,
  u32,
} from "../tests/fuzz/pcap_build.ts";
import { concat } from "./ndp/octets.ts";
import { readCapture } from "./pcap.ts";

/** Frames as "number:linkType:octets", and the problem at the end. */
function read(bytes: Uint8Array): string[] {
  return Array.from(
    readCapture(bytes),
    (item) =>
      item.type === "problem"
        ? item.problem
        : `${item.frame.number}:${item.frame.linkType}:${Array.from(item.frame.bytes).join(" ")}`,
  );
}

const ONE = Uint8Array.from([1, 2, 3]);
const TWO = Uint8Array.from([4, 5, 6, 7, 8]);

for (const littleEndian of [true, false]) {
  const order = littleEndian ? "little" : "big";
  for (const magic of [0xa1b2c3d4, 0xa1b23c4d]) {
    Deno.test(`readCapture: pcap, ${order}-endian, magic ${magic.toString(16)}`, () => {
      const bytes = pcap([ONE, TWO], { littleEndian, magic, linkType: 113 });
      assert.deepEqual(read(bytes), ["1:113:1 2 3", "2:113:4 5 6 7 8"]);
    });
  }

  Deno.test(`readCapture: pcapng, ${order}-endian, with every kind of packet block and others between`, () => {
    const bytes = concat([
      sectionHeader(littleEndian),
      interfaceDescription(1, littleEndian),
      interfaceDescription(101, littleEndian),
      block(5, new Uint8Array(12), littleEndian),
      enhancedPacket(1, ONE, littleEndian),
      simplePacket(TWO, TWO.length, littleEndian),
      obsoletePacket(1, TWO, littleEndian),
    ]);
    assert.deepEqual(read(bytes), ["1:101:1 2 3", "2:1:4 5 6 7 8", "3:101:4 5 6 7 8"]);
  });
}

Deno.test("readCapture: sections of pcapng have their own byte order and interfaces, and packets count on", () => {
  const bytes = concat([
    sectionHeader(true),
    interfaceDescription(1, true),
    enhancedPacket(0, ONE, true),
    sectionHeader(false),
    interfaceDescription(276, false),
    enhancedPacket(0, ONE, false),
    enhancedPacket(1, ONE, false),
  ]);
  assert.deepEqual(read(bytes), [
    "1:1:1 2 3",
    "2:276:1 2 3",
    "packet 3 is of interface 1, which the file does not describe",
  ]);
});

Deno.test("readCapture: a simple packet is as long as the snap length lets it be", () => {
  const bytes = concat([
    sectionHeader(),
    interfaceDescription(1, true, 4),
    simplePacket(TWO.subarray(0, 4), 5),
  ]);
  assert.deepEqual(read(bytes), ["1:1:4 5 6 7"]);
});

Deno.test("readCapture: what is no capture is said to be none", () => {
  assert.deepEqual(read(new Uint8Array(0)), ["the file is empty"]);
  assert.deepEqual(read(ONE), ["the file is too short to be a capture"]);
  assert.deepEqual(read(new TextEncoder().encode("hello, world")), ["the file is neither pcap nor pcapng"]);
});

Deno.test("readCapture: packets before the place where a pcap file ends are given", () => {
  const bytes = pcap([ONE, TWO]);
  assert.deepEqual(read(bytes.subarray(0, -1)), [
    "1:1:1 2 3",
    "packet 2 claims 5 octets where 4 remain in the file",
  ]);
  assert.deepEqual(read(bytes.subarray(0, -10)), [
    "1:1:1 2 3",
    "the file ends inside the header of packet 2",
  ]);
  assert.deepEqual(read(bytes.subarray(0, 20)), ["the file ends inside its pcap header"]);
  assert.deepEqual(read(pcap([])), []);
});

Deno.test("readCapture: hostile lengths are a sentence and cost no memory", () => {
  const record = concat([u32(0, true), u32(0, true), u32(0xffff_ffff, true), u32(0xffff_ffff, true)]);
  assert.match(read(concat([pcap([]), record]))[0] ?? "", /claims 4294967295 octets where 0 remain/);
  const start = concat([sectionHeader(), interfaceDescription(1)]);
  const hostile: readonly (readonly [Uint8Array, RegExp])[] = [
    [concat([u32(6, true), u32(0, true), new Uint8Array(4)]), /block 3 has the length 0/],
    [concat([u32(6, true), u32(13, true), new Uint8Array(5)]), /block 3 has the length 13/],
    [concat([u32(6, true), u32(0xffff_fffc, true), new Uint8Array(4)]), /block 3 claims 4294967292 octets/],
    [block(6, new Uint8Array(16)), /block 3 is too short for packet 1/],
    [
      block(6, concat([new Uint8Array(12), u32(9, true), u32(9, true)])),
      /packet 1 claims 9 octets where its block has 0/,
    ],
    [block(3, new Uint8Array(0)), /too short for packet 1/],
    [simplePacket(ONE, 500), /packet 1 claims 500 octets where its block has 4/],
    [block(1, new Uint8Array(4)), /too short to describe an interface/],
    [block(0x0a0d0d0a, new Uint8Array(16)), /section header without a byte order/],
    [new Uint8Array(8), /the file ends inside block 3/],
  ];
  for (const [bytes, wanted] of hostile) assert.match(read(concat([start, bytes]))[0] ?? "", wanted);
});

Deno.test("readCapture: any bytes, and any harm to a capture, are answered", () => {
  const seeds = [
    ...captureFiles().map(({ bytes }) => bytes),
    concat([sectionHeader(), interfaceDescription(1), enhancedPacket(0, TWO), simplePacket(ONE, 3)]),
  ];
  const harm = fc.array(fc.tuple(fc.nat(3000), fc.nat(255)), { maxLength: 8 });
  fc.assert(fc.property(fc.constantFrom(...seeds), harm, fc.nat(3000), (seed, harms, length) => {
    const bytes = seed.slice(0, length);
    for (const [at, octet] of harms) if (at < bytes.length) bytes[at] = octet;
    const items = read(bytes);
    assert.ok(items.length <= bytes.length + 1);
  }));
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    read(concat([sectionHeader(), bytes]));
    read(bytes);
  }));
});
