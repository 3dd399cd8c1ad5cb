// Messages to and from the bus itself (D-Bus Specification, "Message Protocol"): a call with no argument or one text,
// and replies with a list of texts or a number. Pure. Every length is checked against what is there.

const LITTLE_ENDIAN = "l".charCodeAt(0);
const METHOD_CALL = 1, METHOD_RETURN = 2;
const PATH = 1, INTERFACE = 2, MEMBER = 3, REPLY_SERIAL = 5, DESTINATION = 6, SIGNATURE = 8;
const HEADER_BYTES = 16;
/** "Message Protocol": the most that a message has. */
const MAX_MESSAGE_BYTES = 128 * 1024 * 1024;
const BUS = "org.freedesktop.DBus";

/** A call to the bus; `argument` null: none. */
export function methodCall(serial: number, member: string, argument: string | null): Uint8Array {
  const body: number[] = argument === null ? [] : texted(argument);
  const fields: number[] = [];
  const field = (code: number, type: string, value: readonly number[]) => {
    pad(fields, 8);
    fields.push(code, 1, type.charCodeAt(0), 0, ...value);
  };
  field(PATH, "o", texted("/org/freedesktop/DBus"));
  field(INTERFACE, "s", texted(BUS));
  field(MEMBER, "s", texted(member));
  field(DESTINATION, "s", texted(BUS));
  if (argument !== null) field(SIGNATURE, "g", [1, "s".charCodeAt(0), 0]);
  const message = [
    LITTLE_ENDIAN,
    METHOD_CALL,
    0,
    1,
    ...u32(body.length),
    ...u32(serial),
    ...u32(fields.length),
  ];
  message.push(...fields);
  pad(message, 8);
  return Uint8Array.of(...message, ...body);
}

export interface Reply {
  /** The serial of the call; null: it is no reply. */
  readonly to: number | null;
  /** null: an error. */
  readonly body: Uint8Array | null;
}

/** The first whole message, with its length; null where more must come. Throws SyntaxError. */
export function readReply(bytes: Uint8Array): { readonly value: Reply; readonly length: number } | null {
  if (bytes.length < HEADER_BYTES) return null;
  const v = viewOf(bytes);
  if (v.getUint8(0) !== LITTLE_ENDIAN) throw new SyntaxError("the bus speaks another byte order");
  const bodyLength = v.getUint32(4, true);
  const fieldsLength = v.getUint32(12, true);
  const bodyAt = align(HEADER_BYTES + fieldsLength, 8);
  const length = bodyAt + bodyLength;
  if (fieldsLength > MAX_MESSAGE_BYTES || length > MAX_MESSAGE_BYTES) {
    throw new SyntaxError("a message is too long");
  }
  if (bytes.length < length) return null;
  const isReturn = v.getUint8(1) === METHOD_RETURN;
  return {
    value: {
      to: replySerial(bytes.subarray(0, HEADER_BYTES + fieldsLength)),
      body: isReturn ? bytes.slice(bodyAt, length) : null,
    },
    length,
  };
}

/** A body of signature "as"; none where it is an error. Throws SyntaxError. */
export function readNames(body: Uint8Array | null): string[] {
  if (body === null) return [];
  const names: string[] = [];
  const end = 4 + number(body, 0);
  for (let at = 4; at < end;) {
    const length = number(body, at);
    names.push(new TextDecoder().decode(slice(body, at + 4, length)));
    at = align(at + 4 + length + 1, 4);
  }
  return names;
}

/** A body of signature "u"; null where it is an error. Throws SyntaxError. */
export function readU32(body: Uint8Array | null): number | null {
  return body === null ? null : number(body, 0);
}

/** Every field that a bus sends is a text, a number or a signature. */
function replySerial(header: Uint8Array): number | null {
  for (let at = HEADER_BYTES; at < header.length;) {
    const code = header[at];
    const type = String.fromCharCode(header[at + 2] ?? 0);
    const valueAt = at + 4;
    let end: number;
    if (type === "u") end = valueAt + 4;
    else if (type === "s" || type === "o") end = valueAt + 4 + number(header, valueAt) + 1;
    else if (type === "g") end = valueAt + 1 + (header[valueAt] ?? 0) + 1;
    else throw new SyntaxError(`a header field is of type ${JSON.stringify(type)}`);
    if (code === REPLY_SERIAL && type === "u") return number(header, valueAt);
    at = align(end, 8);
  }
  return null;
}

function number(bytes: Uint8Array, at: number): number {
  if (at + 4 > bytes.length) throw new SyntaxError("a message is cut short");
  return viewOf(bytes).getUint32(at, true);
}

function slice(bytes: Uint8Array, at: number, length: number): Uint8Array {
  if (at + length > bytes.length) throw new SyntaxError("a message is cut short");
  return bytes.subarray(at, at + length);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function texted(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [...u32(bytes.length), ...bytes, 0];
}

function u32(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}

function pad(bytes: number[], to: number): void {
  while (bytes.length % to !== 0) bytes.push(0);
}

function align(at: number, to: number): number {
  return Math.ceil(at / to) * to;
}
