// Interface identifiers and MAC addresses that stay the same for a domain on this machine, and say nothing to
// anybody else: RFC 7217, keyed by a secret that the broker keeps. Pure.

import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { formatAddress, parsePrefix } from "../lib/ip.ts";
import { IDGEN_RETRIES } from "./state/duplicate.ts";

/** RFC 7217 5: at least 128 bits. */
export const SECRET_BYTES = 32;

/** `stable`: RFC 7217. `eui64`: RFC 4291 appendix A, from the domain's MAC. */
export type IdentifierMethod = "stable" | "eui64";

export interface Secrets {
  readonly key: Uint8Array;
  /** What the settings say; `stable` by default. */
  readonly identifiers?: IdentifierMethod;
}

/** How many addresses can be tried in one prefix, should other hosts have them (RFC 7217 7, RFC 4862 5.4.5). */
export function triesOf({ identifiers }: Secrets): number {
  return identifiers === "eui64" ? 1 : IDGEN_RETRIES;
}

/** The address of a domain in a /64 prefix, as the settings want it. Null where `prefix` is no IPv6 /64. */
export function domainAddress(
  secrets: Secrets,
  domainKey: string,
  prefix: string,
  dadCounter: number,
): string | null {
  return secrets.identifiers === "eui64"
    ? addressIn(prefix, eui64Identifier(stableMac(secrets, domainKey)))
    : stableAddress(secrets, domainKey, prefix, dadCounter);
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
  const identifierOf = (counter: number) =>
    digest(secrets, ["address", prefix, domainKey, String(counter)]).subarray(0, 8);
  return addressIn(prefix, unreserved(identifierOf, dadCounter));
}

/** Of the identifiers for 0, 1, 2, ... the one after `passedOver` others, reserved ones not counted: RFC 7217 5 has
 * the counter go on for those as it does for duplicates. */
export function unreserved(identifierOf: (counter: number) => Uint8Array, passedOver: number): Uint8Array {
  let left = passedOver;
  for (let counter = 0;; counter++) {
    const identifier = identifierOf(counter);
    if (!isReservedIdentifier(identifier) && left-- === 0) return identifier;
  }
}

/** RFC 4291 appendix A: `fffe` in the middle of the MAC, its universal/local bit inverted. */
export function eui64Identifier(mac: string): Uint8Array {
  const octets = mac.split(":").map((octet) => parseInt(octet, 16));
  const identifier = Uint8Array.from([...octets.slice(0, 3), 0xff, 0xfe, ...octets.slice(3)]);
  identifier[0] = (identifier[0] ?? 0) ^ 0x02;
  return identifier;
}

/** Null where `prefix` is no IPv6 /64: with 64 bits of identifier, no other makes an address (RFC 4862 5.5.3 d). */
function addressIn(prefix: string, identifier: Uint8Array): string | null {
  const parsed = parsePrefix(prefix);
  if (parsed === null || parsed.address.length !== 16 || parsed.length !== 64) return null;
  const address = parsed.address.slice();
  address.set(identifier, 8);
  return formatAddress(address);
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
