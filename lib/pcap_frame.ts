// From a captured frame of a known link type to the ICMPv6 packet in it: link header, IPv6 header, extension
// headers (RFC 8200 4). A fragmented one is told apart, as RFC 6980 demands. Pure; never throws.

import { formatAddress } from "./ip.ts";
import type { Frame } from "./pcap.ts";

/** An IPv6 packet and what its last header carries. */
export interface Ipv6Packet {
  readonly source: string;
  readonly destination: string;
  readonly hopLimit: number;
  /** Protocol number of the payload. */
  readonly protocol: number;
  /** What follows the extension headers, as far as it was captured and as long as IPv6 says. */
  readonly payload: Uint8Array;
  /** How long the payload was on the link: more than `payload` has where the capture cut it. */
  readonly payloadLength: number;
  /** Whether there is a Fragment header. */
  readonly fragmented: boolean;
  /** 0 but in a later fragment, whose payload is not the start of a message. */
  readonly fragmentOffset: number;
}

export type FrameResult =
  | { readonly type: "ipv6"; readonly packet: Ipv6Packet }
  /** Some other protocol, or too little of a packet to tell. */
  | { readonly type: "other" }
  | { readonly type: "unsupported"; readonly problem: string };

const LINKTYPE_NULL = 0;
const LINKTYPE_ETHERNET = 1;
/** DLT_RAW as BSDs and OpenBSD number it; the registry's own is 101. */
const LINKTYPE_RAW_BSD = 12;
const LINKTYPE_RAW_OPENBSD = 14;
const LINKTYPE_RAW = 101;
const LINKTYPE_LOOP = 108;
const LINKTYPE_LINUX_SLL = 113;
const LINKTYPE_IPV6 = 229;
const LINKTYPE_LINUX_SLL2 = 276;

const ETHERTYPE_IPV6 = 0x86dd;
/** 802.1Q, 802.1ad, and the two that came before 802.1ad. */
const VLAN_ETHERTYPES: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100, 0x9200]);
/** AF_INET6 of NetBSD and OpenBSD, FreeBSD, Darwin, Linux. */
const IPV6_FAMILIES: ReadonlySet<number> = new Set([24, 28, 30, 10]);

const IPV6_HEADER_OCTETS = 40;
/** Hop-by-hop, routing, destination options, mobility, HIP, Shim6: length in units of 8 after the first 8. */
const EXTENSION_HEADERS: ReadonlySet<number> = new Set([0, 43, 60, 135, 139, 140]);
const FRAGMENT_HEADER = 44;
const AUTHENTICATION_HEADER = 51;
/** RFC 8200 4.1 names seven, each once and one twice; a packet with more is made to be slow to read. */
const MAX_EXTENSION_HEADERS = 16;

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) << 8 | (bytes[at + 1] ?? 0);
}

/** Where the IPv6 header is in a frame: null where the frame is no IPv6, undefined where its type is unknown. */
function networkHeader(linkType: number, bytes: Uint8Array): number | null | undefined {
  switch (linkType) {
    case LINKTYPE_ETHERNET: {
      let at = 12;
      while (VLAN_ETHERTYPES.has(u16(bytes, at))) at += 4;
      return u16(bytes, at) === ETHERTYPE_IPV6 ? at + 2 : null;
    }
    case LINKTYPE_RAW:
    case LINKTYPE_RAW_BSD:
    case LINKTYPE_RAW_OPENBSD:
    case LINKTYPE_IPV6:
      return 0;
    case LINKTYPE_LINUX_SLL:
      return afterSll(bytes, 14, 16);
    case LINKTYPE_LINUX_SLL2:
      return afterSll(bytes, 0, 20);
    case LINKTYPE_NULL:
    case LINKTYPE_LOOP: {
      // LOOP is in network order, NULL in that of the machine that captured.
      const family = u16(bytes, 0) === 0 ? u16(bytes, 2) : (bytes[0] ?? 0) | (bytes[1] ?? 0) << 8;
      return IPV6_FAMILIES.has(family) ? 4 : null;
    }
    default:
      return undefined;
  }
}

/** The cooked headers of Linux, whose protocol may be that of a VLAN tag which then follows them. */
function afterSll(bytes: Uint8Array, protocolAt: number, headerOctets: number): number | null {
  let protocol = u16(bytes, protocolAt);
  let at = headerOctets;
  while (VLAN_ETHERTYPES.has(protocol)) {
    protocol = u16(bytes, at + 2);
    at += 4;
  }
  return protocol === ETHERTYPE_IPV6 ? at : null;
}

/** The IPv6 packet of a frame, its extension headers walked. */
export function readFrame(frame: Frame): FrameResult {
  const start = networkHeader(frame.linkType, frame.bytes);
  if (start === undefined) {
    return { type: "unsupported", problem: `link type ${frame.linkType} is not one that pvd can read` };
  }
  if (start === null || (frame.bytes[start] ?? 0) >> 4 !== 6) return { type: "other" };
  const packet = readIpv6(frame.bytes.subarray(start));
  return packet === null ? { type: "other" } : { type: "ipv6", packet };
}

function readIpv6(bytes: Uint8Array): Ipv6Packet | null {
  if (bytes.length < IPV6_HEADER_OCTETS) return null;
  const end = IPV6_HEADER_OCTETS + u16(bytes, 4);
  // Ethernet pads short frames, so what is captured may be more than the packet.
  const packet = bytes.subarray(0, end);
  let protocol = packet[6] ?? 0;
  let at = IPV6_HEADER_OCTETS;
  let fragmented = false;
  let fragmentOffset = 0;
  for (let headers = 0; fragmentOffset === 0; headers++) {
    const fragment = protocol === FRAGMENT_HEADER;
    const authentication = protocol === AUTHENTICATION_HEADER;
    if (!fragment && !authentication && !EXTENSION_HEADERS.has(protocol)) break;
    if (headers === MAX_EXTENSION_HEADERS || at + 8 > packet.length) return null;
    const length = packet[at + 1] ?? 0;
    if (fragment) {
      fragmented = true;
      fragmentOffset = u16(packet, at + 2) & 0xfff8;
    }
    protocol = packet[at] ?? 0;
    at += fragment ? 8 : authentication ? (length + 2) * 4 : (length + 1) * 8;
    if (at > packet.length) return null;
  }
  return {
    source: formatAddress(packet.subarray(8, 24)),
    destination: formatAddress(packet.subarray(24, 40)),
    hopLimit: packet[7] ?? 0,
    protocol,
    payload: packet.subarray(at),
    payloadLength: end - at,
    fragmented,
    fragmentOffset,
  };
}
