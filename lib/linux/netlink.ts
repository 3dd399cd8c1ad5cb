// The netlink wire format (netlink(7)): messages and attributes as bytes, and back. Pure. The kernel is trusted,
// yet every length is checked: a message cut short gives fewer attributes, never a read past its end.

import { view } from "./memory.ts";

export const NLM_F_REQUEST = 1,
  NLM_F_ACK = 4,
  NLM_F_REPLACE = 0x100,
  NLM_F_EXCL = 0x200,
  NLM_F_CREATE = 0x400;
export const NLM_F_DUMP = 0x300, NLM_F_APPEND = 0x800;
export const NLMSG_ERROR = 2, NLMSG_DONE = 3;
export const NLMSG_HEADER_BYTES = 16;
const NLA_TYPE_MASK = 0x3fff;

export type Attributes = ReadonlyMap<number, Uint8Array>;

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** What follows the header: a fixed struct, then attributes. */
  readonly body: Uint8Array;
}

/** Builds one or more messages, one after the other. */
export class NetlinkWriter {
  #bytes = new Uint8Array(4096);
  #view = view(this.#bytes);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** One message: `fixed` is its struct, `attributes` adds the rest. */
  message(type: number, flags: number, sequence: number, fixed: Uint8Array, attributes: () => void): void {
    const start = this.#length;
    this.#reserve(NLMSG_HEADER_BYTES);
    this.#view.setUint16(start + 4, type, true);
    this.#view.setUint16(start + 6, flags, true);
    this.#view.setUint32(start + 8, sequence, true);
    this.raw(fixed);
    attributes();
    this.#view.setUint32(start, this.#length - start, true);
  }

  raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  attribute(type: number, bytes: Uint8Array): void {
    const at = this.#reserve(4);
    this.#view.setUint16(at, 4 + bytes.length, true);
    this.#view.setUint16(at + 2, type, true);
    this.raw(bytes);
  }

  u8(type: number, value: number): void {
    this.attribute(type, Uint8Array.of(value));
  }

  u32(type: number, value: number): void {
    this.attribute(type, u32Bytes(value));
  }

  text(type: number, value: string): void {
    this.attribute(type, new TextEncoder().encode(`${value}\0`));
  }

  nest(type: number, inside: () => void): void {
    const at = this.#reserve(4);
    inside();
    this.#view.setUint16(at, this.#length - at, true);
    this.#view.setUint16(at + 2, type, true);
  }

  /** Room for `size` bytes, zero up to the next multiple of four; where it starts. */
  #reserve(size: number): number {
    const at = this.#length;
    const end = at + ((size + 3) & ~3);
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = view(larger);
    }
    this.#length = end;
    return at;
  }
}

export function u32Bytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  view(bytes).setUint32(0, value, true);
  return bytes;
}

/** The messages in one received datagram. */
export function parseMessages(datagram: Uint8Array): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  const v = view(datagram);
  for (let at = 0; at + NLMSG_HEADER_BYTES <= datagram.length;) {
    const length = v.getUint32(at, true);
    if (length < NLMSG_HEADER_BYTES || at + length > datagram.length) break;
    messages.push({
      type: v.getUint16(at + 4, true),
      flags: v.getUint16(at + 6, true),
      sequence: v.getUint32(at + 8, true),
      body: datagram.subarray(at + NLMSG_HEADER_BYTES, at + length),
    });
    at += (length + 3) & ~3;
  }
  return messages;
}

/** Attributes by type, from `offset` on; of equal types the last one counts. */
export function parseAttributes(bytes: Uint8Array, offset = 0): Attributes {
  const attributes = new Map<number, Uint8Array>();
  const v = view(bytes);
  for (let at = offset; at + 4 <= bytes.length;) {
    const length = v.getUint16(at, true);
    if (length < 4 || at + length > bytes.length) break;
    attributes.set(v.getUint16(at + 2, true) & NLA_TYPE_MASK, bytes.subarray(at + 4, at + length));
    at += (length + 3) & ~3;
  }
  return attributes;
}

/** An attribute as u32; null where it is not there or too short. */
export function attributeU32(attributes: Attributes, type: number): number | null {
  const bytes = attributes.get(type);
  return bytes === undefined || bytes.length < 4 ? null : view(bytes).getUint32(0, true);
}

/** An attribute as text up to its NUL; null where it is not there. */
export function attributeText(attributes: Attributes, type: number): string | null {
  const bytes = attributes.get(type);
  if (bytes === undefined) return null;
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** The error number of an NLMSG_ERROR message: 0 is an acknowledgement. */
export function errorOf(message: NetlinkMessage): number {
  return message.body.length < 4 ? -1 : -view(message.body).getInt32(0, true);
}
