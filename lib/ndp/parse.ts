// From the bytes of an ICMPv6 message to a Router Advertisement or Solicitation, or to the sentence that says
// why it is none. Total: whatever arrives, the answer is a value (tests/fuzz/ndp_fuzz.ts). Pure.

import { escapeText } from "../escape.ts";
import { isLinkLocal, isUnspecified, parseIpv6 } from "../ip.ts";
import { icmpv6Checksum } from "./checksum.ts";
import {
  MAX_MESSAGE_OCTETS,
  ND_HOP_LIMIT,
  RA_HEADER_OCTETS,
  ROUTER_ADVERTISEMENT,
  ROUTER_SOLICITATION,
  RS_HEADER_OCTETS,
} from "./codes.ts";
import { readHeader } from "./header.ts";
import { readU8 } from "./octets.ts";
import { type MessageInvalid, readOptions } from "./read_options.ts";
import type { RouterAdvertisement, RouterSolicitation } from "./types.ts";

/** What came with the message. */
export interface Envelope {
  /** The IPv6 source address as text, without a zone. */
  readonly source: string;
  /** Needed only for the checksum. */
  readonly destination?: string;
  readonly hopLimit: number;
  /** Whether it had a Fragment header (RFC 6980). */
  readonly fragmented?: boolean;
  /** The kernel has checked what comes from an ICMPv6 socket; nobody has checked a capture. */
  readonly verifyChecksum?: boolean;
}

export type ParseResult =
  | { readonly ok: true; readonly message: RouterAdvertisement | RouterSolicitation }
  | MessageInvalid;

function invalid(reason: string, problem = reason): ParseResult {
  return { ok: false, reason, problem };
}

function checksumProblem(bytes: Uint8Array, source: Uint8Array, envelope: Envelope): string | null {
  if (envelope.verifyChecksum !== true) return null;
  const destination = parseIpv6(envelope.destination ?? "");
  if (destination === null) return "the checksum cannot be verified: no destination address";
  return icmpv6Checksum(source, destination, bytes) === 0 ? null : "the checksum is wrong";
}

/**
 * Parses an ICMPv6 message, from its type octet to its end, and checks it as RFC 4861 6.1.1 and 6.1.2 demand
 * of a Router Solicitation and a Router Advertisement.
 */
export function parseMessage(bytes: Uint8Array, envelope: Envelope): ParseResult {
  const source = parseIpv6(envelope.source);
  if (source === null) {
    return invalid(
      "source is no IPv6 address",
      `source ${escapeText(envelope.source)} is not an IPv6 address`,
    );
  }
  if (bytes.length > MAX_MESSAGE_OCTETS) {
    return invalid("the message is too long", `the message has ${bytes.length} octets`);
  }
  const type = readU8(bytes, 0);
  if (bytes.length === 0 || (type !== ROUTER_ADVERTISEMENT && type !== ROUTER_SOLICITATION)) {
    return invalid(
      "not a Router Advertisement",
      bytes.length === 0
        ? "the message is empty"
        : `ICMPv6 type ${type} is neither Router Solicitation nor Advertisement`,
    );
  }
  if (envelope.fragmented === true) return invalid("it came fragmented, which RFC 6980 forbids");
  const advertisement = type === ROUTER_ADVERTISEMENT;
  const minimum = advertisement ? RA_HEADER_OCTETS : RS_HEADER_OCTETS;
  if (envelope.hopLimit !== ND_HOP_LIMIT) {
    return invalid(
      `hop limit is not ${ND_HOP_LIMIT}`,
      `hop limit is ${envelope.hopLimit}, not ${ND_HOP_LIMIT}`,
    );
  }
  if (advertisement && !isLinkLocal(source)) {
    return invalid("source is not link-local", `source ${envelope.source} is not link-local`);
  }
  const code = readU8(bytes, 1);
  if (bytes.length < minimum) {
    return invalid(
      "the message is too short",
      `the message has ${bytes.length} octets, fewer than ${minimum}`,
    );
  }
  if (code !== 0) return invalid("ICMPv6 code is not 0", `ICMPv6 code is ${code}, not 0`);
  const wrong = checksumProblem(bytes, source, envelope);
  if (wrong !== null) return invalid("the checksum is wrong", wrong);

  const read = readOptions(bytes.subarray(minimum), advertisement ? "advertisement" : "solicitation");
  if (!read.ok) return read;
  const { options, ignored } = read;
  if (advertisement) {
    return {
      ok: true,
      message: { type: "routerAdvertisement", header: readHeader(bytes, 0), options, ignored },
    };
  }
  if (isUnspecified(source) && options.some((option) => option.type === "sourceLinkLayerAddress")) {
    return invalid("source is unspecified, but there is a source link-layer address option");
  }
  return { ok: true, message: { type: "routerSolicitation", options, ignored } };
}
