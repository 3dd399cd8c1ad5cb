// net.pvd1.Domain: a domain's state as properties. Moments are kept apart, in Lifetimes, which is not announced: a
// router that renews what it said before changes nothing that anybody has to be told. Pure.

import { safeJson } from "../../lib/escape.ts";
import { HANDLE_PATTERN } from "../../lib/protocol.ts";
import type { BusDomain } from "./backend.ts";
import { type Variant, variant } from "./message.ts";
import type { Interface, Property } from "./table.ts";

export const DOMAIN = "net.pvd1.Domain";
export const DOMAINS_PATH = "/net/pvd1/domain";

/** Of Lifetimes: never. */
export const NEVER = 0xffff_ffff_ffff_ffffn;

interface DomainProperty extends Property {
  readonly read: (domain: BusDomain) => unknown;
}

const PROPERTIES: ReadonlyMap<string, DomainProperty> = new Map<string, DomainProperty>([
  ["Id", constant("s", (domain) => domain.id)],
  ["Kind", constant("s", (domain) => domain.kind)],
  ["Encoding", changing("s", (domain) => domain.encoding)],
  ["State", changing("s", (domain) => domain.state)],
  ["Problem", changing("s", (domain) => domain.problem ?? "")],
  ["Link", constant("s", (domain) => domain.link)],
  ["Namespace", constant("s", (domain) => domain.handle)],
  ["Interface", constant("s", (domain) => domain.interface)],
  [
    "Flags",
    changing("as", ({ flags: { http, legacy, header } }) => [
      ...(http ? ["http"] : []),
      ...(legacy ? ["legacy"] : []),
      ...(header ? ["header"] : []),
    ]),
  ],
  ["Delay", changing("u", (domain) => domain.delay)],
  ["Sequence", changing("q", (domain) => domain.sequence)],
  ["Mtu", changing("u", (domain) => domain.mtu ?? 0)],
  ["Routers", changing("a(ss)", ({ routers }) => routers.map((each) => [each.address, each.preference]))],
  [
    "Addresses",
    changing("a(su)", ({ addresses }) => addresses.map((each) => [each.address, each.prefixLength])),
  ],
  [
    "Deprecated",
    changing(
      "as",
      ({ addresses }) => addresses.filter((each) => each.deprecated).map(({ address }) => address),
    ),
  ],
  [
    "Prefixes",
    changing("a(sbb)", ({ prefixes }) => prefixes.map((each) => [each.prefix, each.onLink, each.autonomous])),
  ],
  [
    "Routes",
    changing("a(sss)", ({ routes }) => routes.map((each) => [each.prefix, each.router, each.preference])),
  ],
  ["Rdnss", changing("as", ({ rdnss }) => rdnss.map((each) => each.address))],
  ["Dnssl", changing("as", ({ dnssl }) => dnssl.map((each) => each.domain))],
  ["Pref64", changing("as", ({ pref64 }) => pref64.map((each) => each.prefix))],
  ["CaptivePortal", changing("s", (domain) => domain.captivePortal ?? "")],
  [
    "EncryptedDns",
    changing(
      "a(qsass)",
      ({ encryptedDns }) =>
        encryptedDns.map((each) => [each.priority, each.authenticationName, each.addresses, each.parameters]),
    ),
  ],
  ["Information", changing("s", ({ information }) => information === null ? "" : safeJson(information))],
  ["InformationProblem", changing("s", (domain) => domain.informationProblem ?? "")],
  ["Lifetimes", { signature: "a(sstt)", changes: "false", read: lifetimes }],
]);

export const DOMAIN_INTERFACE: Interface = {
  name: DOMAIN,
  methods: new Map(),
  signals: new Map(),
  properties: PROPERTIES,
};

/** Every property, whether or not its changes are told. */
export function domainValues(domain: BusDomain): ReadonlyMap<string, Variant> {
  return new Map(
    [...PROPERTIES].map(([name, { signature, read }]) => [name, variant(signature, read(domain))]),
  );
}

/** What of it is announced and differs from before. */
export function changedValues(before: BusDomain, after: BusDomain): Record<string, Variant> {
  const changed: [string, Variant][] = [];
  for (const [name, { signature, changes, read }] of PROPERTIES) {
    if (changes === "false") continue;
    const value = read(after);
    // Plain lists of plain values, always made in the same order.
    if (JSON.stringify(value) !== JSON.stringify(read(before))) {
      changed.push([name, variant(signature, value)]);
    }
  }
  return Object.fromEntries(changed);
}

/** `/net/pvd1/domain/mifpvd_7`: a path has no hyphen. */
export function domainPath(handle: string): string {
  return `${DOMAINS_PATH}/${handle.replace("-", "_")}`;
}

/** Null: no domain can have this path. */
export function handleOfPath(path: string): string | null {
  if (!path.startsWith(`${DOMAINS_PATH}/`)) return null;
  const handle = path.slice(DOMAINS_PATH.length + 1).replace("_", "-");
  return HANDLE_PATTERN.test(handle) && domainPath(handle) === path ? handle : null;
}

function constant(signature: string, read: DomainProperty["read"]): DomainProperty {
  return { signature, changes: "const", read };
}

function changing(signature: string, read: DomainProperty["read"]): DomainProperty {
  return { signature, changes: "true", read };
}

/** Which property's entry, by its first member, ends when; and until when an address of it is preferred. */
function lifetimes(domain: BusDomain): unknown[] {
  const one = (property: string, entry: string, validUntil: number, preferredUntil = validUntil) => [
    property,
    entry,
    microseconds(validUntil),
    microseconds(preferredUntil),
  ];
  return [
    ...domain.routers.map((each) => one("Routers", each.address, each.validUntil)),
    ...domain.addresses.map((each) => one("Addresses", each.address, each.validUntil, each.preferredUntil)),
    ...domain.prefixes.map((each) => one("Prefixes", each.prefix, each.validUntil, each.preferredUntil)),
    ...domain.routes.map((each) => one("Routes", `${each.prefix} ${each.router}`, each.validUntil)),
    ...domain.rdnss.map((each) => one("Rdnss", each.address, each.validUntil)),
    ...domain.dnssl.map((each) => one("Dnssl", each.domain, each.validUntil)),
    ...domain.pref64.map((each) => one("Pref64", each.prefix, each.validUntil)),
    ...domain.encryptedDns.map((each) => one("EncryptedDns", each.authenticationName, each.validUntil)),
  ];
}

function microseconds(until: number): bigint {
  return until === Infinity ? NEVER : BigInt(Math.max(0, Math.round(until * 1000)));
}
