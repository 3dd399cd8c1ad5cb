// Links, addresses and routes as rtnetlink messages (rtnetlink(7), uapi if_link.h, if_addr.h, rtnetlink.h), and what
// dumps of them say. Pure: bytes in, bytes out.

import { formatAddress, formatPrefix, parseIpv6, parsePrefix } from "../ip.ts";
import { view } from "./memory.ts";
import {
  attributeText,
  attributeU32,
  type NetlinkMessage,
  NetlinkWriter,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_DUMP,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  NLMSG_HEADER_BYTES,
  parseAttributes,
  u32Bytes,
} from "./netlink.ts";

const RTM_NEWLINK = 16, RTM_DELLINK = 17, RTM_NEWADDR = 20, RTM_DELADDR = 21, RTM_GETADDR = 22;
const RTM_NEWNEIGH = 28;
const RTM_NEWROUTE = 24, RTM_DELROUTE = 25, RTM_GETROUTE = 26;
const IFLA_ADDRESS = 1, IFLA_IFNAME = 3, IFLA_MTU = 4, IFLA_LINK = 5, IFLA_LINKINFO = 18, IFLA_NET_NS_FD = 28;
const IFLA_INFO_KIND = 1, IFLA_INFO_DATA = 2, IFLA_MACVLAN_MODE = 1, IFLA_IPVLAN_MODE = 1;
const MACVLAN_MODE_BRIDGE = 4, IPVLAN_MODE_L2 = 0;
const IFF_UP = 1;
const IFA_ADDRESS = 1, IFA_LOCAL = 2, IFA_CACHEINFO = 6, IFA_FLAGS = 8;
const IFA_F_OPTIMISTIC = 0x04, IFA_F_TENTATIVE = 0x40, IFA_F_PERMANENT = 0x80, IFA_F_NOPREFIXROUTE = 0x200;
export const IFA_F_DADFAILED = 0x08;
/** Where the low eight of an address's flags are, in an RTM_NEWADDR or RTM_DELADDR message with its header. */
export const IFA_FLAGS_OFFSET = NLMSG_HEADER_BYTES + 2;
const RTA_DST = 1, RTA_OIF = 4, RTA_GATEWAY = 5, RTA_PRIORITY = 6, RTA_CACHEINFO = 12, RTA_PREF = 20;
const RTA_EXPIRES = 23;
const RT_TABLE_MAIN = 254, RTN_UNICAST = 1, RT_SCOPE_UNIVERSE = 0;
const NDA_DST = 1, NDA_LLADDR = 2, NUD_STALE = 0x04, NTF_ROUTER = 0x80;
/** Routes made from advertisements, and by this we know ours. */
export const RTPROT_RA = 9;
const AF_INET6 = 10;
const INFINITY = 0xffff_ffff;
/** clock_t of rta_cacheinfo: USER_HZ. */
const TICKS_PER_S = 100;

export interface NewInterface {
  readonly kind: "macvlan" | "ipvlan";
  readonly name: string;
  readonly parentIndex: number;
  readonly mac: string | null;
  readonly mtu: number | null;
  readonly namespaceFd: number;
}

/** Makes an interface on a link of the sender's namespace, directly inside another one, and sets it up there. */
export function newInterface(writer: NetlinkWriter, sequence: number, wanted: NewInterface): void {
  const fixed = new Uint8Array(16);
  view(fixed).setUint32(8, IFF_UP, true);
  view(fixed).setUint32(12, IFF_UP, true);
  writer.message(RTM_NEWLINK, CREATE | NLM_F_EXCL, sequence, fixed, () => {
    writer.text(IFLA_IFNAME, wanted.name);
    writer.u32(IFLA_LINK, wanted.parentIndex);
    writer.u32(IFLA_NET_NS_FD, wanted.namespaceFd);
    if (wanted.mac !== null) writer.attribute(IFLA_ADDRESS, macBytes(wanted.mac));
    if (wanted.mtu !== null) writer.u32(IFLA_MTU, wanted.mtu);
    writer.nest(IFLA_LINKINFO, () => {
      writer.text(IFLA_INFO_KIND, wanted.kind);
      writer.nest(IFLA_INFO_DATA, () => {
        if (wanted.kind === "macvlan") writer.u32(IFLA_MACVLAN_MODE, MACVLAN_MODE_BRIDGE);
        else writer.attribute(IFLA_IPVLAN_MODE, Uint8Array.of(IPVLAN_MODE_L2, 0));
      });
    });
  });
}

