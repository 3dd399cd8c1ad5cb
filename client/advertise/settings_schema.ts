// The keys of `pvd advertise`'s settings file, each with what it may be: docs/advertise.md as code. It checks one
// value at a time; what hangs on two of them, and every default that does, is in settings.ts. Pure.

import * as v from "valibot";
import {
  formatAddress,
  isLinkLocal,
  isMulticast,
  parseIpv6,
  parsePrefix,
  type Prefix,
} from "../../lib/ip.ts";
import { MAX_MTU, MIN_MTU, PREF64_LENGTHS } from "../../lib/ndp/codes.ts";
import { isUuid } from "../../lib/ndp/mif_id.ts";
import { normaliseName, writeName } from "../../lib/ndp/name.ts";
import { isHostAddress, isPortalUri } from "../../lib/ndp/read_option.ts";
import { INFINITE_LIFETIME_S } from "../../lib/ndp/types.ts";
import { MAX_LINK_NAME_CHARS } from "../../lib/protocol.ts";
import { nearest } from "../nearest.ts";

/**
 * With these, any single option but a container fits, beside a header, its PvD's name and the link's own
 * options, into the smallest MTU of IPv6: 1280 octets.
 */
const MAX_RDNSS_ADDRESSES = 48;
const MAX_DNSSL_OCTETS = 768;
const MAX_PARAMETERS_OCTETS = 256;
const MAX_ENCRYPTED_DNS_ADDRESSES = 16;
const MAX_BODY_OCTETS = 766;
/** RFC 8910 2: "should not exceed 255 bytes". */
const MAX_PORTAL_CHARS = 255;

/** RFC 4861 6.2.1: AdvReachableTime. */
const MAX_REACHABLE_TIME_MS = 3_600_000;
const MAX_U32 = 0xffff_ffff;
const MAX_U16 = 0xffff;
const MAX_U8 = 0xff;

/** MinRtrAdvInterval and MaxRtrAdvInterval where hosts move, RFC 6275 7.5; RFC 8319 4 raised the upper bound. */
const SHORTEST_MIN_INTERVAL_S = 0.03;
const SHORTEST_MAX_INTERVAL_S = 0.07;
const LONGEST_INTERVAL_S = 65_535;
const LONGEST_DELAY_S = 3600;
/** MAX_FINAL_RTR_ADVERTISEMENTS, RFC 4861 10. */
const MAX_FINAL_RTR_ADVERTISEMENTS = 3;

const SECONDS_OF_UNIT: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600, d: 86_400 };

function whole(min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message));
}

function seconds(min: number, max: number) {
  const message = `must be a number of seconds from ${min} to ${max}`;
  return v.pipe(v.number(message), v.minValue(min, message), v.maxValue(max, message));
}

function flag(byDefault: boolean) {
  return v.optional(v.boolean("must be true or false"), byDefault);
}

/** Text that `read` makes a value of; null: it is not one. */
function readBy<T>(read: (text: string) => T | null, message: string) {
  return v.pipe(
    v.string(message),
    v.rawTransform<string, T>(({ dataset, addIssue, NEVER }) => {
      const value = read(dataset.value);
      if (value !== null) return value;
      addIssue({ message });
      return NEVER;
    }),
  );
}

/** A table in which no other key may stand. */
function table<T extends v.ObjectEntries>(entries: T) {
  return v.strictObject(entries, (issue) => {
    if (issue.expected === "never") {
      const near = nearest(String(issue.path?.at(-1)?.key), Object.keys(entries));
      return near === null ? "is no setting" : `is no setting; did you mean ${near}?`;
    }
    return issue.received === "undefined" ? "is missing" : "must be a table";
  });
}

function tables<T extends v.ObjectEntries>(entries: T) {
  return v.optional(v.array(table(entries), "must be a table in double brackets"), []);
}

function readLifetime(value: number | string): number | null {
  if (value === "infinite") return INFINITE_LIFETIME_S;
  const [, digits, unit = "s"] = typeof value === "number"
    ? [value, value]
    : /^(\d{1,10})(s|min|h|d)$/.exec(value) ?? [];
  const lifetimeS = Number(digits) * (SECONDS_OF_UNIT[unit] ?? NaN);
  return Number.isInteger(lifetimeS) && lifetimeS >= 0 && lifetimeS < INFINITE_LIFETIME_S ? lifetimeS : null;
}

