// Every option from its value to bytes, the inverse of read_option.ts and read_options.ts. What could not be
// read back as the same value is refused with a RangeError that says why. Pure.

import { escapeText } from "../escape.ts";
import { isLinkLocal, isMulticast, prefixHasAddress } from "../ip.ts";
import {
  OPTION_CAPTIVE_PORTAL,
  OPTION_DNSSL,
  OPTION_ENCRYPTED_DNS,
  OPTION_MIF_CONTAINER,
  OPTION_MIF_ID,
  OPTION_MTU,
  OPTION_PREF64,
  OPTION_PREFIX,
  OPTION_PVD,
  OPTION_RDNSS,
  OPTION_ROUTE,
  OPTION_SOURCE_LINK_LAYER_ADDRESS,
  PREF64_LENGTHS,
} from "./codes.ts";
import { preferenceBits, writeHeader } from "./header.ts";
import { normaliseMifId } from "./mif_id.ts";
import { concat, pad8, writeU16, writeU32 } from "./octets.ts";
import { checkRange } from "./range.ts";
import { isPortalUri } from "./read_option.ts";
import type {
  EncryptedDnsOption,
  LinkLayerAddressOption,
  MifIdOption,
  NdOption,
  Pref64Option,
  PrefixOption,
  PvdOption,
  RouteOption,
  UnknownOption,
} from "./types.ts";
import { blank, hostAddress, ipv6, ipv6Prefix, lifetime, name } from "./write_fields.ts";

const MAX_PREF64_LIFETIME_S = 65_528;

/** Those that have a type of their own, so are not to be sent as unknown ones. */
export const KNOWN_CODES: ReadonlySet<number> = new Set([
  OPTION_SOURCE_LINK_LAYER_ADDRESS,
  OPTION_PREFIX,
  OPTION_MTU,
  OPTION_PVD,
  OPTION_ROUTE,
  OPTION_RDNSS,
  OPTION_DNSSL,
  OPTION_CAPTIVE_PORTAL,
  OPTION_PREF64,
  OPTION_MIF_CONTAINER,
  OPTION_MIF_ID,
  OPTION_ENCRYPTED_DNS,
]);

function writeLinkLayerAddress(option: LinkLayerAddressOption): Uint8Array {
  const what = `link-layer address ${escapeText(option.address)}`;
  if (!/^[0-9a-f]{2}(?::[0-9a-f]{2})*$/.test(option.address)) {
    throw new RangeError(`${what} is not octets of hex with colons between`);
  }
  const octets = option.address.split(":").map((octet) => parseInt(octet, 16));
  if ((octets.length + 2) % 8 !== 0) throw new RangeError(`${what} does not fill an option as six octets do`);
  const bytes = blank(OPTION_SOURCE_LINK_LAYER_ADDRESS, what, octets.length + 2);
  bytes.set(octets, 2);
  return bytes;
}

function writePrefix(option: PrefixOption): Uint8Array {
  const prefix = ipv6Prefix("prefix", option.prefix);
  const what = `prefix ${option.prefix}`;
  const address = ipv6("address", option.address);
  if (!prefixHasAddress(prefix, address)) {
    throw new RangeError(`${what} does not hold its address ${option.address}`);
  }
  if (prefix.length >= 10 && isLinkLocal(prefix.address)) throw new RangeError(`${what} is link-local`);
  if (prefix.length >= 8 && isMulticast(prefix.address)) throw new RangeError(`${what} is multicast`);
  lifetime(`${what} (valid)`, option.validS);
  lifetime(`${what} (preferred)`, option.preferredS);
  const bytes = blank(OPTION_PREFIX, what, 32);
  bytes[2] = prefix.length;
  bytes[3] = (option.onLink ? 0x80 : 0) | (option.autonomous ? 0x40 : 0) | (option.routerAddress ? 0x20 : 0) |
    (option.dhcpv6Pd ? 0x10 : 0);
  writeU32(bytes, 4, option.validS);
  writeU32(bytes, 8, option.preferredS);
  bytes.set(address, 16);
  return bytes;
}

/** RFC 4191 2.3. All 16 octets of the prefix unless the option says otherwise: every radvd sends it so, and MIF-PvD's
 * discovery does not survive a shorter form. */
