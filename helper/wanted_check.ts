// Reads a WantedDomain out of a message of the broker, which may have been taken over: every text has a form, every
// number a range, every list an end. Nothing gets past here that could reach a file or the kernel in another shape.

import { asObject, integer, integerOrNull, list, oneOf, text, textOrNull } from "../lib/check.ts";
import { isLinkLocal, isMulticast, isUnspecified, parseIpv6, parsePrefix } from "../lib/ip.ts";
import * as limits from "../lib/protocol.ts";

/** A year of 366 days is longer than anything but "for ever"; the wire has 32 bits. */
const MAX_LIFETIME_S = 0xffff_fffe;
/** RFC 8200: no IPv6 link is smaller. */
const MIN_MTU = 1280;
const MAX_MTU = 65_535;
/** RFC 4861 6.2.1. */
const MAX_REACHABLE_TIME_MS = 3_600_000;
const MAC_PATTERN = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;
/** What the resolver file may hold: no space, no newline, no quoting. */
const SEARCH_PATTERN = /^[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;
/** Names as the kernel has them (dev_valid_name), without what would be a path. */
const LINK_PATTERN = /^[^\s/:\0]{1,15}$/;

/** Throws SyntaxError that names the field. */
export function checkWanted(value: unknown): limits.WantedDomain {
  const fields = asObject(value, WANTED_FIELDS, "wanted");
  const mac = textOrNull(fields, "mac", 17);
  if (mac !== null && !isLocalUnicastMac(mac)) {
    throw new SyntaxError("mac is not a locally administered unicast one");
  }
  const mtu = integerOrNull(fields, "mtu", MIN_MTU, MAX_MTU);
  return {
    key: text(fields, "key", limits.MAX_ID_CHARS * 2),
    id: checkId(text(fields, "id", limits.MAX_ID_CHARS)),
    link: checkLink(text(fields, "link", limits.MAX_LINK_NAME_CHARS)),
    linkIndex: integer(fields, "linkIndex", 1, 0x7fff_ffff),
    interfaceKind: oneOf(fields, "interfaceKind", ["macvlan", "ipvlan"]),
    mac,
    mtu,
    hopLimit: integerOrNull(fields, "hopLimit", 1, 0xff),
    reachableTimeMs: integerOrNull(fields, "reachableTimeMs", 1, MAX_REACHABLE_TIME_MS),
    retransTimerMs: integerOrNull(fields, "retransTimerMs", 1, 0xffff_ffff),
    addresses: list(fields, "addresses", limits.MAX_ADDRESSES, checkAddress),
    routes: list(fields, "routes", limits.MAX_ROUTES, checkRoute),
    neighbors: list(fields, "neighbors", limits.MAX_NEIGHBORS, checkNeighbor),
    resolvers: list(fields, "resolvers", limits.MAX_RESOLVERS, (each) => checkUnicast(each, "resolver")),
    searchDomains: list(fields, "searchDomains", limits.MAX_SEARCH_DOMAINS, checkSearchDomain),
  };
}

const WANTED_FIELDS = [
  "key",
  "id",
  "link",
  "linkIndex",
  "interfaceKind",
  "mac",
  "mtu",
  "hopLimit",
  "reachableTimeMs",
  "retransTimerMs",
  "addresses",
  "routes",
  "neighbors",
  "resolvers",
  "searchDomains",
];

export function checkLink(name: string): string {
  if (!LINK_PATTERN.test(name) || name === "." || name === "..") {
    throw new SyntaxError("link is not a link's name");
  }
  return name;
}

function checkId(id: string): string {
  // Ids are presentation forms: printable ASCII. Anything else was not made by our broker.
  if (!/^[\x21-\x7e]+$/.test(id)) throw new SyntaxError("id is not printable");
  return id;
}

function checkAddress(value: unknown): limits.WantedAddress {
  const fields = asObject(value, ["address", "prefixLength", "validS", "preferredS"], "address");
  const address = checkUnicast(fields["address"], "address");
  const bytes = parseIpv6(address);
  if (bytes === null || isLinkLocal(bytes)) {
    throw new SyntaxError("address is link-local: the kernel makes that one");
  }
  return {
    address,
    prefixLength: integer(fields, "prefixLength", 1, 128),
    validS: integerOrNull(fields, "validS", 1, MAX_LIFETIME_S),
    preferredS: integerOrNull(fields, "preferredS", 0, MAX_LIFETIME_S),
  };
}

function checkRoute(value: unknown): limits.WantedRoute {
  const fields = asObject(value, ["prefix", "router", "preference", "metric", "lifetimeS"], "route");
  const prefix = text(fields, "prefix", 64);
  if (parsePrefix(prefix)?.address.length !== 16) throw new SyntaxError("prefix is not an IPv6 prefix");
  const router = textOrNull(fields, "router", 64);
  const bytes = router === null ? null : parseIpv6(router);
  if (router !== null && (bytes === null || !isLinkLocal(bytes))) {
    throw new SyntaxError("router is not link-local");
  }
  return {
    prefix,
    router,
    preference: oneOf(fields, "preference", ["low", "medium", "high"]),
    metric: integer(fields, "metric", 1, 0x7fff_ffff),
    lifetimeS: integerOrNull(fields, "lifetimeS", 1, MAX_LIFETIME_S),
  };
}

function checkNeighbor(value: unknown): limits.WantedNeighbor {
  const fields = asObject(value, ["address", "mac"], "neighbor");
  const address = text(fields, "address", 64);
  const bytes = parseIpv6(address);
  if (bytes === null || !isLinkLocal(bytes)) throw new SyntaxError("neighbor is not link-local");
  const mac = text(fields, "mac", 17);
  if (!MAC_PATTERN.test(mac) || !isUnicastMac(mac)) {
    throw new SyntaxError("mac of a neighbor is not a unicast one");
  }
  return { address, mac };
}

function checkUnicast(value: unknown, what: string): string {
  const bytes = typeof value === "string" && value.length <= 64 ? parseIpv6(value) : null;
  if (typeof value !== "string" || bytes === null || isMulticast(bytes) || isUnspecified(bytes)) {
    throw new SyntaxError(`${what} is not a unicast IPv6 address`);
  }
  return value;
}

function checkSearchDomain(value: unknown): string {
  if (typeof value !== "string" || value.length > 253 || !SEARCH_PATTERN.test(value)) {
    throw new SyntaxError("search domain is not a plain host name");
  }
  return value;
}

function isLocalUnicastMac(mac: string): boolean {
  return MAC_PATTERN.test(mac) && isUnicastMac(mac) && (parseInt(mac.slice(0, 2), 16) & 0x02) !== 0;
}

function isUnicastMac(mac: string): boolean {
  return (parseInt(mac.slice(0, 2), 16) & 0x01) === 0 && mac !== "00:00:00:00:00:00";
}
