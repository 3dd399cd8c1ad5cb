// The links of this namespace and their changes, by rtnetlink (rtnetlink(7), RTM_NEWLINK and RTM_DELLINK): needs no
// privilege.

import { LinuxError } from "./error.ts";
import { type LinkIpv6, linkIpv6 } from "./link_ipv6.ts";
import { view } from "./memory.ts";
import {
  attributeText,
  attributeU32,
  type NetlinkMessage,
  NetlinkWriter,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  parseAttributes,
} from "./netlink.ts";
import { ENOBUFS, openNetlink, receiveNetlink, sendNetlink } from "./netlink_socket.ts";

export const RTM_NEWLINK = 16, RTM_DELLINK = 17, RTM_GETLINK = 18;
/** The group of links' events (netlink(7)). */
export const RTMGRP_LINK = 1;
const IFLA_ADDRESS = 1,
  IFLA_IFNAME = 3,
  IFLA_MTU = 4,
  IFLA_MASTER = 10,
  IFLA_WIRELESS = 11,
  IFLA_LINKINFO = 18;
const IFLA_INFO_KIND = 1, IFLA_CARRIER_UP_COUNT = 47, IFLA_PARENT_DEV_NAME = 56;
const IFF_UP = 1, IFF_LOOPBACK = 8, IFF_RUNNING = 0x40, IFF_NOARP = 0x80, IFF_MULTICAST = 0x1000;
const ARPHRD_ETHER = 1;

export interface LinkEvent {
  readonly type: "new" | "gone";
  readonly index: number;
  readonly name: string;
  /** Set up by the administrator. */
  readonly up: boolean;
  /** Up, with carrier, and let in where that needs an authentication: operational as RFC 2863 has it. */
  readonly running: boolean;
  /** How often its carrier came. The kernel tells only once of several changes within a second. */
  readonly carrierUps: number;
  readonly loopback: boolean;
  readonly ethernet: boolean;
  /** Colon-separated lower-case hex; "" where the link has none. */
  readonly mac: string;
  readonly mtu: number;
  /** "veth", "bridge", "macvlan", ...; null for hardware, and for what a driver of its own made. */
  readonly kind: string | null;
  /** Index of the bridge, bond or the like that it is a port of; null for none. */
  readonly master: number | null;
  /** What it sits on, "virtio2" or "0000:00:1f.6"; null where only software is behind it, and before Linux 5.15. */
  readonly device: string | null;
  /** Neighbours can be looked for on it: multicast, and not NOARP as some modems are. */
  readonly neighborDiscovery: boolean;
  readonly ipv6: LinkIpv6;
}

/** A socket that becomes readable when a link changes; ask it for what there is with requestLinkDump. */
export function openLinkMonitor(): number {
  return openNetlink(RTMGRP_LINK);
}

/** Asks for every link there is: each comes as a "new" event. */
export function requestLinkDump(fd: number): void {
  sendNetlink(fd, linkDump());
}

export function linkDump(): Uint8Array {
  const writer = new NetlinkWriter();
  writer.message(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, new Uint8Array(16), () => {});
  return writer.bytes();
}

/** `sequence` of the answer to requestLink; of a dump's it is another. */
export const ONE_LINK = 2;

/** Asks for one link: it comes as a "new" event, or as an error where it is gone. */
export function requestLink(fd: number, index: number): void {
  const writer = new NetlinkWriter();
  const fixed = new Uint8Array(16);
  view(fixed).setInt32(4, index, true);
  writer.message(RTM_GETLINK, NLM_F_REQUEST, ONE_LINK, fixed, () => {});
  sendNetlink(fd, writer.bytes());
}

/** The changes that wait, or null where none does. After an overrun it asks for all links again by itself. */
export function readLinks(fd: number): LinkEvent[] | null {
  try {
    const messages = receiveNetlink(fd);
    return messages === null ? null : messages.map(linkEvent).filter((event) => event !== null);
  } catch (error) {
    if (!(error instanceof LinuxError && error.errno === ENOBUFS)) throw error;
    requestLinkDump(fd);
    return [];
  }
}

/** A link message as plain values; null for other messages. */
export function linkEvent(message: NetlinkMessage): LinkEvent | null {
  const gone = message.type === RTM_DELLINK;
  if ((message.type !== RTM_NEWLINK && !gone) || message.body.length < 16) return null;
  const fixed = view(message.body);
  // AF_BRIDGE messages tell of a bridge's port, not of the link itself.
  if (message.body[0] !== 0) return null;
  const attributes = parseAttributes(message.body, 16);
  // An event of the wireless extensions (a scan is done, say): it has the name and nothing else of the link.
  if (attributes.has(IFLA_WIRELESS)) return null;
  const flags = fixed.getUint32(8, true);
  const info = attributes.get(IFLA_LINKINFO);
  const mac = attributes.get(IFLA_ADDRESS) ?? new Uint8Array();
  return {
    type: gone ? "gone" : "new",
    index: fixed.getInt32(4, true),
    name: attributeText(attributes, IFLA_IFNAME) ?? "",
    up: (flags & IFF_UP) !== 0,
    running: (flags & IFF_UP) !== 0 && (flags & IFF_RUNNING) !== 0,
    carrierUps: attributeU32(attributes, IFLA_CARRIER_UP_COUNT) ?? 0,
    loopback: (flags & IFF_LOOPBACK) !== 0,
    ethernet: fixed.getUint16(2, true) === ARPHRD_ETHER,
    mac: [...mac].map((octet) => octet.toString(16).padStart(2, "0")).join(":"),
    mtu: attributeU32(attributes, IFLA_MTU) ?? 0,
    kind: info === undefined ? null : attributeText(parseAttributes(info), IFLA_INFO_KIND),
    master: attributeU32(attributes, IFLA_MASTER),
    device: attributeText(attributes, IFLA_PARENT_DEV_NAME),
    neighborDiscovery: (flags & IFF_MULTICAST) !== 0 && (flags & IFF_NOARP) === 0,
    ipv6: linkIpv6(attributes),
  };
}