function writeRoute(option: RouteOption): Uint8Array {
  const prefix = ipv6Prefix("route", option.prefix);
  lifetime(`route ${option.prefix}`, option.lifetimeS);
  const octets = option.prefixOctets ?? 16;
  if (prefix.length > octets * 8) {
    throw new RangeError(`route ${option.prefix} does not fit ${octets} octets`);
  }
  const bytes = blank(OPTION_ROUTE, `route ${option.prefix}`, 8 + octets);
  bytes[2] = prefix.length;
  bytes[3] = preferenceBits(option.preference);
  writeU32(bytes, 4, option.lifetimeS);
  bytes.set(prefix.address.subarray(0, octets), 8);
  return bytes;
}

/** RDNSS and DNSSL: a reserved field, a lifetime and a list. */
function writeList(code: number, what: string, lifetimeS: number, items: readonly Uint8Array[]): Uint8Array {
  lifetime(what, lifetimeS);
  if (items.length === 0) throw new RangeError(`${what} has nothing in it`);
  const content = concat(items);
  const bytes = blank(code, what, 8 + content.length);
  writeU32(bytes, 4, lifetimeS);
  bytes.set(content, 8);
  return bytes;
}

function writePref64(option: Pref64Option): Uint8Array {
  const prefix = ipv6Prefix("PREF64", option.prefix);
  const code = PREF64_LENGTHS.indexOf(prefix.length);
  if (code < 0) {
    throw new RangeError(`PREF64 ${option.prefix} has a length that is none of ${PREF64_LENGTHS.join(", ")}`);
  }
  checkRange(`lifetime of PREF64 ${option.prefix}`, option.lifetimeS, MAX_PREF64_LIFETIME_S);
  if (option.lifetimeS % 8 !== 0) {
    throw new RangeError(`lifetime of PREF64 ${option.prefix} ${option.lifetimeS} is not a multiple of 8`);
  }
  const bytes = blank(OPTION_PREF64, `PREF64 ${option.prefix}`, 16);
  writeU16(bytes, 2, option.lifetimeS | code);
  bytes.set(prefix.address.subarray(0, 12), 4);
  return bytes;
}

function writeCaptivePortal(uri: string): Uint8Array {
  const what = `captive portal ${escapeText(uri)}`;
  if (!isPortalUri(uri)) throw new RangeError(`${what} is not a URI of printable ASCII`);
  const bytes = blank(OPTION_CAPTIVE_PORTAL, what, 2 + uri.length);
  for (let index = 0; index < uri.length; index++) bytes[2 + index] = uri.charCodeAt(index);
  return bytes;
}

function writeEncryptedDns(option: EncryptedDnsOption): Uint8Array {
  const authenticationName = name(option.authenticationName);
  const what = `encrypted DNS ${escapeText(option.authenticationName)}`;
  checkRange(`priority of ${what}`, option.priority, 0xffff, 1);
  lifetime(what, option.lifetimeS);
  const addresses = concat(option.addresses.map((address) => hostAddress("encrypted DNS address", address)));
  const nameOnly = addresses.length === 0 && option.parameters.length === 0;
  const size = 10 + authenticationName.length +
    (nameOnly ? 0 : 4 + addresses.length + option.parameters.length);
  const bytes = blank(OPTION_ENCRYPTED_DNS, what, size);
  writeU16(bytes, 2, option.priority);
  writeU32(bytes, 4, option.lifetimeS);
  writeU16(bytes, 8, authenticationName.length);
  bytes.set(authenticationName, 10);
  if (nameOnly) return bytes;
  const at = 10 + authenticationName.length;
  writeU16(bytes, at, addresses.length);
  bytes.set(addresses, at + 2);
  writeU16(bytes, at + 2 + addresses.length, option.parameters.length);
  bytes.set(option.parameters, at + 4 + addresses.length);
  return bytes;
}

