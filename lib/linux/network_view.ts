// What the network of this process is, of both families, as anybody may ask rtnetlink(7): links, addresses, routes,
// neighbours. Reads only.

import { formatAddress, formatPrefix } from "../ip.ts";
import { AF_INET, AF_INET6 } from "./abi.ts";
import { close } from "./fd.ts";
import { linkDump, linkEvent } from "./links.ts";
import { view } from "./memory.ts";
import {
  attributeU32,
  type NetlinkMessage,
  NetlinkWriter,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  parseAttributes,
} from "./netlink.ts";
import { openNetlink, requestDump } from "./netlink_socket.ts";

const RTM_NEWADDR = 20, RTM_GETADDR = 22, RTM_NEWROUTE = 24, RTM_GETROUTE = 26;
const RTM_NEWNEIGH = 28, RTM_GETNEIGH = 30;
const IFA_ADDRESS = 1, IFA_LOCAL = 2, IFA_FLAGS = 8, IFA_F_OPTIMISTIC = 0x04, IFA_F_DADFAILED = 0x08;
const IFA_F_DEPRECATED = 0x20, IFA_F_TENTATIVE = 0x40;
const RTA_DST = 1, RTA_OIF = 4, RTA_GATEWAY = 5, RT_TABLE_MAIN = 254, RTN_UNICAST = 1;
const RT_SCOPE_UNIVERSE = 0, NDA_DST = 1, NDA_CACHEINFO = 3;
/** nda_cacheinfo counts in clock_t: USER_HZ. */
const MS_PER_TICK = 10;
/** rtnetlink(7): is there; will be probed; gave no answer. */
const NUD_INCOMPLETE = 0x01, NUD_REACHABLE = 0x02, NUD_FAILED = 0x20, NUD_NOARP = 0x40, NUD_PERMANENT = 0x80;

export type Family = "inet" | "inet6";

export interface InterfaceView {
  readonly index: number;
  readonly name: string;
  readonly up: boolean;
  readonly loopback: boolean;
}

export interface AddressView {
  readonly index: number;
  readonly family: Family;
  readonly address: string;
  /** "tentative": not to be used yet (RFC 4862 5.4); "duplicate": another host has it; "deprecated": for what is
   * there already (RFC 4862 5.5.4). */
  readonly state: "usable" | "tentative" | "duplicate" | "deprecated";
  /** Whether it is meant for more than the link. */
  readonly global: boolean;
}

export interface RouteView {
  readonly index: number;
  readonly family: Family;
  /** "address/length"; length 0 is a default route. */
  readonly prefix: string;
  /** null: on-link. */
  readonly gateway: string | null;
}

export interface NeighborView {
  readonly index: number;
  readonly address: string;
  /** "unknown": nobody has looked lately. */
  readonly state: "reachable" | "failed" | "looking" | "unknown";
  /** How long ago it was known to be there; null where the kernel does not say. */
  readonly confirmedMs: number | null;
}

/** All of one kind; LinuxError where the kernel refuses. */
export function interfaces(): InterfaceView[] {
  return dump(linkDump()).map(linkEvent).filter((link) => link !== null)
    .map(({ index, name, up, loopback }) => ({ index, name, up, loopback }));
}

export function addresses(): AddressView[] {
  return dump(request(RTM_GETADDR, new Uint8Array(8))).map(addressView).filter((each) => each !== null);
}

/** Those of the main table that lead somewhere. */
export function routes(): RouteView[] {
  return [AF_INET6, AF_INET].flatMap((family) => {
    const fixed = new Uint8Array(12);
    fixed[0] = family;
    return dump(request(RTM_GETROUTE, fixed)).map(routeView).filter((each) => each !== null);
  });
}

export function neighbors(): NeighborView[] {
  return dump(request(RTM_GETNEIGH, new Uint8Array(12))).map(neighborView).filter((each) => each !== null);
}

/** Null for other messages; these three are pure. */
export function addressView({ type, body }: NetlinkMessage): AddressView | null {
  const family = familyOf(body[0]);
  if (type !== RTM_NEWADDR || body.length < 8 || family === null) return null;
  const attributes = parseAttributes(body, 8);
  const bytes = attributes.get(IFA_LOCAL) ?? attributes.get(IFA_ADDRESS);
  if (bytes === undefined || bytes.length !== sizeOf(family)) return null;
  const flags = attributeU32(attributes, IFA_FLAGS) ?? body[2] ?? 0;
  const optimistic = (flags & IFA_F_OPTIMISTIC) !== 0;
  const state = (flags & IFA_F_DADFAILED) !== 0
    ? "duplicate"
    : (flags & IFA_F_TENTATIVE) !== 0 && !optimistic
    ? "tentative"
    : (flags & IFA_F_DEPRECATED) !== 0
    ? "deprecated"
    : "usable";
  return {
    index: view(body).getUint32(4, true),
    family,
    address: formatAddress(bytes),
    state,
    global: body[3] === RT_SCOPE_UNIVERSE,
  };
}

export function routeView({ type, body }: NetlinkMessage): RouteView | null {
  const family = familyOf(body[0]);
  if (type !== RTM_NEWROUTE || body.length < 12 || family === null) return null;
  if (body[4] !== RT_TABLE_MAIN || body[7] !== RTN_UNICAST) return null;
  const attributes = parseAttributes(body, 12);
  const gateway = attributes.get(RTA_GATEWAY);
  return {
    index: attributeU32(attributes, RTA_OIF) ?? 0,
    family,
    prefix: formatPrefix(attributes.get(RTA_DST) ?? new Uint8Array(sizeOf(family)), body[1] ?? 0),
    gateway: gateway === undefined ? null : formatAddress(gateway),
  };
}

export function neighborView({ type, body }: NetlinkMessage): NeighborView | null {
  const family = familyOf(body[0]);
  if (type !== RTM_NEWNEIGH || body.length < 12 || family === null) return null;
  const attributes = parseAttributes(body, 12);
  const address = attributes.get(NDA_DST);
  if (address === undefined || address.length !== sizeOf(family)) return null;
  const state = view(body).getUint16(8, true);
  const confirmed = attributeU32(attributes, NDA_CACHEINFO);
  const reachable = (state & (NUD_REACHABLE | NUD_PERMANENT | NUD_NOARP)) !== 0;
  return {
    index: view(body).getInt32(4, true),
    address: formatAddress(address),
    state: reachable
      ? "reachable"
      : (state & NUD_FAILED) !== 0
      ? "failed"
      : (state & NUD_INCOMPLETE) !== 0
      ? "looking"
      : "unknown",
    confirmedMs: confirmed === null ? null : confirmed * MS_PER_TICK,
  };
}

function familyOf(value: number | undefined): Family | null {
  return value === AF_INET6 ? "inet6" : value === AF_INET ? "inet" : null;
}

function sizeOf(family: Family): number {
  return family === "inet6" ? 16 : 4;
}

function request(type: number, fixed: Uint8Array): Uint8Array {
  const writer = new NetlinkWriter();
  writer.message(type, NLM_F_REQUEST | NLM_F_DUMP, 1, fixed, () => {});
  return writer.bytes();
}

function dump(bytes: Uint8Array): NetlinkMessage[] {
  const fd = openNetlink();
  try {
    return requestDump(fd, bytes);
  } finally {
    close(fd);
  }
}
