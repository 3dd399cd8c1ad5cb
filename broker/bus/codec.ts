// Messages to bytes and back: headers by header.ts, values by dbus-native's marshalling. The one file that imports the library: its types end
// here, and of it only the wire format is used. Its own dispatch would let a caller name JavaScript's members, and
// its reader drops the whole connection for one bad body; here a body is read alone, and only after its signature
// was found to be one that is wanted.

import { Buffer } from "node:buffer";
import DBusBuffer from "dbus-native/lib/dbus-buffer.js";
import marshall from "dbus-native/lib/marshall.js";
import parseSignature from "dbus-native/lib/signature.js";
import values from "dbus-native/lib/values.js";
import { frame } from "./header.ts";
import type { Body, OutgoingMessage, Variant } from "./message.ts";

/** A complete type: its letter, and what is inside it. */
interface TypeNode {
  readonly type: string;
  readonly child: readonly TypeNode[];
}

interface Reader {
  read(signature: string): unknown[];
  readArray(element: TypeNode, bytes: number): unknown[];
}

const library: {
  readonly parse: (signature: string) => readonly TypeNode[];
  readonly marshall: (signature: string, values: readonly unknown[]) => Uint8Array;
  readonly Variant: new (signature: string, value: unknown) => Variant;
  readonly Reader: new (bytes: Buffer, start: number, options: object, byteOrder: number) => Reader;
} = {
  parse: parseSignature,
  marshall,
  Variant: values.Variant,
  Reader: DBusBuffer,
};

/** Pairs and wrapped variants: what a caller sends never becomes a member's name of an object as it is read. */
const SHAPES = { plainValues: false, variants: "wrap", ayBuffer: true };

const NO_BYTES = new Uint8Array(0);
const keptBodies = new WeakMap<Body, Uint8Array>();

/** Throws where the body does not fit the signature. */
export function encodeMessage(message: OutgoingMessage, serial: number, fds: readonly number[]): Uint8Array {
  const { signature = "", body = [], keepsBody = false } = message;
  let bytes = keepsBody ? keptBodies.get(body) : undefined;
  bytes ??= encodeBody(signature, body);
  if (keepsBody) keptBodies.set(body, bytes);
  return frame(message, serial, signature, bytes, fds.length);
}

function encodeBody(signature: string, body: Body): Uint8Array {
  if (signature === "" && body.length === 0) return NO_BYTES;
  const types = library.parse(signature);
  if (types.length !== body.length) throw new TypeError(`the body does not fit "${signature}"`);
  return library.marshall(signature, types.map((type, index) => toLibrary(type, body[index])));
}

/** A body's values. Throws where the bytes do not fit. */
export function decodeBody(signature: string, bytes: Uint8Array, byteOrder: number): Body {
  if (signature === "") return [];
  const read = new library.Reader(asBuffer(bytes), 0, SHAPES, byteOrder).read(signature);
  return library.parse(signature).map((type, index) => fromLibrary(type, read[index]));
}

/** The header's fields by their codes. Throws where they are none. */
export function decodeFields(bytes: Uint8Array, length: number, byteOrder: number): Map<number, unknown> {
  const [field] = library.parse("(yv)");
  if (field === undefined) throw new TypeError("no such type");
  const fields = new Map<number, unknown>();
  for (const each of new library.Reader(asBuffer(bytes), 0, SHAPES, byteOrder).readArray(field, length)) {
    if (Array.isArray(each) && each[1] instanceof library.Variant) fields.set(Number(each[0]), each[1].value);
  }
  return fields;
}

function toLibrary(type: TypeNode, value: unknown): unknown {
  const [first, second] = type.child;
  switch (type.type) {
    case "v": {
      if (!isVariant(value)) throw new TypeError("v without a variant");
      const [inner] = library.parse(value.signature);
      if (inner === undefined) throw new TypeError("a variant of nothing");
      return new library.Variant(value.signature, toLibrary(inner, value.value));
    }
    case "a":
      if (first?.type === "{" && typeof value === "object" && value !== null && !Array.isArray(value)) {
        return Object.entries(value).map(([key, each]) => toLibrary(first, [key, each]));
      }
      return Array.isArray(value) && first !== undefined
        ? value.map((each) => toLibrary(first, each))
        : value;
    case "(":
      if (!Array.isArray(value)) throw new TypeError("a struct is an array");
      return type.child.map((child, index) => toLibrary(child, value[index]));
    case "{":
      if (!Array.isArray(value) || second === undefined) {
        throw new TypeError("a dictionary's entry is a pair");
      }
      return [value[0], toLibrary(second, value[1])];
    case "s":
      // The one character that no text on the bus may have; some of ours comes from networks.
      return typeof value === "string" ? value.replaceAll("\0", "\ufffd") : value;
    default:
      return value;
  }
}

function fromLibrary(type: TypeNode, value: unknown): unknown {
  const [first] = type.child;
  if (type.type === "v" && value instanceof library.Variant) {
    const [inner] = library.parse(value.signature);
    const plain = inner === undefined ? value.value : fromLibrary(inner, value.value);
    return { signature: value.signature, value: plain };
  }
  if (!Array.isArray(value)) return value;
  if (type.type === "(") return type.child.map((child, index) => fromLibrary(child, value[index]));
  if (type.type !== "a" || first === undefined) return value;
  const [, entry] = first.child;
  if (first.type !== "{" || entry === undefined) return value.map((each) => fromLibrary(first, each));
  // Own members, whatever their names: "__proto__" is a key like any other.
  return Object.fromEntries(value.map((pair: Body) => [pair[0], fromLibrary(entry, pair[1])]));
}

function isVariant(value: unknown): value is Variant {
  return typeof value === "object" && value !== null && "signature" in value && "value" in value &&
    typeof value.signature === "string";
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
