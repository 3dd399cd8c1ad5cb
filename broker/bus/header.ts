// A message's header to bytes: every message has one, and the library's general way through "a(yv)" takes longer than
// all else that is done about a small call. Pure.
// https://dbus.freedesktop.org/doc/dbus-specification.html, "Message Format"

import type { OutgoingMessage } from "./message.ts";

const LITTLE_ENDIAN = "l".charCodeAt(0);
const MAJOR_VERSION = 1;
const FIXED_BYTES = 16;
const OBJECT_PATH = "o", STRING = "s", SIGNATURE = "g", UINT32 = "u";

/** Of each field: its padding, code and type, a text's length and its end. */
const MOST_AROUND_A_VALUE = 24, FIELDS = 8;

const encoder = new TextEncoder();

/** Header and body, with the header's padding between them. `signature` is the body's; "": there is none. */
export function frame(
  message: OutgoingMessage,
  serial: number,
  signature: string,
  body: Uint8Array,
  fdCount: number,
): Uint8Array {
  const { path = "", interface: iface = "", member = "", errorName = "", destination = "" } = message;
  const texts = path.length + iface.length + member.length + errorName.length + destination.length;
  // UTF-8 takes at most three bytes for one of a string's units.
  const most = FIXED_BYTES + FIELDS * MOST_AROUND_A_VALUE + 3 * (texts + signature.length);
  const bytes = new Uint8Array(most + body.length);
  const view = new DataView(bytes.buffer);
  let at = FIXED_BYTES;
  const field = (code: number, type: string) => {
    at = align(at);
    bytes[at] = code;
    bytes[at + 1] = 1;
    bytes[at + 2] = type.charCodeAt(0);
    at += 4;
  };
  const text = (code: number, type: string, value: string) => {
    if (value === "") return;
    field(code, type);
    const length = type === SIGNATURE ? 1 : 4;
    const { written } = encoder.encodeInto(value, bytes.subarray(at + length));
    if (type === SIGNATURE) view.setUint8(at, written);
    else view.setUint32(at, written, true);
    at += length + written + 1;
  };
  const whole = (code: number, value: number) => {
    if (value === 0) return;
    field(code, UINT32);
    view.setUint32(at, value, true);
    at += 4;
  };
  text(1, OBJECT_PATH, path);
  text(2, STRING, iface);
  text(3, STRING, member);
  text(4, STRING, errorName);
  whole(5, message.replySerial ?? 0);
  text(6, STRING, destination);
  text(8, SIGNATURE, signature);
  whole(9, fdCount);
  view.setUint8(0, LITTLE_ENDIAN);
  view.setUint8(1, message.type);
  view.setUint8(2, message.flags ?? 0);
  view.setUint8(3, MAJOR_VERSION);
  view.setUint32(4, body.length, true);
  view.setUint32(8, serial, true);
  view.setUint32(12, at - FIXED_BYTES, true);
  const start = align(at);
  bytes.set(body, start);
  return bytes.subarray(0, start + body.length);
}

/** The next place for a field, or for the body. */
function align(at: number): number {
  return Math.ceil(at / 8) * 8;
}
