// DNS names between the wire form of RFC 1035 3.1 and one normal text form: ASCII lower case, no final dot,
// every octet but letters, digits, "-" and "_" as \DDD (RFC 4343 2.1). Two names are equal where their texts
// are, and no text has a newline, a space or a control character in it. Pure.

import { escapeText } from "../escape.ts";

/** RFC 1035 2.3.4, length octets and the final zero included. */
export const MAX_NAME_OCTETS = 255;
/** RFC 1035 2.3.4. */
export const MAX_LABEL_OCTETS = 63;

const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const TO_LOWER = 0x20;

export type NameResult =
  | { readonly ok: true; readonly name: string; readonly next: number }
  | { readonly ok: false; readonly problem: string };

function isPlain(octet: number): boolean {
  return octet >= 0x61 && octet <= 0x7a || octet >= 0x30 && octet <= 0x39 || octet === 0x2d || octet === 0x5f;
}

function lower(octet: number): number {
  return octet >= UPPER_A && octet <= UPPER_Z ? octet + TO_LOWER : octet;
}

function octetText(octet: number): string {
  const small = lower(octet);
  return isPlain(small) ? String.fromCharCode(small) : `\\${small.toString().padStart(3, "0")}`;
}

/**
 * The uncompressed name at `at`, ending before `end`, and where the next octet is. The root name is "".
 * RFC 1035 3.1; compression is not allowed in any ND option (RFC 8106 5.2, RFC 8801 3.1).
 */
export function readName(bytes: Uint8Array, at: number, end: number): NameResult {
  const limit = Math.min(end, bytes.length);
  let name = "";
  let position = at;
  while (true) {
    const length = bytes[position];
    if (length === undefined || position >= limit) {
      return { ok: false, problem: "the name runs past its end" };
    }
    position++;
    if (length === 0) break;
    if (length >= 0xc0) return { ok: false, problem: "the name is compressed" };
    if (length > MAX_LABEL_OCTETS) {
      return {
        ok: false,
        problem: `the name has a label of ${length} octets, more than ${MAX_LABEL_OCTETS}`,
      };
    }
    if (position + length >= limit) return { ok: false, problem: "the name runs past its end" };
    if (name !== "") name += ".";
    for (let index = 0; index < length; index++) name += octetText(bytes[position + index] ?? 0);
    position += length;
    if (position - at >= MAX_NAME_OCTETS) {
      return { ok: false, problem: `the name is longer than ${MAX_NAME_OCTETS} octets` };
    }
  }
  return { ok: true, name, next: position };
}

/**
 * The wire form of a name's text, upper case made lower, a final dot allowed; "" and "." are the root.
 * RangeError where the text is no name.
 */
export function writeName(text: string): Uint8Array {
  const fail = (why: string) => new RangeError(`"${escapeText(text)}" is not a DNS name: ${why}`);
  const out: number[] = [];
  let label: number[] = [];
  const finish = () => {
    if (label.length === 0) throw fail("a label is empty");
    if (label.length > MAX_LABEL_OCTETS) throw fail(`a label is longer than ${MAX_LABEL_OCTETS} octets`);
    out.push(label.length, ...label);
    label = [];
  };
  if (text !== "" && text !== ".") {
    for (let index = 0; index < text.length; index++) {
      const octet = lower(text.charCodeAt(index));
      if (octet === 0x2e) {
        finish();
      } else if (octet === 0x5c) {
        const digits = text.slice(index + 1, index + 4);
        if (!/^(?:[01][0-9]{2}|2[0-4][0-9]|25[0-5])$/.test(digits)) {
          throw fail("an escape is not \\000 to \\255");
        }
        label.push(lower(Number(digits)));
        index += 3;
      } else if (isPlain(octet)) {
        label.push(octet);
      } else {
        throw fail("only letters, digits, '-', '_' and \\DDD may be in it");
      }
    }
    if (label.length > 0) finish();
  }
  out.push(0);
  if (out.length > MAX_NAME_OCTETS) throw fail(`it is longer than ${MAX_NAME_OCTETS} octets`);
  return Uint8Array.from(out);
}

/** The normal form of a name that a person wrote, or null where it is no name or the root. */
export function normaliseName(text: string): string | null {
  // The longest text a name can have: every octet escaped.
  if (text.length > MAX_NAME_OCTETS * 4) return null;
  try {
    const wire = writeName(text);
    const read = readName(wire, 0, wire.length);
    return read.ok && read.name !== "" ? read.name : null;
  } catch {
    return null;
  }
}

export type NamesResult =
  | { readonly ok: true; readonly names: readonly string[] }
  | { readonly ok: false; readonly problem: string };

/** The names that follow each other up to the end, zero octets after the last being padding (RFC 8106 5.2). */
export function readNames(bytes: Uint8Array, at: number): NamesResult {
  const names: string[] = [];
  let position = at;
  while (position < bytes.length && bytes[position] !== 0) {
    const read = readName(bytes, position, bytes.length);
    if (!read.ok) return read;
    names.push(read.name);
    position = read.next;
  }
  return { ok: true, names };
}