function writePvd(option: PvdOption): Uint8Array {
  const wire = name(option.name);
  const what = `PvD option ${escapeText(option.name)}`;
  checkRange(`delay of ${what}`, option.delay, 15);
  checkRange(`sequence of ${what}`, option.sequence, 0xffff);
  const header = option.header === null ? new Uint8Array(0) : writeHeader(option.header);
  const inner = concat(option.options.map((each) => {
    if (each.type === "pvd" || each.type === "mifContainer" || each.type === "mifId") {
      throw new RangeError(`${what} cannot hold another PvD`);
    }
    return writeOption(each);
  }));
  const at = pad8(6 + wire.length);
  const bytes = blank(OPTION_PVD, what, at + header.length + inner.length);
  const flags = (option.http ? 0x8000 : 0) | (option.legacy ? 0x4000 : 0) |
    (option.header !== null ? 0x2000 : 0);
  writeU16(bytes, 2, flags | option.delay);
  writeU16(bytes, 4, option.sequence);
  bytes.set(wire, 6);
  bytes.set(header, at);
  bytes.set(inner, at + header.length);
  return bytes;
}

function writeMifId(option: MifIdOption): Uint8Array {
  const what = `PVD_ID ${escapeText(option.id)}`;
  const normal = normaliseMifId(option.idType, option.id);
  if (!normal.ok) throw new RangeError(`${what} cannot be sent: ${normal.problem}`);
  if (option.binary === true && option.idType !== 1) {
    throw new RangeError(`${what} is not a UUID, so has no 16 octets`);
  }
  const octets = option.binary === true
    ? Uint8Array.from(normal.option.id.replaceAll("-", "").match(/../g) ?? [], (octet) => parseInt(octet, 16))
    : new TextEncoder().encode(normal.option.id);
  checkRange(`length of ${what}`, octets.length, 0xff);
  const bytes = blank(OPTION_MIF_ID, what, 4 + octets.length);
  bytes[2] = option.idType;
  bytes[3] = octets.length;
  bytes.set(octets, 4);
  return bytes;
}

function writeMifContainer(options: readonly NdOption[]): Uint8Array {
  const ids = options.filter((option) => option.type === "mifId").length;
  if (ids !== 1) throw new RangeError(`a container must have one PVD_ID, not ${ids}`);
  const inner = concat(options.map((option) => {
    if (option.type === "pvd" || option.type === "mifContainer") {
      throw new RangeError("a container cannot hold another PvD");
    }
    return writeOption(option);
  }));
  const bytes = blank(OPTION_MIF_CONTAINER, "a container", 8 + inner.length);
  bytes.set(inner, 8);
  return bytes;
}

function writeUnknown(option: UnknownOption): Uint8Array {
  const what = `option of type ${option.code}`;
  checkRange("type of an option", option.code, 0xff);
  if (KNOWN_CODES.has(option.code)) throw new RangeError(`${what} is not unknown`);
  if ((option.body.length + 2) % 8 !== 0) throw new RangeError(`${what} does not fill units of 8 octets`);
  const bytes = blank(option.code, what, option.body.length + 2);
  bytes.set(option.body, 2);
  return bytes;
}

/** The bytes of one option; RangeError where it cannot be encoded. */
export function writeOption(option: NdOption): Uint8Array {
  switch (option.type) {
    case "sourceLinkLayerAddress":
      return writeLinkLayerAddress(option);
    case "prefix":
      return writePrefix(option);
    case "mtu": {
      checkRange("MTU", option.mtu, 0xffff_ffff);
      const bytes = blank(OPTION_MTU, "MTU", 8);
      writeU32(bytes, 4, option.mtu);
      return bytes;
    }
    case "route":
      return writeRoute(option);
    case "rdnss":
      return writeList(
        OPTION_RDNSS,
        "RDNSS",
        option.lifetimeS,
        option.addresses.map((address) => hostAddress("RDNSS address", address)),
      );
    case "dnssl":
      return writeList(OPTION_DNSSL, "DNSSL", option.lifetimeS, option.domains.map(name));
    case "pref64":
      return writePref64(option);
    case "captivePortal":
      return writeCaptivePortal(option.uri);
    case "encryptedDns":
      return writeEncryptedDns(option);
    case "pvd":
      return writePvd(option);
    case "mifId":
      return writeMifId(option);
    case "mifContainer":
      return writeMifContainer(option.options);
    case "unknown":
      return writeUnknown(option);
  }
}
