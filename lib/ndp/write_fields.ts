// The fields that options are made of, each checked before it is written: whatever a settings file or another
// program gives, the answer is the octets or a RangeError whose sentence names the field. Pure.

import { escapeText } from "../escape.ts";
import { maskPrefix, parseIpv6, parsePrefix, type Prefix, sameAddress } from "../ip.ts";
import { MAX_OPTION_OCTETS } from "./codes.ts";
import { writeName } from "./name.ts";
import { pad8 } from "./octets.ts";
import { checkRange } from "./range.ts";
import { isHostAddress } from "./read_option.ts";

const MAX_LIFETIME_S = 0xffff_ffff;

/** An option of zeros with its type and length in place, long enough for `octets`. */
export function blank(code: number, what: string, octets: number): Uint8Array {
  const length = pad8(octets);
  if (length > MAX_OPTION_OCTETS) {
    throw new RangeError(
      `${what} would have ${length} octets, more than the ${MAX_OPTION_OCTETS} of an option`,
    );
  }
  const bytes = new Uint8Array(length);
  bytes[0] = code;
  bytes[1] = length / 8;
  return bytes;
}

/** RangeError unless the seconds fit 32 bits. */
export function lifetime(what: string, seconds: number): void {
  checkRange(`lifetime of ${what}`, seconds, MAX_LIFETIME_S);
}

/** The octets of an IPv6 address. */
export function ipv6(what: string, text: string): Uint8Array {
  const address = parseIpv6(text);
  if (address === null) throw new RangeError(`${what} ${escapeText(text)} is not an IPv6 address`);
  return address;
}

/** An IPv6 prefix with nothing set after its length. */
export function ipv6Prefix(what: string, text: string): Prefix {
  const prefix = parsePrefix(text);
  if (prefix === null || prefix.address.length !== 16) {
    throw new RangeError(`${what} ${escapeText(text)} is not an IPv6 prefix`);
  }
  if (!sameAddress(maskPrefix(prefix.address, prefix.length), prefix.address)) {
    throw new RangeError(`${what} ${text} has bits set after its length`);
  }
  return prefix;
}

/** The octets of an address that another host can have. */
export function hostAddress(what: string, text: string): Uint8Array {
  const address = ipv6(what, text);
  if (!isHostAddress(address)) throw new RangeError(`${what} ${text} is not the unicast address of a host`);
  return address;
}

/** The wire form of a name that is not the root. */
export function name(text: string): Uint8Array {
  const wire = writeName(text);
  if (wire.length === 1) throw new RangeError("the root is not a name that can be announced");
  return wire;
}
