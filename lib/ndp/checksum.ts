// The ICMPv6 checksum over the IPv6 pseudo-header (RFC 4443 2.3, RFC 8200 8.1). Pure.

import { ICMPV6 } from "./codes.ts";
import { readU16 } from "./octets.ts";

function sum(bytes: Uint8Array): number {
  let total = 0;
  for (let at = 0; at < bytes.length; at += 2) total += readU16(bytes, at);
  return total;
}

/**
 * The checksum of a message between two 16-octet addresses. Over a message that has its checksum in place
 * it is 0; over one with zeros there it is what belongs there.
 */
export function icmpv6Checksum(source: Uint8Array, destination: Uint8Array, message: Uint8Array): number {
  let total = sum(source) + sum(destination) + message.length + ICMPV6 + sum(message);
  while (total > 0xffff) total = (total & 0xffff) + Math.floor(total / 0x1_0000);
  return ~total & 0xffff;
}
