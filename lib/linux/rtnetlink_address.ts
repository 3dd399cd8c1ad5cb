// IPv6 addresses as rtnetlink messages (rtnetlink(7), uapi if_addr.h), and what dumps and events of them say. Pure: bytes
// in, bytes out.

import { formatAddress } from "../ip.ts";
import { view } from "./memory.ts";
import {
  attributeU32,
  type NetlinkMessage,
  type NetlinkWriter,
  NLM_F_ACK,
  NLM_F_EXCL,
  NLM_F_REPLACE,
  NLM_F_REQUEST,
  NLMSG_HEADER_BYTES,
  parseAttributes,
} from "./netlink.ts";
import { AF_INET6, CREATE, dump, ipv6Bytes } from "./rtnetlink_common.ts";

const RTM_NEWADDR = 20, RTM_DELADDR = 21, RTM_GETADDR = 22;
const IFA_ADDRESS = 1, IFA_LOCAL = 2, IFA_CACHEINFO = 6, IFA_FLAGS = 8;
const IFA_F_OPTIMISTIC = 0x04, IFA_F_TENTATIVE = 0x40, IFA_F_PERMANENT = 0x80, IFA_F_NOPREFIXROUTE = 0x200;
export const IFA_F_DADFAILED = 0x08;
/** Where the low eight of an address's flags are, in an RTM_NEWADDR or RTM_DELADDR message with its header. */
export const IFA_FLAGS_OFFSET = NLMSG_HEADER_BYTES + 2;
const INFINITY = 0xffff_ffff;

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

function addressHeader(index: number, prefixLength: number): Uint8Array {
  const fixed = new Uint8Array(8);
  fixed[0] = AF_INET6;
  fixed[1] = prefixLength;
  view(fixed).setUint32(4, index, true);
  return fixed;
}
