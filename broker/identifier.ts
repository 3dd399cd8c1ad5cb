// Interface identifiers and MAC addresses that stay the same for a domain on this machine, and say nothing to
// anybody else: RFC 7217, keyed by a secret that the broker keeps. Pure.

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { formatAddress, parsePrefix } from "../lib/ip.ts";

/** RFC 7217 5: at least 128 bits. */
export const SECRET_BYTES = 32;

export interface Secrets {
  readonly key: Uint8Array;
}

/**
 * The address of a domain in a /64 prefix (RFC 7217 5): the prefix, the domain's key (link and id or router) as
 * Net_Iface and Network_ID, and the DAD counter, through HMAC-SHA-256. Null where `prefix` is no IPv6 /64.
 */
export function stableAddress(
  secrets: Secrets,
  domainKey: string,
  prefix: string,
  dadCounter: number,
): string | null {
  const parsed = parsePrefix(prefix);
  if (parsed === null || parsed.address.length !== 16 || parsed.length !== 64) return null;
  for (let counter = dadCounter;; counter++) {
    const identifier = digest(secrets, ["address", prefix, domainKey, String(counter)]).subarray(0, 8);
    if (isReservedIdentifier(identifier)) continue;
    const address = parsed.address.slice();
    address.set(identifier, 8);
    return formatAddress(address);
  }
}

/** The domain's MAC: locally administered unicast, 40 bits of it from the secret. */
export function stableMac(secrets: Secrets, domainKey: string): string {
  const octets = digest(secrets, ["mac", domainKey]).subarray(0, 5);
  return ["02", ...Array.from(octets, (octet) => octet.toString(16).padStart(2, "0"))].join(":");
}

/** RFC 5453 and its registry: subnet-router anycast, IANA's Ethernet block, reserved subnet anycast. */
export function isReservedIdentifier(identifier: Uint8Array): boolean {
  const value = identifier.reduce((sum, octet) => sum << 8n | BigInt(octet), 0n);
  return value === 0n ||
    value >= 0x0200_5eff_fe00_0000n && value <= 0x0200_5eff_feff_ffffn ||
    value >= 0xfdff_ffff_ffff_ff80n && value <= 0xfdff_ffff_ffff_ffffn;
}

/** NUL cannot be in any part, so no two lists of parts give the same bytes. */
function digest(secrets: Secrets, parts: readonly string[]): Uint8Array {
  return hmac(sha256, secrets.key, new TextEncoder().encode(parts.join("\0")));
}
