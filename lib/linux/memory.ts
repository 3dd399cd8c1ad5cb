// Memory that C can hold the address of. A small typed array lives on V8's heap and moves; an ArrayBuffer made
// explicitly does not, so every buffer whose address goes into a C struct comes from `allocate`.

import { libc } from "./libc.ts";

/** `size` zero bytes with an address that stays, as long as somebody holds the array. */
export function allocate(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new ArrayBuffer(size));
}

/** The address of a buffer made by `allocate`: memmove(3) of nothing gives back its first argument. */
export function addressOf(buffer: Uint8Array<ArrayBuffer>): bigint {
  return BigInt(libc.memmove(buffer, buffer, 0n));
}

export function view(buffer: Uint8Array): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

const encoder = new TextEncoder();

/** NUL-terminated. Throws RangeError where the text itself holds NUL: it would be cut there without a word. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  const bytes = encoder.encode(text);
  if (bytes.includes(0)) throw new RangeError("a path holds a NUL character");
  const buffer = allocate(bytes.length + 1);
  buffer.set(bytes);
  return buffer;
}

/** A `char *[]` for execve(2): the pointers, ended by NULL, and the strings that must be held beside them. */
export function cStrings(
  strings: readonly Uint8Array[],
): { pointers: Uint8Array<ArrayBuffer>; strings: Uint8Array } {
  const all = allocate(Math.max(1, strings.reduce((sum, each) => sum + each.length + 1, 0)));
  const base = addressOf(all);
  const pointers = allocate((strings.length + 1) * 8);
  const table = new BigUint64Array(pointers.buffer);
  let at = 0;
  strings.forEach((each, index) => {
    all.set(each, at);
    table[index] = base + BigInt(at);
    at += each.length + 1;
  });
  return { pointers, strings: all };
}
