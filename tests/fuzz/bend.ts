// How packets are bent: one small harm at a time, in the ways that found a bug in some other parser. Pure.

import type { Random } from "./random.ts";

const LIMITS = [0, 1, 2, 3, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff];
const TYPES = [1, 3, 5, 21, 24, 25, 31, 37, 38, 63, 64, 144];

/** One small harm to a packet, another packet at hand. */
export function bend(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const at = random(bytes.length + 1);
  const unit = at & ~7;
  switch (random(8)) {
    case 0: // a bit
      return changed(bytes, at, (octet) => octet ^ 1 << random(8));
    case 1: // an octet that is a limit somewhere
      return changed(bytes, at, () => LIMITS[random(LIMITS.length)] ?? 0);
    case 2: // a length field
      return changed(bytes, unit + 1, (octet) => octet + random(5) - 2);
    case 3: // another type
      return changed(bytes, unit, () => TYPES[random(TYPES.length)] ?? 0);
    case 4:
      return bytes.slice(0, at);
    case 5: { // options of another packet in the middle
      const from = random(other.length + 1) & ~7;
      return splice(bytes, unit, 0, other.subarray(from, from + 8 * random(12)));
    }
    case 6:
      return splice(bytes, unit, 8 * random(6), new Uint8Array(0));
    default: { // what follows becomes the inside of a PvD option or a container
      const rest = bytes.subarray(unit);
      const head = random(2) === 0
        ? [21, 0, 0, random(256), 0, 0, 1, 0x61, 0, 0, 0, 0, 0, 0, 0, 0]
        : [63, 0, 0, 0, 0, 0, 0, 0];
      head[1] = (head.length + rest.length >> 3) & 0xff;
      return splice(bytes, unit, 0, Uint8Array.from(head));
    }
  }
}

function changed(bytes: Uint8Array, at: number, change: (octet: number) => number): Uint8Array {
  const out = bytes.slice();
  if (at < out.length) out[at] = change(out[at] ?? 0);
  return out;
}

function splice(bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.max(at, 0) + insert.length + Math.max(bytes.length - at - remove, 0));
  out.set(bytes.subarray(0, at));
  out.set(insert, at);
  out.set(bytes.subarray(at + remove), at + insert.length);
  return out;
}