/** Sets a link up, and its MTU where one is given. */
export function setLinkUp(writer: NetlinkWriter, sequence: number, index: number, mtu: number | null): void {
  const fixed = new Uint8Array(16);
  const v = view(fixed);
  v.setInt32(4, index, true);
  v.setUint32(8, IFF_UP, true);
  v.setUint32(12, IFF_UP, true);
  writer.message(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK, sequence, fixed, () => {
    if (mtu !== null) writer.u32(IFLA_MTU, mtu);
  });
}

export function deleteLink(writer: NetlinkWriter, sequence: number, index: number): void {
  const fixed = new Uint8Array(16);
  view(fixed).setInt32(4, index, true);
  writer.message(RTM_DELLINK, NLM_F_REQUEST | NLM_F_ACK, sequence, fixed, () => {});
}

/** The parts of a link that the helper compares. */
export interface LinkFacts {
  readonly index: number;
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly up: boolean;
  /** Index of the link that it sits on; null for none. */
  readonly parentIndex: number | null;
  /** "macvlan", "ipvlan", ...; null for hardware. */
  readonly kind: string | null;
}

export function linkFacts(message: NetlinkMessage): LinkFacts | null {
  if (message.type !== RTM_NEWLINK || message.body.length < 16) return null;
  const attributes = parseAttributes(message.body, 16);
  const info = attributes.get(IFLA_LINKINFO);
  return {
    index: view(message.body).getInt32(4, true),
    name: attributeText(attributes, IFLA_IFNAME) ?? "",
    mac: macText(attributes.get(IFLA_ADDRESS) ?? new Uint8Array()),
    mtu: attributeU32(attributes, IFLA_MTU) ?? 0,
    up: (view(message.body).getUint32(8, true) & IFF_UP) !== 0,
    parentIndex: attributeU32(attributes, IFLA_LINK),
    kind: info === undefined ? null : attributeText(parseAttributes(info), IFLA_INFO_KIND),
  };
}

/** An IPv6 address on an interface; lifetimes in seconds from now, null for ever. */
export interface AddressFacts {
  readonly address: string;
  readonly prefixLength: number;
  readonly validS: number | null;
  readonly preferredS: number | null;
}

/** Adds an address or gives an existing one new lifetimes; usable at once (optimistic DAD, RFC 4429), and without
 * the kernel's own prefix route: whether a prefix is on-link is said separately (RFC 4861 6.3.4). */
export function putAddress(
  writer: NetlinkWriter,
  sequence: number,
  index: number,
  wanted: AddressFacts,
): void {
  writer.message(
    RTM_NEWADDR,
    CREATE | NLM_F_REPLACE,
    sequence,
    addressHeader(index, wanted.prefixLength),
    () => {
      writer.attribute(IFA_LOCAL, ipv6Bytes(wanted.address));
      writer.attribute(IFA_ADDRESS, ipv6Bytes(wanted.address));
      writer.u32(IFA_FLAGS, IFA_F_NOPREFIXROUTE | IFA_F_OPTIMISTIC);
      const cacheInfo = new Uint8Array(16);
      view(cacheInfo).setUint32(0, wanted.preferredS ?? INFINITY, true);
      view(cacheInfo).setUint32(4, wanted.validS ?? INFINITY, true);
      writer.attribute(IFA_CACHEINFO, cacheInfo);
    },
  );
}

/** Adds a link-local address as the kernel itself does, so that its duplicate address detection begins anew. */
export function putLinkLocal(
  writer: NetlinkWriter,
  sequence: number,
  index: number,
  address: AddressFacts,
): void {
  writer.message(
    RTM_NEWADDR,
    CREATE | NLM_F_EXCL,
    sequence,
    addressHeader(index, address.prefixLength),
    () => {
      writer.attribute(IFA_LOCAL, ipv6Bytes(address.address));
      writer.attribute(IFA_ADDRESS, ipv6Bytes(address.address));
      writer.u32(IFA_FLAGS, IFA_F_OPTIMISTIC);
    },
  );
}

