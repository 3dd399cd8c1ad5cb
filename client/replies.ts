// Messages of broker and helper, checked: the client believes no more of them than lib/protocol.ts says. Pure.
// All readers throw SyntaxError with the field that is wrong.

import { asObject, type Fields, flag, integer, integerOrNull, isObject, list, member } from "../lib/check.ts";
import { oneOf, text, textOrNull } from "../lib/check.ts";
import {
  type ClientReply,
  type DomainView,
  ERROR_CODES,
  type ErrorCode,
  HANDLE_PATTERN,
} from "../lib/protocol.ts";
import type { JsonObject, JsonValue } from "../lib/protocol.ts";
import { MAX_INFORMATION_DEPTH } from "../lib/protocol.ts";
import { MAX_ADDRESSES, MAX_ID_CHARS, MAX_LINK_NAME_CHARS, MAX_MESSAGE_BYTES } from "../lib/protocol.ts";
import type { StatusView } from "../lib/protocol.ts";

/** A message is bounded, so what is in it is: none of these can be longer. */
const ANY_TEXT = MAX_MESSAGE_BYTES;
const ANY_COUNT = MAX_MESSAGE_BYTES;
const MAX_SECONDS = Number.MAX_SAFE_INTEGER;
const MAX_U32 = 0xffff_ffff;

const PREFERENCES = ["low", "medium", "high"] as const;

/** One answer of the broker. */
export function readClientReply(value: unknown): ClientReply {
  if (!isObject(value)) throw new SyntaxError("the answer is not an object");
  const type = oneOf(value, "type", ["domain", "end", "resolved", "status", "socket", "error"]);
  switch (type) {
    case "domain":
      return { type, domain: readDomainView(member(only(value, "domain"), "domain")) };
    case "end":
    case "socket":
      only(value);
      return { type };
    case "resolved":
      return { type, ...readResolved(only(value, "id", "handle", "link")) };
    case "status":
      return { type, status: readStatusView(member(only(value, "status"), "status")) };
    case "error":
      return { type, ...readError(only(value, "code", "message")) };
  }
}

function only(fields: Fields, ...names: string[]): Fields {
  return asObject(fields, ["type", ...names], "the answer");
}

export function readError(fields: Fields): { readonly code: ErrorCode; readonly message: string } {
  return { code: oneOf(fields, "code", ERROR_CODES), message: text(fields, "message", ANY_TEXT) };
}

function readResolved(fields: Fields) {
  const handle = text(fields, "handle", MAX_ID_CHARS);
  if (!HANDLE_PATTERN.test(handle)) throw new SyntaxError("handle is not a namespace's name");
  return { id: text(fields, "id", MAX_ID_CHARS), handle, link: text(fields, "link", MAX_LINK_NAME_CHARS) };
}

/** A DomainView, with nothing in it that is not one's. */
export function readDomainView(value: unknown): DomainView {
  const domain = asObject(value, DOMAIN_MEMBERS, "the domain");
  const flags = asObject(member(domain, "flags"), ["http", "legacy", "header"], "flags");
  return {
    id: text(domain, "id", MAX_ID_CHARS),
    kind: oneOf(domain, "kind", ["explicit", "implicit"]),
    encoding: oneOf(domain, "encoding", ["rfc8801", "mif", "ra"]),
    state: oneOf(domain, "state", ["configuring", "ready", "ending", "failed"]),
    problem: textOrNull(domain, "problem", ANY_TEXT),
    link: text(domain, "link", MAX_LINK_NAME_CHARS),
    namespace: text(domain, "namespace", MAX_ID_CHARS),
    interface: text(domain, "interface", MAX_LINK_NAME_CHARS),
    flags: { http: flag(flags, "http"), legacy: flag(flags, "legacy"), header: flag(flags, "header") },
    delay: integer(domain, "delay", 0, MAX_U32),
    sequence: integer(domain, "sequence", 0, MAX_U32),
    routers: entries(domain, "routers", ["address", "preference", "lifetimeS"], (router) => ({
      address: text(router, "address", ANY_TEXT),
      preference: oneOf(router, "preference", PREFERENCES),
      lifetimeS: seconds(router, "lifetimeS"),
    })),
    addresses: entries(
      domain,
      "addresses",
      ["address", "prefixLength", "validS", "preferredS"],
      (address) => ({
        address: text(address, "address", ANY_TEXT),
        prefixLength: integer(address, "prefixLength", 0, 128),
        validS: seconds(address, "validS"),
        preferredS: seconds(address, "preferredS"),
      }),
      MAX_ADDRESSES,
    ),
    ...readDataViews(domain),
    information: readInformation(member(domain, "information")),
    informationProblem: textOrNull(domain, "informationProblem", ANY_TEXT),
  };
}

