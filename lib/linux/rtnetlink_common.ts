// What messages about links, addresses and routes have in common: their flags, and addresses as bytes. Pure.

import { parseIpv6 } from "../ip.ts";
import { NetlinkWriter, NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_REQUEST } from "./netlink.ts";

export const AF_INET6 = 10;
/** Make it, and say how that went. */
export const CREATE = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;

/** Asks for everything of a kind (netlink(7), NLM_F_DUMP); `fixed` is the message's struct. */
export function dump(type: number, fixed: Uint8Array): Uint8Array {
  const writer = new NetlinkWriter();
  writer.message(type, NLM_F_REQUEST | NLM_F_DUMP, 1, fixed, () => {});
  return writer.bytes();
}

/** Throws RangeError. */
export function ipv6Bytes(text: string): Uint8Array {
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
