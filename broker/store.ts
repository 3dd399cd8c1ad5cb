// The domains on a file, so that a broker that was killed shows the same ones at once when it starts again. Moments
// are of CLOCK_BOOTTIME: a file of another boot says nothing. Pure; what reads and writes is at the end. The file is
// the broker's own, yet read as if anybody had written it: what is not right is left out.

import { asObject, flag, integer, list, member, oneOf, text, textOrNull } from "../lib/check.ts";
import type { Fields } from "../lib/check.ts";
import { parseIpv6, parsePrefix } from "../lib/ip.ts";
import { readTextFile, replaceFile } from "../lib/linux/fd.ts";
import { MAX_DOMAINS, MAX_ID_CHARS, MAX_LINK_NAME_CHARS, MAX_MESSAGE_BYTES } from "../lib/protocol.ts";
import { IDGEN_RETRIES } from "./state/duplicate.ts";
import { expire } from "./state/expire.ts";
import { domainKey, isNameableId } from "./state/key.ts";
import {
  MAX_ENCRYPTED_DNS_PER_DOMAIN,
  MAX_PREF64_PER_DOMAIN,
  MAX_PREFIXES_PER_DOMAIN,
  MAX_RESOLVERS_PER_DOMAIN,
  MAX_ROUTERS_PER_DOMAIN,
  MAX_ROUTES_PER_DOMAIN,
  MAX_SEARCH_DOMAINS_PER_DOMAIN,
} from "./state/limits.ts";
import { type Domain, EMPTY_STATE, type State } from "./state/types.ts";

const VERSION = 1;
/** Every domain with all its caps full comes to this at most. */
const MAX_STORE_BYTES = MAX_DOMAINS * MAX_MESSAGE_BYTES;

/** The state as text; `boot` says which boot its moments are of (proc(5), boot_id). */
export function encodeState(state: State, boot: string): string {
  const domains = [...state.domains.values()];
  return JSON.stringify({ version: VERSION, boot, domains }, (_, value) => value === Infinity ? null : value);
}

/** The state that the text holds for this boot, without what has ended; whatever the text, never an exception. */
export function decodeState(stored: string, boot: string, now: number): State {
  let domains: unknown[];
  try {
    const file = asObject(JSON.parse(stored), ["version", "boot", "domains"], "state");
    if (member(file, "version") !== VERSION || member(file, "boot") !== boot) return EMPTY_STATE;
    domains = list(file, "domains", MAX_DOMAINS, (value) => value);
  } catch {
    return EMPTY_STATE;
  }
  const kept = new Map<string, Domain>();
  for (const value of domains) {
    const domain = domainOrNull(value);
    if (domain !== null) kept.set(domain.key, domain);
  }
  return expire({ domains: kept }, now).state;
}

