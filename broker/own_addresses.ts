// The IPv6 addresses that this host has itself: an advertisement from one of them is its own, come back. Reads
// /proc/net/if_inet6 at most once a second, however many strange routers a flood brings.

import { formatAddress } from "../lib/ip.ts";
import { readTextFile } from "../lib/linux/fd.ts";

const FRESH_MS = 1_000;
const FILE = "/proc/net/if_inet6";

export function ownAddresses(now: () => number): () => ReadonlySet<string> {
  let addresses: ReadonlySet<string> = new Set();
  let readAt = -Infinity;
  return () => {
    if (now() - readAt < FRESH_MS) return addresses;
    readAt = now();
    addresses = parseIfInet6(readTextFile(FILE) ?? "");
    return addresses;
  };
}

/** The addresses of the file's lines, each of which begins with 32 hex digits. */
export function parseIfInet6(text: string): ReadonlySet<string> {
  const addresses = new Set<string>();
  for (const line of text.split("\n")) {
    const hex = /^[0-9a-f]{32}(?= )/.exec(line)?.[0];
    if (hex === undefined) continue;
    addresses.add(
      formatAddress(Uint8Array.from({ length: 16 }, (_, at) => parseInt(hex.slice(2 * at, 2 * at + 2), 16))),
    );
  }
  return addresses;
}
