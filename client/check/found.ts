// What the part of `pvd check` that runs inside a PvD tells the part outside, as JSON on a pipe. Types, and a reader
// that checks them; pure.

import { asObject, flag, integer, list, member, oneOf, text, textOrNull } from "../../lib/check.ts";

/** The hidden first word of a command line that starts the part inside. */
export const INSIDE = "check-inside";

const FAMILIES = ["inet", "inet6"] as const;
const ADDRESS_STATES = ["usable", "tentative", "duplicate", "deprecated"] as const;
/** "answer": it did, to an echo request or by a refusal. "neighbor": it answered Neighbor Solicitations (RFC 4861 7.2) alone. "none": no
 * neighbour has that address. "unknown": no answer that tells. */
const ROUTER_ANSWERS = ["answer", "neighbor", "none", "unknown"] as const;
/** "answer": with a response code (RFC 1035 4.1.1). "refused": nobody listens there. */
const RESOLVER_ANSWERS = ["answer", "refused", "unreachable", "none"] as const;

export type Family = (typeof FAMILIES)[number];

/** Everything that was found inside. */
export interface Found {
  /** "net:[4026531840]" of namespaces(7). */
  readonly namespace: string;
  readonly interfaces: readonly { readonly name: string; readonly up: boolean; readonly loopback: boolean }[];
  /** Global ones. */
  readonly addresses: readonly {
    readonly interface: string;
    readonly family: Family;
    readonly address: string;
    readonly state: (typeof ADDRESS_STATES)[number];
  }[];
  readonly routes: readonly {
    readonly interface: string;
    readonly family: Family;
    readonly prefix: string;
    readonly gateway: string | null;
  }[];
  readonly routers: readonly {
    readonly address: string;
    readonly answer: (typeof ROUTER_ANSWERS)[number];
    readonly ms: number;
  }[];
  /** Of the resolver file, as it stands there. */
  readonly resolvers: readonly {
    readonly address: string;
    readonly answer: (typeof RESOLVER_ANSWERS)[number];
    /** null where there was none. */
    readonly responseCode: number | null;
    readonly ms: number;
  }[];
  /** What getaddrinfo(3) says: `code` is EAI_*, or 0. */
  readonly lookups: readonly {
    readonly family: Family;
    readonly code: number;
    readonly addresses: readonly string[];
    readonly ms: number;
  }[];
  /** The words after `hosts:` in nsswitch.conf(5), without actions. */
  readonly nameSources: readonly string[];
  /** The host's services for names, and which of them take a connection here. */
  readonly services: readonly { readonly name: string; readonly reachable: boolean }[];
}

const MAX_ENTRIES = 4096;
const MAX_TEXT = 1024;
const MAX_MS = 3_600_000;

/** Throws SyntaxError. */
export function readFound(value: unknown): Found {
  const fields = asObject(value, [
    "namespace",
    "interfaces",
    "addresses",
    "routes",
    "routers",
    "resolvers",
    "lookups",
    "nameSources",
    "services",
  ], "what was found");
  const each = <T>(name: string, members: readonly string[], read: (one: ReturnType<typeof asObject>) => T) =>
    list(fields, name, MAX_ENTRIES, (one) => read(asObject(one, members, name)));
  return {
    namespace: text(fields, "namespace", MAX_TEXT),
    interfaces: each("interfaces", ["name", "up", "loopback"], (one) => ({
      name: text(one, "name", MAX_TEXT),
      up: flag(one, "up"),
      loopback: flag(one, "loopback"),
    })),
    addresses: each("addresses", ["interface", "family", "address", "state"], (one) => ({
      interface: text(one, "interface", MAX_TEXT),
      family: oneOf(one, "family", FAMILIES),
      address: text(one, "address", MAX_TEXT),
      state: oneOf(one, "state", ADDRESS_STATES),
    })),
    routes: each("routes", ["interface", "family", "prefix", "gateway"], (one) => ({
      interface: text(one, "interface", MAX_TEXT),
      family: oneOf(one, "family", FAMILIES),
      prefix: text(one, "prefix", MAX_TEXT),
      gateway: textOrNull(one, "gateway", MAX_TEXT),
    })),
    routers: each("routers", ["address", "answer", "ms"], (one) => ({
      address: text(one, "address", MAX_TEXT),
      answer: oneOf(one, "answer", ROUTER_ANSWERS),
      ms: integer(one, "ms", 0, MAX_MS),
    })),
    resolvers: each("resolvers", ["address", "answer", "responseCode", "ms"], (one) => ({
      address: text(one, "address", MAX_TEXT),
      answer: oneOf(one, "answer", RESOLVER_ANSWERS),
      responseCode: member(one, "responseCode") === null ? null : integer(one, "responseCode", 0, 15),
      ms: integer(one, "ms", 0, MAX_MS),
    })),
    lookups: each("lookups", ["family", "code", "addresses", "ms"], (one) => ({
      family: oneOf(one, "family", FAMILIES),
      code: integer(one, "code", -1000, 1000),
      addresses: list(one, "addresses", MAX_ENTRIES, aText),
      ms: integer(one, "ms", 0, MAX_MS),
    })),
    nameSources: list(fields, "nameSources", MAX_ENTRIES, aText),
    services: each("services", ["name", "reachable"], (one) => ({
      name: text(one, "name", MAX_TEXT),
      reachable: flag(one, "reachable"),
    })),
  };
}

function aText(value: unknown): string {
  return text({ value }, "value", MAX_TEXT);
}
