// Which links the broker listens on, and what kind of interface a domain gets there. Pure.

import type { InterfaceKind } from "../lib/protocol.ts";

/** What rtnetlink says of a link, as far as it matters here. */
export interface LinkFacts {
  readonly name: string;
  readonly loopback: boolean;
  /** IFLA_INFO_KIND: "veth", "bridge", "macvlan", "wireguard"; null for hardware. */
  readonly kind: string | null;
  readonly wifi: boolean;
}

/**
 * Without patterns: hardware, which is Ethernet and Wi-Fi; never bridges, containers' and VPNs' interfaces, macvlans.
 * With patterns: those that one of them names, whatever they are, the loopback aside.
 */
export function isWantedLink(link: LinkFacts, patterns: readonly string[] | null): boolean {
  if (link.loopback) return false;
  if (patterns === null) return link.kind === null;
  return patterns.some((pattern) => matchesPattern(link.name, pattern));
}

/** `*` stands for any characters, as many as there are; everything else for itself. */
export function matchesPattern(name: string, pattern: string): boolean {
  const [head = "", ...parts] = pattern.split("*");
  if (parts.length === 0) return name === pattern;
  const tail = parts.pop() ?? "";
  if (name.length < head.length + tail.length || !name.startsWith(head) || !name.endsWith(tail)) return false;
  let at = head.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - tail.length;
}

/** Most access points drop a second MAC, so Wi-Fi gets ipvlan, which shares its parent's. */
export function interfaceKindFor(link: LinkFacts): InterfaceKind {
  return link.wifi ? "ipvlan" : "macvlan";
}
