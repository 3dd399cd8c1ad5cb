// Whether IPv6 is on on a link. An administrator switches it off with net.ipv6.conf.LINK.disable_ipv6 or .all., and it is
// not there with an MTU that is too small for it, or in a kernel without it. rtnetlink tells it with each link
// (IFLA_INET6_CONF, linux/if_link.h and linux/ipv6.h), but has no event for the switch: what comes and goes with IPv6
// on a link that is up is its multicast route ff00::/8, so that is waited for. Pure; needs no privilege.

import { view } from "./memory.ts";
import { type Attributes, attributeU32, type NetlinkMessage, parseAttributes } from "./netlink.ts";
import { BPF_JMP_JEQ_K, BPF_LD_B_ABS, BPF_RET_K, type Instruction } from "./socket_filter.ts";
import { NOTHING_OF_IT, WHOLE_MESSAGE } from "./socket_filter.ts";

/** `none`: the kernel has no IPv6 there, be it that it has none at all, be it for the link's MTU. */
export type LinkIpv6 = "on" | "off" | "none";

/** The group of events (netlink(7)) that ONLY_IPV6_ON_LINKS is for. */
export const RTMGRP_IPV6_ROUTE = 0x400;

const RTM_NEWROUTE = 24, RTM_DELROUTE = 25, RTA_OIF = 4;
const IFLA_AF_SPEC = 26, AF_INET6 = 10, IFLA_INET6_CONF = 2, DEVCONF_DISABLE_IPV6 = 26;
/** In a message with its header: the low octet of its type, and of struct rtmsg behind it, destination length and table. */
const TYPE_AT = 4, LENGTH_AT = 17, TABLE_AT = 20;
const ROUTE_HEADER_BYTES = 12;
/** Of ff00::/8, in the table of what is the host's own. Nothing else there has so short a prefix. */
const MULTICAST_LENGTH = 8, RT_TABLE_LOCAL = 255;

/** By the attributes of a link's message. */
export function linkIpv6(link: Attributes): LinkIpv6 {
  const families = link.get(IFLA_AF_SPEC);
  const ipv6 = families === undefined ? undefined : parseAttributes(families).get(AF_INET6);
  if (ipv6 === undefined) return "none";
  const values = parseAttributes(ipv6).get(IFLA_INET6_CONF);
  const at = 4 * DEVCONF_DISABLE_IPV6;
  if (values === undefined || values.length < at + 4) return "on";
  return view(values).getInt32(at, true) === 0 ? "on" : "off";
}

/** The index of the link on which IPv6 was switched; null for messages of another kind. */
export function linkOfIpv6Switch({ type, body }: NetlinkMessage): number | null {
  if ((type !== RTM_NEWROUTE && type !== RTM_DELROUTE) || body.length < ROUTE_HEADER_BYTES) return null;
  if (body[0] !== AF_INET6 || body[1] !== MULTICAST_LENGTH || body[4] !== RT_TABLE_LOCAL) return null;
  return attributeU32(parseAttributes(body, ROUTE_HEADER_BYTES), RTA_OIF);
}

/** Of route events those of ff00::/8 alone, so that a machine with a million routes is not woken by each; everything else
 * whole. The kernel puts one event into one datagram. */
export const ONLY_IPV6_ON_LINKS: readonly Instruction[] = [
  { code: BPF_LD_B_ABS, ifTrue: 0, ifFalse: 0, value: TYPE_AT },
  { code: BPF_JMP_JEQ_K, ifTrue: 1, ifFalse: 0, value: RTM_NEWROUTE },
  { code: BPF_JMP_JEQ_K, ifTrue: 0, ifFalse: 4, value: RTM_DELROUTE },
  { code: BPF_LD_B_ABS, ifTrue: 0, ifFalse: 0, value: LENGTH_AT },
  { code: BPF_JMP_JEQ_K, ifTrue: 0, ifFalse: 3, value: MULTICAST_LENGTH },
  { code: BPF_LD_B_ABS, ifTrue: 0, ifFalse: 0, value: TABLE_AT },
  { code: BPF_JMP_JEQ_K, ifTrue: 0, ifFalse: 1, value: RT_TABLE_LOCAL },
  { code: BPF_RET_K, ifTrue: 0, ifFalse: 0, value: WHOLE_MESSAGE },
  { code: BPF_RET_K, ifTrue: 0, ifFalse: 0, value: NOTHING_OF_IT },
];