const LIFETIME = 'must be a lifetime: whole seconds (3600), "90s", "30min", "2h", "7d" or "infinite"';

const lifetime = v.pipe(
  v.union([v.number(), v.string()], LIFETIME),
  v.rawTransform<number | string, number>(({ dataset, addIssue, NEVER }) => {
    const lifetimeS = readLifetime(dataset.value);
    if (lifetimeS !== null) return lifetimeS;
    addIssue({ message: LIFETIME });
    return NEVER;
  }),
);

const preference = v.picklist(["low", "medium", "high"], 'must be "low", "medium" or "high"');

const address = readBy((text) => {
  const octets = parseIpv6(text);
  return octets !== null && isHostAddress(octets) ? formatAddress(octets) : null;
}, "must be a unicast IPv6 address of a host");

function readIpv6Prefix(text: string): Prefix | null {
  const prefix = parsePrefix(text);
  return prefix?.address.length === 16 ? prefix : null;
}

const prefix = readBy(readIpv6Prefix, 'must be an IPv6 prefix such as "2001:db8::/64"');
const onLinkPrefix = readBy((text) => {
  const read = readIpv6Prefix(text);
  // RFC 4861 4.6.2: hosts ignore the link-local prefix; nobody has a multicast one.
  return read === null || isLinkLocal(read.address) || isMulticast(read.address) ? null : read;
}, 'must be an IPv6 prefix such as "2001:db8::/64", neither link-local nor multicast');
const pref64Prefix = readBy((text) => {
  const read = readIpv6Prefix(text);
  return read !== null && PREF64_LENGTHS.includes(read.length) ? read : null;
}, "must be an IPv6 prefix of length 32, 40, 48, 56, 64 or 96 (RFC 8781)");

const name = readBy(normaliseName, "must be a DNS name");

const domains = v.pipe(
  v.array(name, "must be a list of DNS names"),
  v.minLength(1, "must hold a DNS name"),
  v.check(
    (names) => names.reduce((octets, each) => octets + writeName(each).length, 0) <= MAX_DNSSL_OCTETS,
    `must be at most ${MAX_DNSSL_OCTETS} octets in all; put the rest in a table of their own`,
  ),
);

function addresses(min: number, max: number) {
  const message = `must be a list of ${min} to ${max} IPv6 addresses`;
  return v.pipe(v.array(address, message), v.minLength(min, message), v.maxLength(max, message));
}

const hex = readBy((text) => {
  const octets = readHex(text);
  return octets !== null && octets.length <= MAX_PARAMETERS_OCTETS ? octets : null;
}, `must be at most ${MAX_PARAMETERS_OCTETS} octets in hex`);

/** What follows type and length, RFC 4861 4.6: with them a multiple of eight octets. */
const optionBody = readBy((text) => {
  const octets = readHex(text);
  return octets !== null && octets.length <= MAX_BODY_OCTETS && octets.length % 8 === 6 ? octets : null;
}, `must be 6, 14, 22 or more octets in hex, at most ${MAX_BODY_OCTETS}`);

function readHex(text: string): Uint8Array | null {
  if (!/^(?:[0-9a-fA-F]{2})*$/.test(text)) return null;
  return Uint8Array.from(text.match(/../g) ?? [], (octet) => parseInt(octet, 16));
}

const portal = readBy(
  (text) => isPortalUri(text) && text.length <= MAX_PORTAL_CHARS ? text : null,
  `must be a URI of printable ASCII, at most ${MAX_PORTAL_CHARS} characters`,
);

