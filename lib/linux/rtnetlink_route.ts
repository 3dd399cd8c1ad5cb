// IPv6 routes and neighbours as rtnetlink messages (rtnetlink(7), uapi rtnetlink.h and neighbour.h), and what dumps of
// routes say. Pure: bytes in, bytes out.

import { formatAddress, formatPrefix, parsePrefix } from "../ip.ts";
import { view } from "./memory.ts";
import {
  attributeU32,
  type NetlinkMessage,
  type NetlinkWriter,
  NLM_F_ACK,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  parseAttributes,
  u32Bytes,
} from "./netlink.ts";
import { AF_INET6, CREATE, dump, ipv6Bytes, macBytes } from "./rtnetlink_common.ts";

const RTM_NEWROUTE = 24, RTM_DELROUTE = 25, RTM_GETROUTE = 26, RTM_NEWNEIGH = 28;
const RTA_DST = 1, RTA_OIF = 4, RTA_GATEWAY = 5, RTA_PRIORITY = 6, RTA_CACHEINFO = 12, RTA_PREF = 20;
const RTA_EXPIRES = 23;
const RT_TABLE_MAIN = 254, RTN_UNICAST = 1, RT_SCOPE_UNIVERSE = 0;
const NDA_DST = 1, NDA_LLADDR = 2, NUD_STALE = 0x04, NTF_ROUTER = 0x80;
/** Routes made from advertisements, and by this we know ours. */
export const RTPROT_RA = 9;
/** clock_t of rta_cacheinfo: USER_HZ. */
const TICKS_PER_S = 100;
/** ICMPV6_ROUTER_PREF_* of the kernel: the two bits of RFC 4191 2.1. */
const PREFERENCE_CODES = { low: 3, medium: 0, high: 1 } as const;

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
