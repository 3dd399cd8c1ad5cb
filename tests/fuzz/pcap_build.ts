// Captures made in memory, for tests of the readers: frames, packets and files of every kind they know.

import { parseIpv6 } from "../../lib/ip.ts";
import { concat } from "../../lib/ndp/octets.ts";
import { readVectors } from "./ndp_data.ts";

export interface PacketFields {
  readonly source?: string;
  readonly hopLimit?: number;
  /** Extension headers; the first octet of each is replaced by what comes next. */
  readonly extensions?: readonly { readonly protocol: number; readonly bytes: Uint8Array }[];
  readonly protocol?: number;
}

/** An IPv6 packet to all nodes. */
export function ipv6Packet(payload: Uint8Array, fields: PacketFields = {}): Uint8Array {
  const { source = "fe80::1", hopLimit = 255, extensions = [], protocol = 58 } = fields;
  const protocols = [...extensions.map((each) => each.protocol), protocol];
  const headers = extensions.map(({ bytes }, index) =>
    Uint8Array.from([protocols[index + 1] ?? 0, ...bytes.slice(1)])
  );
  const body = concat([...headers, payload]);
  const bytes = new Uint8Array(40 + body.length);
  bytes.set([0x60, 0, 0, 0, body.length >> 8, body.length & 0xff, protocols[0] ?? 0, hopLimit]);
  bytes.set(parseIpv6(source) ?? [], 8);
  bytes.set(parseIpv6("ff02::1") ?? [], 24);
  bytes.set(body, 40);
  return bytes;
}

/** An Ethernet frame with the EtherTypes given, VLAN tags first. */
export function ethernet(packet: Uint8Array, tags: readonly number[] = []): Uint8Array {
  const head = [0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 1];
  for (const tag of tags) head.push(tag >> 8, tag & 0xff, 0, 5);
  return Uint8Array.from([...head, 0x86, 0xdd, ...packet]);
}

/** The ICMPv6 message of a vector. */
export function vectorBytes(name: string): Uint8Array {
  const vector = readVectors().find((each) => each.name === name);
  if (vector === undefined) throw new Error(`there is no vector ${name}`);
  return vector.bytes;
}

export interface PcapFields {
  readonly linkType?: number;
  readonly littleEndian?: boolean;
  readonly magic?: number;
}

export function u32(value: number, littleEndian: boolean): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, littleEndian);
  return bytes;
}

export function u16(value: number, littleEndian: boolean): Uint8Array {
  return littleEndian
    ? Uint8Array.from([value & 0xff, value >> 8])
    : Uint8Array.from([value >> 8, value & 0xff]);
}

/** A pcap file with one record a frame. */
export function pcap(frames: readonly Uint8Array[], fields: PcapFields = {}): Uint8Array {
  const { linkType = 1, littleEndian = true, magic = 0xa1b2c3d4 } = fields;
  const number = (value: number) => u32(value, littleEndian);
  const parts = [
    number(magic),
    u16(2, littleEndian),
    u16(4, littleEndian),
    number(0),
    number(0),
    number(262_144),
    number(linkType),
  ];
  for (const frame of frames) {
    parts.push(number(1), number(2), number(frame.length), number(frame.length), frame);
  }
  return concat(parts);
}

/** A pcapng block, its body padded. */
export function block(type: number, body: Uint8Array, littleEndian = true): Uint8Array {
  const padded = new Uint8Array((body.length + 3) & ~3);
  padded.set(body);
  const length = u32(padded.length + 12, littleEndian);
  return concat([u32(type, littleEndian), length, padded, length]);
}

export function sectionHeader(littleEndian = true): Uint8Array {
  const body = concat([
    u32(0x1a2b3c4d, littleEndian),
    u16(1, littleEndian),
    u16(0, littleEndian),
    Uint8Array.from(Array(8).fill(0xff)),
  ]);
  return block(0x0a0d0d0a, body, littleEndian);
}

export function interfaceDescription(linkType: number, littleEndian = true, snapLength = 0): Uint8Array {
  return block(
    1,
    concat([u16(linkType, littleEndian), u16(0, littleEndian), u32(snapLength, littleEndian)]),
    littleEndian,
  );
}

export function enhancedPacket(index: number, frame: Uint8Array, littleEndian = true): Uint8Array {
  const number = (value: number) => u32(value, littleEndian);
  const head = [number(index), number(0), number(0), number(frame.length), number(frame.length)];
  return block(6, concat([...head, frame]), littleEndian);
}

export function obsoletePacket(index: number, frame: Uint8Array, littleEndian = true): Uint8Array {
  const number = (value: number) => u32(value, littleEndian);
  const head = [u16(index, littleEndian), u16(0, littleEndian), number(0), number(0)];
  return block(2, concat([...head, number(frame.length), number(frame.length), frame]), littleEndian);
}

export function simplePacket(frame: Uint8Array, originalLength: number, littleEndian = true): Uint8Array {
  return block(3, concat([u32(originalLength, littleEndian), frame]), littleEndian);
}
