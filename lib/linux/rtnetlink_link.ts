// Links as rtnetlink messages (rtnetlink(7), uapi if_link.h), and what dumps of them say. Pure: bytes in, bytes out.

import { view } from "./memory.ts";
import {
  attributeText,
  attributeU32,
  type NetlinkMessage,
  type NetlinkWriter,
  NLM_F_ACK,
  NLM_F_EXCL,
  NLM_F_REQUEST,
  parseAttributes,
} from "./netlink.ts";
import { CREATE, macBytes, macText } from "./rtnetlink_common.ts";

const RTM_NEWLINK = 16, RTM_DELLINK = 17;
const IFLA_ADDRESS = 1, IFLA_IFNAME = 3, IFLA_MTU = 4, IFLA_LINK = 5, IFLA_LINKINFO = 18, IFLA_NET_NS_FD = 28;
const IFLA_INFO_KIND = 1, IFLA_INFO_DATA = 2, IFLA_MACVLAN_MODE = 1, IFLA_IPVLAN_MODE = 1;
const MACVLAN_MODE_BRIDGE = 4, IPVLAN_MODE_L2 = 0;
const IFF_UP = 1;

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