/** What a domain and a router have in common. */
export function readDataViews(fields: Fields): Pick<DomainView, typeof DATA_MEMBERS[number]> {
  return {
    mtu: integerOrNull(fields, "mtu", 0, MAX_U32),
    prefixes: entries(
      fields,
      "prefixes",
      ["prefix", "onLink", "autonomous", "validS", "preferredS"],
      (prefix) => ({
        prefix: text(prefix, "prefix", ANY_TEXT),
        onLink: flag(prefix, "onLink"),
        autonomous: flag(prefix, "autonomous"),
        validS: seconds(prefix, "validS"),
        preferredS: seconds(prefix, "preferredS"),
      }),
    ),
    routes: entries(fields, "routes", ["prefix", "router", "preference", "lifetimeS"], (route) => ({
      prefix: text(route, "prefix", ANY_TEXT),
      router: text(route, "router", ANY_TEXT),
      preference: oneOf(route, "preference", PREFERENCES),
      lifetimeS: seconds(route, "lifetimeS"),
    })),
    rdnss: entries(fields, "rdnss", ["address", "lifetimeS"], (resolver) => ({
      address: text(resolver, "address", ANY_TEXT),
      lifetimeS: seconds(resolver, "lifetimeS"),
    })),
    dnssl: entries(fields, "dnssl", ["domain", "lifetimeS"], (search) => ({
      domain: text(search, "domain", ANY_TEXT),
      lifetimeS: seconds(search, "lifetimeS"),
    })),
    pref64: entries(fields, "pref64", ["prefix", "lifetimeS"], (pref64) => ({
      prefix: text(pref64, "prefix", ANY_TEXT),
      lifetimeS: seconds(pref64, "lifetimeS"),
    })),
    captivePortal: textOrNull(fields, "captivePortal", ANY_TEXT),
    encryptedDns: entries(fields, "encryptedDns", ENCRYPTED_DNS_MEMBERS, (dns) => ({
      priority: integer(dns, "priority", 0, 0xffff),
      authenticationName: text(dns, "authenticationName", ANY_TEXT),
      addresses: list(dns, "addresses", ANY_COUNT, textItem),
      parameters: text(dns, "parameters", ANY_TEXT),
      lifetimeS: seconds(dns, "lifetimeS"),
    })),
  };
}

function readInformation(value: unknown): JsonObject | null {
  if (value === null) return null;
  if (!isObject(value)) throw new SyntaxError("information is not an object");
  return readJsonObject(value, 1);
}

function readJsonObject(value: Fields, depth: number): JsonObject {
  const entries = Object.entries(value).map((
    [name, each],
  ): [string, JsonValue] => [name, readJson(each, depth + 1)]);
  return Object.fromEntries(entries);
}

/** A message bounds its size; its depth is bounded here, for whoever walks it. */
export function readJson(value: unknown, depth: number): JsonValue {
  if (
    value === null || typeof value === "boolean" || typeof value === "number" || typeof value === "string"
  ) {
    return value;
  }
  if (depth > MAX_INFORMATION_DEPTH) throw new SyntaxError("information is too deep");
  if (Array.isArray(value)) return value.map((each) => readJson(each, depth + 1));
  if (isObject(value)) return readJsonObject(value, depth);
  throw new SyntaxError("information is no JSON");
}

