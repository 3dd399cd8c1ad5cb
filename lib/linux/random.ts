// Random octets from the kernel (getrandom(2)). The web's crypto object would do, and costs its process seven
// megabytes for good on first use.

import { must, retry } from "./error.ts";
import { libc } from "./libc.ts";
import { allocate } from "./memory.ts";

/** `count` octets, at most 256: up to there the kernel gives all of them at once. Throws LinuxError, RangeError. */
export function randomOctets(count: number): Uint8Array {
  if (count > 256) throw new RangeError("at most 256 random octets at once");
  const octets = allocate(count);
  const got = must("getrandom", retry(() => libc.getrandom(octets, BigInt(count), 0)));
  if (got !== count) throw new RangeError("the kernel gave fewer random octets than it promises");
  return octets;
}
