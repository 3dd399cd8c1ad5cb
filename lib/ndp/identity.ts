// The id of an implicit provisioning domain: the UUID that MIF-PvD's pvdman derives from what the router
// announces, so that both name the same domain alike. The only file of the codec that hashes.

import { sha1 } from "@noble/hashes/legacy.js";
import { formatUuid } from "./mif_id.ts";
import type { NdOption } from "./types.ts";

/**
 * The text that is hashed: MTU, prefixes, route prefixes, resolvers, search names, in the order received and
 * with nothing between. Prefixes stand as the field was sent, without length, which is what pvdman reads.
 */
export function implicitIdText(options: readonly NdOption[], mtu: number | null): string {
  let prefixes = "";
  let routes = "";
  let resolvers = "";
  let names = "";
  for (const option of options) {
    if (option.type === "prefix") prefixes += option.address;
    else if (option.type === "route") routes += option.prefix.slice(0, option.prefix.indexOf("/"));
    else if (option.type === "rdnss") resolvers += option.addresses.join("");
    else if (option.type === "dnssl") names += option.domains.join("");
  }
  return `${mtu === null ? "None" : mtu}${prefixes}${routes}${resolvers}${names}`;
}

/** The UUID for that text: the first 16 octets of its SHA-1, no version or variant bits set. */
export function uuidOfText(text: string): string {
  return formatUuid(sha1(new TextEncoder().encode(text)));
}

/** The derived id of the implicit domain that these outer options make. */
export function implicitId(options: readonly NdOption[], mtu: number | null): string {
  return uuidOfText(implicitIdText(options, mtu));
}