const DOMAIN_MEMBERS = [
  ...[
    "id",
    "kind",
    "encoding",
    "state",
    "problem",
    "link",
    "namespace",
    "interface",
    "flags",
    "delay",
    "sequence",
  ],
  ...[
    "mtu",
    "routers",
    "addresses",
    "prefixes",
    "routes",
    "rdnss",
    "dnssl",
    "pref64",
    "captivePortal",
    "encryptedDns",
    "information",
    "informationProblem",
  ],
];
export const DATA_MEMBERS = [
  "mtu",
  "prefixes",
  "routes",
  "rdnss",
  "dnssl",
  "pref64",
  "captivePortal",
  "encryptedDns",
] as const;
const ENCRYPTED_DNS_MEMBERS = ["priority", "authenticationName", "addresses", "parameters", "lifetimeS"];

/** A StatusView, with nothing in it that is not one's. */
export function readStatusView(value: unknown): StatusView {
  const status = asObject(value, ["broker", "helper", "domains", "links", "advertisements"], "the status");
  const broker = asObject(member(status, "broker"), ["pid", "uid", "uptimeS", "residentBytes"], "broker");
  const helper = asObject(member(status, "helper"), ["connected", "problem"], "helper");
  const counted = ["received", "coalesced", "invalid", "invalidReasons", "refused", "lastProblem"]
    .concat(["passedOver", "lastPassedOver"]);
  const advertisements = asObject(member(status, "advertisements"), counted, "advertisements");
  return {
    broker: {
      pid: integer(broker, "pid", 0, MAX_U32),
      uid: integer(broker, "uid", 0, MAX_U32),
      uptimeS: integer(broker, "uptimeS", 0, MAX_SECONDS),
      residentBytes: integer(broker, "residentBytes", 0, MAX_SECONDS),
    },
    helper: { connected: flag(helper, "connected"), problem: textOrNull(helper, "problem", ANY_TEXT) },
    domains: integer(status, "domains", 0, MAX_U32),
    links: entries(status, "links", ["name", "index", "up", "ipv6", "listening", "problem"], (link) => ({
      name: text(link, "name", MAX_LINK_NAME_CHARS),
      index: integer(link, "index", 0, MAX_U32),
      up: flag(link, "up"),
      ipv6: flag(link, "ipv6"),
      listening: flag(link, "listening"),
      problem: textOrNull(link, "problem", ANY_TEXT),
    })),
    advertisements: {
      received: integer(advertisements, "received", 0, MAX_SECONDS),
      coalesced: integer(advertisements, "coalesced", 0, MAX_SECONDS),
      invalid: integer(advertisements, "invalid", 0, MAX_SECONDS),
      invalidReasons: readCounts(advertisements, "invalidReasons"),
      refused: readCounts(advertisements, "refused"),
      lastProblem: textOrNull(advertisements, "lastProblem", ANY_TEXT),
      passedOver: integer(advertisements, "passedOver", 0, MAX_SECONDS),
      lastPassedOver: textOrNull(advertisements, "lastPassedOver", ANY_TEXT),
    },
  };
}

function readCounts(fields: Fields, name: string): Record<string, number> {
  const counts = member(fields, name);
  if (!isObject(counts)) throw new SyntaxError(`${name} is not an object`);
  return Object.fromEntries(
    Object.keys(counts).map((reason) => [reason, integer(counts, reason, 0, MAX_SECONDS)]),
  );
}

export function seconds(fields: Fields, name: string): number | null {
  return integerOrNull(fields, name, 0, MAX_SECONDS);
}

function entries<T>(
  fields: Fields,
  name: string,
  members: readonly string[],
  read: (entry: Fields) => T,
  max = ANY_COUNT,
): T[] {
  return list(fields, name, max, (entry) => read(asObject(entry, members, name)));
}

function textItem(value: unknown): string {
  if (typeof value !== "string") throw new SyntaxError("an entry is not a text");
  return value;
}
