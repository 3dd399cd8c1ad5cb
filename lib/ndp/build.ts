// From a Router Advertisement or Solicitation to the bytes of its ICMPv6 message. What parse.ts would not give
// back the same is refused here, so a settings file cannot make a router send what pvd itself would ignore. Pure.

import { escapeText } from "../escape.ts";
import { isUnspecified, parseIpv6 } from "../ip.ts";
import { icmpv6Checksum } from "./checksum.ts";
import { MAX_MESSAGE_OCTETS, MAX_OPTIONS, ROUTER_SOLICITATION, RS_HEADER_OCTETS } from "./codes.ts";
import { writeHeader } from "./header.ts";
import { concat, writeU16 } from "./octets.ts";
import { containerId } from "./read_options.ts";
import type { NdOption, RouterAdvertisement, RouterSolicitation } from "./types.ts";
import { writeOption } from "./write_option.ts";

/** A message as it is sent: what a parser ignored is no part of it. */
export type MessageToBuild =
  | Pick<RouterAdvertisement, "type" | "header" | "options">
  | Pick<RouterSolicitation, "type" | "options">;

/** What the checksum is over beside the message; addresses as text. */
export interface Addresses {
  readonly source: string;
  readonly destination: string;
}

function count(options: readonly NdOption[]): number {
  let total = options.length;
  for (const option of options) {
    if (option.type === "pvd" || option.type === "mifContainer") total += count(option.options);
  }
  return total;
}

/** RFC 8801 3.2: one PvD option. The draft: an id once, and an id alone only in a Solicitation. */
function checkAdvertisement(options: readonly NdOption[]): void {
  const pvds = options.filter((option) => option.type === "pvd").length;
  const containers = options.filter((option) => option.type === "mifContainer");
  if (pvds > 1) throw new RangeError(`a Router Advertisement has at most one PvD option, not ${pvds}`);
  if (pvds > 0 && containers.length > 0) {
    throw new RangeError("a Router Advertisement with a PvD option cannot have containers too");
  }
  if (options.some((option) => option.type === "mifId")) {
    throw new RangeError("in a Router Advertisement a PVD_ID stands in a container");
  }
}

function checkSolicitation(options: readonly NdOption[]): void {
  for (const option of options) {
    if (!["sourceLinkLayerAddress", "mifId", "mifContainer", "unknown"].includes(option.type)) {
      throw new RangeError(`an option of type ${option.type} does not belong in a Router Solicitation`);
    }
  }
}

function checkContainers(options: readonly NdOption[]): void {
  const seen = new Set<string>();
  for (const option of options) {
    if (option.type !== "mifContainer") continue;
    const id = containerId(option);
    if (seen.has(id)) throw new RangeError(`two containers have the id ${escapeText(id)}`);
    seen.add(id);
  }
}

function address(what: string, text: string): Uint8Array {
  const parsed = parseIpv6(text);
  if (parsed === null) throw new RangeError(`${what} ${escapeText(text)} is not an IPv6 address`);
  return parsed;
}

/**
 * The bytes of a message (RFC 4861 4.1, 4.2), options in the order given, with its checksum; or with zeros
 * there where `addresses` is null, for a socket whose kernel fills it in. RangeError with a sentence for
 * what cannot be encoded.
 */
export function buildMessage(message: MessageToBuild, addresses: Addresses | null): Uint8Array {
  const { options } = message;
  const total = count(options);
  if (total > MAX_OPTIONS) throw new RangeError(`the message has ${total} options, more than ${MAX_OPTIONS}`);
  checkContainers(options);
  let fixed: Uint8Array;
  if (message.type === "routerAdvertisement") {
    checkAdvertisement(options);
    fixed = writeHeader(message.header);
  } else {
    checkSolicitation(options);
    fixed = new Uint8Array(RS_HEADER_OCTETS);
    fixed[0] = ROUTER_SOLICITATION;
  }
  const bytes = concat([fixed, ...options.map(writeOption)]);
  if (bytes.length > MAX_MESSAGE_OCTETS) {
    throw new RangeError(`the message would have ${bytes.length} octets, more than ${MAX_MESSAGE_OCTETS}`);
  }
  if (addresses === null) return bytes;

  const source = address("source", addresses.source);
  const destination = address("destination", addresses.destination);
  if (isUnspecified(source) && options.some((option) => option.type === "sourceLinkLayerAddress")) {
    throw new RangeError("a message from the unspecified address has no source link-layer address option");
  }
  writeU16(bytes, 2, icmpv6Checksum(source, destination, bytes));
  return bytes;
}
