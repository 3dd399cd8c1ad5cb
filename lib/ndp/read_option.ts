// The options that hold no other options, from bytes to values: one function each, with what its RFC demands
// of it. A function gives the option or the reason why it must be passed over. Pure; never throws.

import {
  formatAddress,
  formatPrefix,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  maskPrefix,
} from "../ip.ts";
import {
  OPTION_CAPTIVE_PORTAL,
  OPTION_DNSSL,
  OPTION_ENCRYPTED_DNS,
  OPTION_MIF_ID,
  OPTION_MTU,
  OPTION_PREF64,
  OPTION_PREFIX,
  OPTION_RDNSS,
  OPTION_ROUTE,
  OPTION_SOURCE_LINK_LAYER_ADDRESS,
  PREF64_LENGTHS,
} from "./codes.ts";
import { readPreference } from "./header.ts";
import { readMifId } from "./mif_id.ts";
import { readName, readNames } from "./name.ts";
import { hex, readU16, readU32, readU8 } from "./octets.ts";
import type { NdOption } from "./types.ts";

/** An option of a message, its length checked: `bytes` begins with the type and ends with the option. */
export interface RawOption {
  readonly code: number;
  readonly bytes: Uint8Array;
}

/** The option, or what is wrong with it. */
export type ReadResult = NdOption | string;

const IPV6_OCTETS = 16;
const IPV6_BITS = 128;

/** RFC 4861 4.6.2; link-local and multicast prefixes are passed over, as RFC 4862 5.5.3 and Linux do. */
function readPrefix(bytes: Uint8Array): ReadResult {
  if (bytes.length !== 32) return `a prefix option has ${bytes.length} octets, not 32`;
  const length = readU8(bytes, 2);
  if (length > IPV6_BITS) return `a prefix option has the prefix length ${length}`;
  const address = bytes.subarray(16, 32);
  const masked = maskPrefix(address, length);
  if (length >= 10 && isLinkLocal(masked)) return `the prefix ${formatPrefix(masked, length)} is link-local`;
  if (length >= 8 && isMulticast(masked)) return `the prefix ${formatPrefix(masked, length)} is multicast`;
  const flags = readU8(bytes, 3);
  return {
    type: "prefix",
    prefix: formatPrefix(masked, length),
    address: formatAddress(address),
    onLink: (flags & 0x80) !== 0,
    autonomous: (flags & 0x40) !== 0,
    routerAddress: (flags & 0x20) !== 0,
    dhcpv6Pd: (flags & 0x10) !== 0,
    validS: readU32(bytes, 4),
    preferredS: readU32(bytes, 8),
  };
}

/** RFC 4861 4.6.4. Whether the MTU can be used is for domains.ts to say. */
function readMtu(bytes: Uint8Array): ReadResult {
  if (bytes.length !== 8) return `an MTU option has ${bytes.length} octets, not 8`;
  return { type: "mtu", mtu: readU32(bytes, 4) };
}

/** RFC 4191 2.3. */
function readRoute(bytes: Uint8Array): ReadResult {
  if (bytes.length > 24) return `a route option has ${bytes.length} octets, more than 24`;
  const length = readU8(bytes, 2);
  if (length > IPV6_BITS || length > (bytes.length - 8) * 8) {
    return `a route option of ${bytes.length} octets has the prefix length ${length}`;
  }
  const preference = readPreference(readU8(bytes, 3));
  if (preference === null) return "a route option has the reserved preference";
  const address = new Uint8Array(IPV6_OCTETS);
  address.set(bytes.subarray(8));
  const route = {
    type: "route",
    prefix: formatPrefix(address, length),
    preference,
    lifetimeS: readU32(bytes, 4),
  } as const;
  if (bytes.length === 24) return route;
  return { ...route, prefixOctets: bytes.length === 16 ? 8 : 0 };
}

/** RFC 8106 5.1 and 5.3.1: one address that is not unicast costs the option. */
function readRdnss(bytes: Uint8Array): ReadResult {
  if (bytes.length < 24 || bytes.length % IPV6_OCTETS !== 8) {
    return `an RDNSS option has the length ${bytes.length / 8}, which is not odd and at least 3`;
  }
  const addresses: string[] = [];
  for (let at = 8; at < bytes.length; at += IPV6_OCTETS) {
    const address = bytes.subarray(at, at + IPV6_OCTETS);
    const text = formatAddress(address);
    if (!isHostAddress(address)) return `the RDNSS address ${text} is not the unicast address of a host`;
    addresses.push(text);
  }
  return { type: "rdnss", addresses, lifetimeS: readU32(bytes, 4) };
}

/** Whether an address can be that of another host: neither multicast, "::" nor "::1". */
export function isHostAddress(address: Uint8Array): boolean {
  return !isMulticast(address) && !isUnspecified(address) && !isLoopback(address);
}

/** RFC 8106 5.2. */
function readDnssl(bytes: Uint8Array): ReadResult {
  if (bytes.length < 16) return `a DNSSL option has ${bytes.length} octets, fewer than 16`;
  const read = readNames(bytes, 8);
  if (!read.ok) return `in a DNSSL option ${read.problem}`;
  if (read.names.length === 0) return "a DNSSL option has no name";
  return { type: "dnssl", domains: read.names, lifetimeS: readU32(bytes, 4) };
}