/** The data of a PvD but for its MTU, which outside a PvD option is the link's. */
const dataTables = {
  prefix: tables({
    prefix: onLinkPrefix,
    on_link: flag(true),
    autonomous: flag(true),
    router_address: flag(false),
    dhcpv6_pd: flag(false),
    valid: v.optional(lifetime),
    preferred: v.optional(lifetime),
  }),
  route: tables({
    prefix,
    preference: v.optional(preference, "medium"),
    lifetime: v.optional(lifetime),
    short: flag(false),
  }),
  rdnss: tables({ addresses: addresses(1, MAX_RDNSS_ADDRESSES), lifetime: v.optional(lifetime) }),
  dnssl: tables({ domains, lifetime: v.optional(lifetime) }),
  pref64: tables({ prefix: pref64Prefix, lifetime: v.optional(lifetime) }),
  encrypted_dns: tables({
    name,
    addresses: v.optional(addresses(0, MAX_ENCRYPTED_DNS_ADDRESSES), []),
    priority: v.optional(whole(1, MAX_U16), 1),
    parameters: v.optional(hex, ""),
    lifetime: v.optional(lifetime),
  }),
  option: tables({ type: whole(0, MAX_U8), data: optionBody }),
  captive_portal: v.optional(portal),
};

/** The data of a PvD, implicit or explicit. */
const data = { ...dataTables, mtu: v.optional(whole(MIN_MTU, MAX_MTU)) };

/** RFC 4861 4.2; which defaults hold is settings.ts's business. */
const header = {
  router_lifetime: v.optional(lifetime),
  hop_limit: v.optional(whole(0, 255)),
  managed: v.optional(v.boolean("must be true or false")),
  other: v.optional(v.boolean("must be true or false")),
  home_agent: v.optional(v.boolean("must be true or false")),
  proxy: v.optional(v.boolean("must be true or false")),
  snac: v.optional(v.boolean("must be true or false")),
  preference: v.optional(preference),
  reachable_time_ms: v.optional(whole(0, MAX_REACHABLE_TIME_MS)),
  retrans_timer_ms: v.optional(whole(0, MAX_U32)),
};

/** How a container tells its id, draft-ietf-mif-mpvd-id: a UUID as octets, the rest as text. */
const ID_TYPES = ["uuid", "uuid-text", "text", "realm", "name"] as const;

const pvd = {
  id: readBy((text) => {
    const lower = text.toLowerCase();
    return isUuid(lower) ? lower : normaliseName(text);
  }, "must be a DNS name or a UUID"),
  encoding: v.optional(v.picklist(["rfc8801", "mif"], 'must be "rfc8801" or "mif"')),
  id_type: v.optional(
    v.picklist(ID_TYPES, `must be one of ${ID_TYPES.map((type) => `"${type}"`).join(", ")}`),
  ),
  http: v.optional(v.boolean("must be true or false")),
  legacy: v.optional(v.boolean("must be true or false")),
  delay: v.optional(whole(0, 15)),
  sequence: v.optional(whole(0, MAX_U16)),
  header: v.optional(table(header)),
  outside: v.optional(table(dataTables)),
  ...data,
};

/** As the kernel's dev_valid_name: no slash, colon or white space, neither "." nor "..". */
const LINK_NAME = new RegExp(`^(?!\\.{1,2}$)[^/:\\s\\p{C}]{1,${MAX_LINK_NAME_CHARS}}$`, "u");
const linkName = readBy(
  (text) => LINK_NAME.test(text) ? text : null,
  'must be the name of a link such as "eth1"',
);

const networkInterface = {
  name: linkName,
  min_interval: v.optional(seconds(SHORTEST_MIN_INTERVAL_S, LONGEST_INTERVAL_S)),
  max_interval: v.optional(seconds(SHORTEST_MAX_INTERVAL_S, LONGEST_INTERVAL_S), 600),
  min_delay_between_ras: v.optional(seconds(0, LONGEST_DELAY_S)),
  final_advertisements: v.optional(whole(0, MAX_FINAL_RTR_ADVERTISEMENTS), MAX_FINAL_RTR_ADVERTISEMENTS),
  source_link_layer_address: flag(true),
  ...header,
  ...data,
  pvd: tables(pvd),
};

/** The whole file. */
export const SETTINGS = table({
  interface: v.pipe(
    v.array(table(networkInterface), "must be a table in double brackets"),
    v.minLength(1, "must be there at least once"),
  ),
});

export type InterfaceTable = v.InferOutput<typeof SETTINGS>["interface"][number];
export type PvdTable = InterfaceTable["pvd"][number];
/** What an interface and a PvD have in common. */
export type DataTables = Omit<
  PvdTable,
  "id" | "encoding" | "id_type" | "http" | "legacy" | "delay" | "sequence" | "header" | "outside"
>;
export type HeaderTable = NonNullable<PvdTable["header"]>;