function domainOrNull(value: unknown): Domain | null {
  try {
    return readDomain(value);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

const MEMBERS = ["key", "link", "linkIndex", "id", "kind", "encoding", "flags", "delay", "sequence", "mtu"]
  .concat(["hopLimit", "reachableTimeMs", "retransTimerMs"])
  .concat(["captivePortal", "routers", "prefixes", "routes", "rdnss", "dnssl", "pref64", "encryptedDns"]);

const PREFERENCES = ["low", "medium", "high"] as const;

function readDomain(value: unknown): Domain {
  const fields = asObject(value, MEMBERS, "domain");
  const flags = asObject(member(fields, "flags"), ["http", "legacy", "header"], "flags");
  const domain: Domain = {
    key: text(fields, "key", 2 * MAX_ID_CHARS),
    link: text(fields, "link", MAX_LINK_NAME_CHARS),
    linkIndex: integer(fields, "linkIndex", 1, 0x7fff_ffff),
    id: text(fields, "id", MAX_ID_CHARS),
    kind: oneOf(fields, "kind", ["explicit", "implicit"]),
    encoding: oneOf(fields, "encoding", ["rfc8801", "mif", "ra"]),
    flags: { http: flag(flags, "http"), legacy: flag(flags, "legacy"), header: flag(flags, "header") },
    delay: integer(fields, "delay", 0, 15),
    sequence: integer(fields, "sequence", 0, 65_535),
    mtu: member(fields, "mtu") === null ? null : integer(fields, "mtu", 1280, 0xffff_ffff),
    hopLimit: said(fields, "hopLimit", 0xff),
    reachableTimeMs: said(fields, "reachableTimeMs", 0xffff_ffff),
    retransTimerMs: said(fields, "retransTimerMs", 0xffff_ffff),
    captivePortal: textOrNull(fields, "captivePortal", 4096),
    routers: data(fields, "routers", MAX_ROUTERS_PER_DOMAIN, ["router", "preference"], (each) => ({
      router: address(each, "router"),
      preference: oneOf(each, "preference", PREFERENCES),
      validUntil: moment(each, "validUntil"),
    })),
    prefixes: data(fields, "prefixes", MAX_PREFIXES_PER_DOMAIN, PREFIX_MEMBERS, (each) => ({
      prefix: prefix(each),
      validUntil: moment(each, "validUntil"),
      preferredUntil: moment(each, "preferredUntil"),
      onLinkUntil: moment(each, "onLinkUntil"),
      addressValidUntil: moment(each, "addressValidUntil"),
      addressPreferredUntil: moment(each, "addressPreferredUntil"),
      dadCounter: integer(each, "dadCounter", 0, IDGEN_RETRIES - 1),
      // Tried once more: who had it may be gone.
      duplicate: false,
    })),
    routes: data(fields, "routes", MAX_ROUTES_PER_DOMAIN, ["prefix", "router", "preference"], (each) => ({
      prefix: prefix(each),
      router: address(each, "router"),
      preference: oneOf(each, "preference", PREFERENCES),
      validUntil: moment(each, "validUntil"),
    })),
    rdnss: data(fields, "rdnss", MAX_RESOLVERS_PER_DOMAIN, ["address"], (each) => ({
      address: address(each, "address"),
      validUntil: moment(each, "validUntil"),
    })),
    dnssl: data(fields, "dnssl", MAX_SEARCH_DOMAINS_PER_DOMAIN, ["domain"], (each) => ({
      domain: text(each, "domain", MAX_ID_CHARS),
      validUntil: moment(each, "validUntil"),
    })),
    pref64: data(fields, "pref64", MAX_PREF64_PER_DOMAIN, ["prefix"], (each) => ({
      prefix: prefix(each),
      validUntil: moment(each, "validUntil"),
    })),
    encryptedDns: data(
      fields,
      "encryptedDns",
      MAX_ENCRYPTED_DNS_PER_DOMAIN,
      ENCRYPTED_DNS_MEMBERS,
      (each) => ({
        priority: integer(each, "priority", 0, 65_535),
        authenticationName: text(each, "authenticationName", MAX_ID_CHARS),
        addresses: list(each, "addresses", 128, (value) => address({ value }, "value")),
        parameters: text(each, "parameters", 4096),
        validUntil: moment(each, "validUntil"),
      }),
    ),
  };
  const { key, kind, link, id } = domain;
  if (!isNameableId(id)) throw new SyntaxError("id is not one");
  const implicitKey = key.startsWith(domainKey("implicit", link, "")) && kind === "implicit";
  if (!implicitKey && key !== domainKey("explicit", link, id)) throw new SyntaxError("key does not fit");
  return domain;
}

const PREFIX_MEMBERS = [
  "prefix",
  "preferredUntil",
  "onLinkUntil",
  "addressValidUntil",
  "addressPreferredUntil",
  "dadCounter",
  "duplicate",
];
const ENCRYPTED_DNS_MEMBERS = ["priority", "authenticationName", "addresses", "parameters"];

function data<T>(
  fields: Fields,
  name: string,
  max: number,
  members: readonly string[],
  each: (fields: Fields) => T,
): T[] {
  return list(fields, name, max, (value) => each(asObject(value, [...members, "validUntil"], name)));
}

/** A file of an older broker has none of these. */
function said(fields: Fields, name: string, max: number): number | null {
  const value = member(fields, name) ?? null;
  return value === null ? null : integer(fields, name, 1, max);
}

function moment(fields: Fields, name: string): number {
  const value = member(fields, name);
  if (value === null) return Infinity;
  if (typeof value !== "number" || !(value >= 0)) throw new SyntaxError(`${name} is not a moment`);
  return value;
}

function address(fields: Fields, name: string): string {
  const value = text(fields, name, 64);
  if (parseIpv6(value) === null) throw new SyntaxError(`${name} is not an address`);
  return value;
}

function prefix(fields: Fields): string {
  const value = text(fields, "prefix", 64);
  if (parsePrefix(value)?.address.length !== 16) throw new SyntaxError("prefix is not one");
  return value;
}

/** Which boot of the machine this is. */
export function bootId(): string {
  return (readTextFile("/proc/sys/kernel/random/boot_id", 64) ?? "").trim();
}

/** Throws LinuxError, RangeError. */
export function loadState(file: string, boot: string, now: number): State {
  const stored = readTextFile(file, MAX_STORE_BYTES);
  return stored === null ? EMPTY_STATE : decodeState(stored, boot, now);
}

/** Throws LinuxError. */
export function saveState(file: string, state: State, boot: string): void {
  replaceFile(file, encodeState(state, boot), 0o600);
}