/** RFC 8781 4: 13 bits of lifetime in units of eight seconds, 3 bits of prefix length code. */
function readPref64(bytes: Uint8Array): ReadResult {
  if (bytes.length !== 16) return `a PREF64 option has ${bytes.length} octets, not 16`;
  const field = readU16(bytes, 2);
  const length = PREF64_LENGTHS[field & 7];
  if (length === undefined) return `a PREF64 option has the prefix length code ${field & 7}`;
  const address = new Uint8Array(IPV6_OCTETS);
  address.set(bytes.subarray(4, 16));
  return { type: "pref64", prefix: formatPrefix(address, length), lifetimeS: field & ~7 };
}

/** A scheme, a colon and printable ASCII (RFC 3986 2, 3.1): the URI is shown and handed to a browser. */
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]*$/;

/** Whether the text can be the URI of a captive portal option. */
export function isPortalUri(text: string): boolean {
  return URI.test(text);
}

/** RFC 8910 2.3: padded with NUL, and not otherwise ended. */
function readCaptivePortal(bytes: Uint8Array): ReadResult {
  let end = bytes.length;
  while (end > 2 && bytes[end - 1] === 0) end--;
  const uri = String.fromCharCode(...bytes.subarray(2, end));
  if (!isPortalUri(uri)) return "the captive portal option does not hold a URI of printable ASCII";
  return { type: "captivePortal", uri };
}

/** RFC 9463 6.1. With the name alone ("ADN-only"), nothing but padding follows it. */
function readEncryptedDns(bytes: Uint8Array): ReadResult {
  const what = "an encrypted DNS option";
  if (bytes.length < 16) return `${what} has ${bytes.length} octets, fewer than 16`;
  const priority = readU16(bytes, 2);
  if (priority === 0) return `${what} has the priority 0`;
  let at = 10 + readU16(bytes, 8);
  if (at > bytes.length) return `in ${what} the name runs past its end`;
  const name = readName(bytes, 10, at);
  if (!name.ok) return `in ${what} ${name.problem}`;
  if (name.next !== at || name.name === "") return `in ${what} the name does not have the length it says`;

  const rest = { priority, lifetimeS: readU32(bytes, 4), authenticationName: name.name };
  const addresses: string[] = [];
  if (bytes.length - at < 2) return nameOnly(rest);
  const addressesEnd = at + 2 + readU16(bytes, at);
  if (addressesEnd > bytes.length) return `in ${what} the addresses run past its end`;
  if ((addressesEnd - at - 2) % IPV6_OCTETS !== 0) {
    return `in ${what} the addresses are not multiples of 16 octets`;
  }
  for (at += 2; at < addressesEnd; at += IPV6_OCTETS) {
    const address = bytes.subarray(at, at + IPV6_OCTETS);
    const text = formatAddress(address);
    if (!isHostAddress(address)) {
      return `the encrypted DNS address ${text} is not the unicast address of a host`;
    }
    addresses.push(text);
  }
  if (bytes.length - at < 2) {
    return addresses.length === 0 ? nameOnly(rest) : `in ${what} the service parameters are missing`;
  }
  const end = at + 2 + readU16(bytes, at);
  if (end > bytes.length) return `in ${what} the service parameters run past its end`;
  return { type: "encryptedDns", ...rest, addresses, parameters: bytes.slice(at + 2, end) };
}

function nameOnly(rest: { priority: number; lifetimeS: number; authenticationName: string }): NdOption {
  return { type: "encryptedDns", ...rest, addresses: [], parameters: new Uint8Array(0) };
}

/** draft-ietf-mif-mpvd-ndp-support-02 4. */
function readMifIdOption(bytes: Uint8Array): ReadResult {
  const length = readU8(bytes, 3);
  if (4 + length > bytes.length) return "a PVD_ID option is shorter than its id";
  const read = readMifId(readU8(bytes, 2), bytes.subarray(4, 4 + length));
  return read.ok ? read.option : `a PVD_ID option is of no use: ${read.problem}`;
}

/** Reads an option that holds no others; one that is not known is carried as it is. */
export function readOption(raw: RawOption): ReadResult {
  const { code, bytes } = raw;
  switch (code) {
    case OPTION_SOURCE_LINK_LAYER_ADDRESS:
      return { type: "sourceLinkLayerAddress", address: hex(bytes.subarray(2), ":") };
    case OPTION_PREFIX:
      return readPrefix(bytes);
    case OPTION_MTU:
      return readMtu(bytes);
    case OPTION_ROUTE:
      return readRoute(bytes);
    case OPTION_RDNSS:
      return readRdnss(bytes);
    case OPTION_DNSSL:
      return readDnssl(bytes);
    case OPTION_PREF64:
      return readPref64(bytes);
    case OPTION_CAPTIVE_PORTAL:
      return readCaptivePortal(bytes);
    case OPTION_ENCRYPTED_DNS:
      return readEncryptedDns(bytes);
    case OPTION_MIF_ID:
      return readMifIdOption(bytes);
    default:
      return { type: "unknown", code, body: bytes.slice(2) };
  }
}
