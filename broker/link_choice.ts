// Which links the broker listens on, and what kind of interface a domain gets there. Pure.

import type { InterfaceKind } from "../lib/protocol.ts";

/** What is known of a link, as far as it matters here. */
export interface LinkFacts {
  readonly name: string;
  readonly loopback: boolean;
  /** ARPHRD_ETHER, which Wi-Fi is too. */
  readonly ethernet: boolean;
  /** IFLA_INFO_KIND: "veth", "bridge", "macvlan", "wireguard"; null for hardware. */
  readonly kind: string | null;
  /** Index of the bridge, bond or the like that it is a port of; null for none. */
  readonly master: number | null;
  /** There is a device behind it. VMware's and VirtualBox's networks have neither a kind nor a device. */
  readonly hardware: boolean;
  readonly neighborDiscovery: boolean;
}

/** The administrator's word; each entry is a name in which `*` stands for any characters. */
export interface LinkSettings {
  /** Null: the default. */
  readonly links: readonly string[] | null;
  readonly macvlanLinks: readonly string[];
  readonly ipvlanLinks: readonly string[];
}

/** Ethernet all the same: several cables as one (IEEE 802.1AX), or one cable's virtual network (IEEE 802.1Q). Their
 * ports cannot carry a domain, so without them such a machine would have no link at all. */
const ETHERNET_KINDS: readonly string[] = ["bond", "team", "vlan"];

/**
 * Without patterns: Ethernet and Wi-Fi, hardware or made of hardware by an administrator; never a bridge, the port of
 * one or of a bond, what belongs to containers, virtual machines and VPNs, nor a modem that knows no neighbours.
 * With patterns: those that one of them names, whatever they are, as long as they are Ethernet to the kernel, which
 * macvlan and ipvlan need. Never the loopback.
 */
export function isWantedLink(link: LinkFacts, patterns: LinkSettings["links"]): boolean {
  if (link.loopback || !link.ethernet) return false;
  if (patterns !== null) return isNamed(link.name, patterns);
  if (link.master !== null || !link.neighborDiscovery) return false;
  return link.kind === null ? link.hardware : ETHERNET_KINDS.includes(link.kind);
}

/**
 * Most access points drop frames of a second MAC, so on Wi-Fi a domain gets ipvlan, which shares its parent's;
 * everywhere else macvlan, with which it is a host of its own. A link that settings name for both gets ipvlan, which
 * works on either.
 */
export function interfaceKindFor(
  link: { readonly name: string; readonly wifi: boolean },
  settings: Omit<LinkSettings, "links">,
): InterfaceKind {
  if (isNamed(link.name, settings.ipvlanLinks)) return "ipvlan";
  if (isNamed(link.name, settings.macvlanLinks)) return "macvlan";
  return link.wifi ? "ipvlan" : "macvlan";
}

function isNamed(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => matchesPattern(name, pattern));
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