export function deleteAddress(
  writer: NetlinkWriter,
  sequence: number,
  index: number,
  address: AddressFacts,
): void {
  writer.message(
    RTM_DELADDR,
    NLM_F_REQUEST | NLM_F_ACK,
    sequence,
    addressHeader(index, address.prefixLength),
    () => {
      writer.attribute(IFA_LOCAL, ipv6Bytes(address.address));
    },
  );
}

export function addressDump(): Uint8Array {
  return dump(RTM_GETADDR, addressHeader(0, 0));
}

/** An address as the kernel has it, and how far duplicate address detection (RFC 4862 5.4) is with it. */
export interface AddressState extends AddressFacts {
  /** Not over yet; the address may be in use all the same (RFC 4429). */
  readonly tentative: boolean;
  /** Another host has it. The kernel keeps such an address only where it never ends. */
  readonly dadFailed: boolean;
}

/** An address message of interface `index`; null for others. */
export function addressFacts(message: NetlinkMessage, index: number): AddressState | null {
  if (message.type !== RTM_NEWADDR || message.body.length < 8 || message.body[0] !== AF_INET6) return null;
  if (view(message.body).getUint32(4, true) !== index) return null;
  const attributes = parseAttributes(message.body, 8);
  const address = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  const cacheInfo = attributes.get(IFA_CACHEINFO);
  if (address === undefined || address.length !== 16) return null;
  const lifetime = (at: number): number | null => {
    const seconds = cacheInfo === undefined || cacheInfo.length < 8
      ? INFINITY
      : view(cacheInfo).getUint32(at, true);
    return seconds === INFINITY ? null : seconds;
  };
  const flags = attributeU32(attributes, IFA_FLAGS) ?? 0;
  return {
    address: formatAddress(address),
    prefixLength: message.body[1] ?? 0,
    preferredS: lifetime(0),
    validS: lifetime(4),
    tentative: (flags & IFA_F_TENTATIVE) !== 0,
    dadFailed: (flags & IFA_F_DADFAILED) !== 0,
  };
}

/** The address that the kernel gave up in this moment because another host has it: one that would end some time is
 * deleted, any other stays and is marked. Null for every other message. */
export function duplicateAddress(message: NetlinkMessage): string | null {
  const { type, body } = message;
  if ((type !== RTM_NEWADDR && type !== RTM_DELADDR) || body.length < 8 || body[0] !== AF_INET6) return null;
  const attributes = parseAttributes(body, 8);
  const flags = attributeU32(attributes, IFA_FLAGS) ?? 0;
  const address = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  if ((flags & IFA_F_DADFAILED) === 0 || address?.length !== 16) return null;
  // Deleted by whoever was told of it: no news.
  if (type === RTM_DELADDR && (flags & IFA_F_PERMANENT) !== 0) return null;
  return formatAddress(address);
}

/** An IPv6 route out of a domain's interface; `router` null is on-link. */
export interface RouteFacts {
  readonly prefix: string;
  readonly router: string | null;
  readonly preference: "low" | "medium" | "high";
  readonly metric: number;
  readonly lifetimeS: number | null;
}

/** Adds a route or replaces the one with the same prefix and metric. */
export function putRoute(writer: NetlinkWriter, sequence: number, index: number, wanted: RouteFacts): void {
  routeMessage(writer, RTM_NEWROUTE, CREATE | NLM_F_REPLACE, sequence, index, wanted, () => {
    writer.u8(RTA_PREF, PREFERENCE_CODES[wanted.preference]);
    if (wanted.lifetimeS !== null) writer.u32(RTA_EXPIRES, wanted.lifetimeS);
  });
}

export function deleteRoute(writer: NetlinkWriter, sequence: number, index: number, route: RouteFacts): void {
  routeMessage(writer, RTM_DELROUTE, NLM_F_REQUEST | NLM_F_ACK, sequence, index, route, () => {});
}

export function routeDump(): Uint8Array {
  const fixed = new Uint8Array(12);
  fixed[0] = AF_INET6;
  return dump(RTM_GETROUTE, fixed);
}

