// From an interface's settings to the Router Advertisements that say them: which data go into which message, and
// what is spread over several because the link's MTU is small. Pure.

import { escapeName } from "../../lib/escape.ts";
import { buildMessage } from "../../lib/ndp/build.ts";
import { MAX_OPTION_OCTETS, MIN_MTU, RA_HEADER_OCTETS } from "../../lib/ndp/codes.ts";
import type { NdOption, PvdOption, RaHeader, RouterAdvertisement } from "../../lib/ndp/types.ts";
import { writeOption } from "../../lib/ndp/write_option.ts";
import type { InterfaceSettings, MifSettings, Rfc8801Settings } from "./settings.ts";

/** What a link tells about itself. */
export interface LinkFacts {
  /** Colon-separated hex, or "" where it has none. */
  readonly mac: string;
  readonly mtu: number;
}

/** The messages of one round, in the order to send them. */
export interface Advertisements {
  readonly messages: readonly RouterAdvertisement[];
  /** One sentence for each PvD that had to be left out. */
  readonly problems: readonly string[];
}

const IPV6_HEADER_OCTETS = 40;
const CONTAINER_HEADER_OCTETS = 8;
const DEFAULT_ROUTE = "::/0";
/** A larger MTU is used up to here: a jumbo frame's worth, and fewer options than a parser takes in one message. */
const MAX_PACKET_OCTETS = 9000;

/** What an interface sends, periodically and when solicited. */
export function advertisements(settings: InterfaceSettings, link: LinkFacts): Advertisements {
  const problems: string[] = [];
  const messages = [
    ...(sendsImplicit(settings) ? implicitMessages(settings, link, problems) : []),
    ...settings.pvds.flatMap((pvd) =>
      pvd.encoding === "rfc8801" ? pvdMessages(settings, pvd, link, problems) : []
    ),
  ];
  return { messages, problems };
}

/** The bytes for a socket whose kernel fills in the checksum. */
export function messageBytes(message: RouterAdvertisement): Uint8Array {
  return buildMessage(message, null);
}

/** Whether there is an advertisement without PvD option: for data, for containers, or where there is nothing else. */
export function sendsImplicit({ options, pvds }: InterfaceSettings): boolean {
  return options.length > 0 || pvds.length === 0 || pvds.some((pvd) => pvd.encoding === "mif");
}

/** The advertisement of the implicit PvD and of all containers, as MIF-PvD's radvd orders its options. */
export function implicitMessages(settings: InterfaceSettings, link: LinkFacts, problems: string[]) {
  const { header, options, pvds } = settings;
  const [mtu, linkLayerAddress] = linkOptions(settings, link);
  const containers = pvds.flatMap((pvd) => pvd.encoding === "mif" ? [container(pvd)] : []);
  const room = roomFor([...mtu, ...linkLayerAddress], link);
  const repeated = lastDefaultRoute(options);
  return packed([...options, ...containers], repeated, room, link, problems).map((part) => {
    const ofContainers = part.filter((option) => option.type === "mifContainer");
    const data = part.filter((option) => option.type !== "mifContainer");
    return advertisement(header, [...data, ...mtu, ...ofContainers, ...linkLayerAddress]);
  });
}

/** One PvD's advertisement, or several that repeat all of the option but its data, and what is said of the default route
 * (RFC 8801 3.2). */
export function pvdMessages(
  settings: InterfaceSettings,
  pvd: Rfc8801Settings,
  link: LinkFacts,
  problems: string[],
): RouterAdvertisement[] {
  const { id: name, http, legacy, delay, sequence, header } = pvd;
  const empty: PvdOption = { type: "pvd", name, http, legacy, delay, sequence, header, options: [] };
  const ofLink = linkOptions(settings, link).flat();
  const room = Math.min(roomFor([...ofLink, empty], link), MAX_OPTION_OCTETS - octetsOf(empty));
  const isOutside = new Set(pvd.outside);
  const repeated = [...lastDefaultRoute(pvd.outside), ...lastDefaultRoute(pvd.options)];
  return packed([...pvd.outside, ...pvd.options], repeated, room, link, problems).map((part) => {
    const outside = part.filter((option) => isOutside.has(option));
    const options = part.filter((option) => !isOutside.has(option));
    return advertisement(settings.header, [...outside, ...ofLink, { ...empty, options }]);
  });
}

function advertisement(header: RaHeader, options: readonly NdOption[]): RouterAdvertisement {
  return { type: "routerAdvertisement", header, options, ignored: [] };
}

/** What every advertisement says of the link: the MTU, and the link-layer address. */
function linkOptions(
  { mtu, sourceLinkLayerAddress }: InterfaceSettings,
  { mac }: LinkFacts,
): [NdOption[], NdOption[]] {
  return [
    mtu === null ? [] : [{ type: "mtu", mtu }],
    sourceLinkLayerAddress && mac !== "" ? [{ type: "sourceLinkLayerAddress", address: mac }] : [],
  ];
}

function container({ id, idType, binary, options }: MifSettings): NdOption {
  const name: NdOption = { type: "mifId", idType, id, ...(binary ? { binary } : {}) };
  return { type: "mifContainer", options: [name, ...options] };
}

/** Octets left in a packet for options beside `options`. */
function roomFor(options: readonly NdOption[], link: LinkFacts): number {
  const packetOctets = Math.min(Math.max(link.mtu, MIN_MTU), MAX_PACKET_OCTETS);
  return options.reduce(
    (room, option) => room - octetsOf(option),
    packetOctets - IPV6_HEADER_OCTETS - RA_HEADER_OCTETS,
  );
}

function octetsOf(option: NdOption): number {
  // A container may be too large to be written at all, which is what has to be found out.
  if (option.type !== "mifContainer") return writeOption(option).length;
  return option.options.reduce((octets, inner) => octets + octetsOf(inner), CONTAINER_HEADER_OCTETS);
}

/**
 * What has to be in every part, where there is one: each part has the header, and a header without the ::/0 route takes
 * back what the route said before (RFC 4191 3.1). Of several the last one counts.
 */
function lastDefaultRoute(options: readonly NdOption[]): readonly NdOption[] {
  const last = options.findLast((option) => option.type === "route" && option.prefix === DEFAULT_ROUTE);
  return last === undefined ? [] : [last];
}

/** The options in parts that each fit into `packetRoom` with those that are `repeated` in each; in their order, and always
 * at least one part. */
function packed(
  options: readonly NdOption[],
  repeated: readonly NdOption[],
  packetRoom: number,
  link: LinkFacts,
  problems: string[],
): NdOption[][] {
  const room = repeated.reduce((left, option) => left - octetsOf(option), packetRoom);
  let part = new Set(repeated);
  const parts = [part];
  let left = room;
  for (const option of options) {
    if (repeated.includes(option)) continue;
    const octets = octetsOf(option);
    if (octets > Math.min(room, MAX_OPTION_OCTETS)) {
      problems.push(
        `${nameOf(option)} needs ${octets} octets, more than fit in one advertisement with MTU ${link.mtu}`,
      );
      continue;
    }
    if (octets > left) {
      part = new Set(repeated);
      parts.push(part);
      left = room;
    }
    part.add(option);
    left -= octets;
  }
  return parts.map((each) => options.filter((option) => each.has(option)));
}

function nameOf(option: NdOption): string {
  if (option.type !== "mifContainer") return `an option of type ${option.type}`;
  const id = option.options.find((inner) => inner.type === "mifId");
  return `PvD ${id?.type === "mifId" ? escapeName(id.id) : ""}`;
}
