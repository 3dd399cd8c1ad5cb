// Reading and writing numbers in network byte order. Reading past the end gives zeros, so that no packet can
// make the parser throw; who reads checks the length first. Pure.

/** One octet, 0 past the end. */
export function readU8(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}

/** 16 bits, big-endian. */
export function readU16(bytes: Uint8Array, at: number): number {
  return readU8(bytes, at) << 8 | readU8(bytes, at + 1);
}

/** 32 bits, big-endian, unsigned. */
export function readU32(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at) * 0x1_0000 + readU16(bytes, at + 2);
}

/** Writes 16 bits, big-endian. */
export function writeU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value & 0xff;
}

/** Writes 32 bits, big-endian. */
export function writeU32(bytes: Uint8Array, at: number, value: number): void {
  writeU16(bytes, at, value >>> 16);
  writeU16(bytes, at + 2, value & 0xffff);
}

/** The next multiple of 8, the unit of every ND option (RFC 4861 4.6). */
export function pad8(length: number): number {
  return (length + 7) & ~7;
}

const HEX = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, "0"));

/** Octets as lower-case hex. */
export function hex(bytes: Uint8Array, separator = ""): string {
  let text = "";
  for (let index = 0; index < bytes.length; index++) {
    if (index > 0) text += separator;
    text += HEX[bytes[index] ?? 0];
  }
  return text;
}

/** Octets one after another. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