/** One of our routes (protocol RTPROT_RA, main table) on interface `index`; null for others. */
export function routeFacts(message: NetlinkMessage, index: number): RouteFacts | null {
  const body = message.body;
  if (message.type !== RTM_NEWROUTE || body.length < 12 || body[0] !== AF_INET6) return null;
  if (body[4] !== RT_TABLE_MAIN || body[5] !== RTPROT_RA || body[7] !== RTN_UNICAST) return null;
  const attributes = parseAttributes(body, 12);
  if (attributeU32(attributes, RTA_OIF) !== index) return null;
  const destination = attributes.get(RTA_DST) ?? new Uint8Array(16);
  const gateway = attributes.get(RTA_GATEWAY);
  const cacheInfo = attributes.get(RTA_CACHEINFO);
  const expires = cacheInfo === undefined || cacheInfo.length < 12 ? 0 : view(cacheInfo).getInt32(8, true);
  const code = attributes.get(RTA_PREF)?.[0];
  return {
    prefix: formatPrefix(destination, body[1] ?? 0),
    router: gateway === undefined ? null : formatAddress(gateway),
    preference: code === PREFERENCE_CODES.high ? "high" : code === PREFERENCE_CODES.low ? "low" : "medium",
    metric: attributeU32(attributes, RTA_PRIORITY) ?? 0,
    lifetimeS: expires === 0 ? null : Math.max(0, Math.round(expires / TICKS_PER_S)),
  };
}

/** Enters a router into the neighbour cache where it is not there yet (EEXIST otherwise: then the kernel keeps the entry, by
 * what it hears itself, and a probe in progress is not put back to its beginning); to be confirmed by the kernel when it
 * is first used (STALE, RFC 4861 6.3.4). */
export function putRouterNeighbor(
  writer: NetlinkWriter,
  sequence: number,
  index: number,
  neighbor: { readonly address: string; readonly mac: string },
): void {
  const fixed = new Uint8Array(12);
  const v = view(fixed);
  fixed[0] = AF_INET6;
  v.setInt32(4, index, true);
  v.setUint16(8, NUD_STALE, true);
  fixed[10] = NTF_ROUTER;
  writer.message(RTM_NEWNEIGH, CREATE | NLM_F_EXCL, sequence, fixed, () => {
    writer.attribute(NDA_DST, ipv6Bytes(neighbor.address));
    writer.attribute(NDA_LLADDR, macBytes(neighbor.mac));
  });
}

/** ICMPV6_ROUTER_PREF_* of the kernel: the two bits of RFC 4191 2.1. */
const PREFERENCE_CODES = { low: 3, medium: 0, high: 1 } as const;
const CREATE = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;

function routeMessage(
  writer: NetlinkWriter,
  type: number,
  flags: number,
  sequence: number,
  index: number,
  route: RouteFacts,
  more: () => void,
): void {
  const prefix = parsePrefix(route.prefix);
  if (prefix === null) throw new RangeError(`not a prefix: ${route.prefix}`);
  const fixed = new Uint8Array(12);
  fixed.set([AF_INET6, prefix.length, 0, 0, RT_TABLE_MAIN, RTPROT_RA, RT_SCOPE_UNIVERSE, RTN_UNICAST]);
  writer.message(type, flags, sequence, fixed, () => {
    writer.attribute(RTA_DST, prefix.address);
    writer.attribute(RTA_OIF, u32Bytes(index));
    writer.u32(RTA_PRIORITY, route.metric);
    if (route.router !== null) writer.attribute(RTA_GATEWAY, ipv6Bytes(route.router));
    more();
  });
}

function addressHeader(index: number, prefixLength: number): Uint8Array {
  const fixed = new Uint8Array(8);
  fixed[0] = AF_INET6;
  fixed[1] = prefixLength;
  view(fixed).setUint32(4, index, true);
  return fixed;
}

function dump(type: number, fixed: Uint8Array): Uint8Array {
  const writer = new NetlinkWriter();
  writer.message(type, NLM_F_REQUEST | NLM_F_DUMP, 1, fixed, () => {});
  return writer.bytes();
}

function ipv6Bytes(text: string): Uint8Array {
  const bytes = parseIpv6(text);
  if (bytes === null) throw new RangeError(`not an IPv6 address: ${text}`);
  return bytes;
}

export function macBytes(mac: string): Uint8Array {
  return Uint8Array.from(mac.split(":"), (octet) => parseInt(octet, 16));
}

export function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join(":");
}
