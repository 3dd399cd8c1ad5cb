// The data tables of the settings, those of an interface or of a PvD, as Neighbor Discovery options in the order in
// which MIF-PvD's radvd sends them: prefixes, routes, RDNSS, DNSSL, then the rest. Pure.

import { formatAddress, formatPrefix, type Prefix } from "../../lib/ip.ts";
import { INFINITE_LIFETIME_S, type NdOption } from "../../lib/ndp/types.ts";
import { KNOWN_CODES } from "../../lib/ndp/write_option.ts";
import type { TomlPath } from "../../lib/toml_lines.ts";
import type { DataTables } from "./settings_schema.ts";

/** Something wrong with one key. */
export interface Problem {
  readonly path: TomlPath;
  readonly message: string;
}

/** radvd's, and what test case 1 of MIF-PvD is sent with: a day and four hours. */
const DEFAULT_VALID_S = 86_400;
const DEFAULT_PREFERRED_S = 14_400;
/** RFC 8781 4: 13 bits, in units of eight seconds. */
const PREF64_LIFETIME_UNIT_S = 8;
const MAX_PREF64_LIFETIME_S = 65_528;

/** `lifetimeS` is for what has no lifetime of its own; what is wrong goes to `problems`. */
export function dataOptions(
  tables: DataTables,
  lifetimeS: number,
  path: TomlPath,
  problems: Problem[],
): readonly NdOption[] {
  const options: NdOption[] = [];
  for (const [index, table] of tables.prefix.entries()) {
    options.push(prefixOption(table, [...path, "prefix", index], problems));
  }
  for (const [index, table] of tables.route.entries()) {
    options.push({
      type: "route",
      prefix: maskedPrefix(table.prefix, [...path, "route", index, "prefix"], problems),
      preference: table.preference,
      lifetimeS: table.lifetime ?? lifetimeS,
      ...(table.short ? shortForm(table.prefix) : {}),
    });
  }
  for (const table of tables.rdnss) {
    options.push({ type: "rdnss", addresses: table.addresses, lifetimeS: table.lifetime ?? lifetimeS });
  }
  for (const table of tables.dnssl) {
    options.push({ type: "dnssl", domains: table.domains, lifetimeS: table.lifetime ?? lifetimeS });
  }
  for (const [index, table] of tables.pref64.entries()) {
    const tablePath = [...path, "pref64", index];
    if (table.lifetime !== undefined && table.lifetime > MAX_PREF64_LIFETIME_S) {
      problems.push({
        path: [...tablePath, "lifetime"],
        message: `must be at most ${MAX_PREF64_LIFETIME_S} seconds (RFC 8781)`,
      });
    }
    options.push({
      type: "pref64",
      prefix: maskedPrefix(table.prefix, [...tablePath, "prefix"], problems),
      lifetimeS: pref64LifetimeS(table.lifetime ?? lifetimeS),
    });
  }
  if (tables.captive_portal !== undefined) {
    options.push({ type: "captivePortal", uri: tables.captive_portal });
  }
  for (const [index, table] of tables.encrypted_dns.entries()) {
    if (table.parameters.length > 0 && table.addresses.length === 0) {
      problems.push({
        path: [...path, "encrypted_dns", index, "parameters"],
        message: "must not be there without addresses (RFC 9463)",
      });
    }
    options.push({
      type: "encryptedDns",
      priority: table.priority,
      lifetimeS: table.lifetime ?? lifetimeS,
      authenticationName: table.name,
      addresses: table.addresses,
      parameters: table.parameters,
    });
  }
  if (tables.mtu !== undefined) options.push({ type: "mtu", mtu: tables.mtu });
  for (const [index, { type, data }] of tables.option.entries()) {
    if (KNOWN_CODES.has(type)) {
      problems.push({
        path: [...path, "option", index, "type"],
        message: `has settings of its own: ${type}`,
      });
    }
    options.push({ type: "unknown", code: type, body: data });
  }
  return options;
}

/** RFC 4191 2.3: no more of the prefix than its length asks for. */
function shortForm({ length }: Prefix): { readonly prefixOctets?: 0 | 8 } {
  if (length > 64) return {};
  return { prefixOctets: length === 0 ? 0 : 8 };
}

function prefixOption(table: DataTables["prefix"][number], path: TomlPath, problems: Problem[]): NdOption {
  const validS = table.valid ?? DEFAULT_VALID_S;
  const preferredS = table.preferred ?? Math.min(DEFAULT_PREFERRED_S, validS);
  if (preferredS > validS) {
    problems.push({
      path: [...path, "preferred"],
      message: `must be at most valid, ${lifetimeText(validS)}`,
    });
  }
  const { address, length } = table.prefix;
  const prefix = table.router_address
    ? formatPrefix(address, length)
    : maskedPrefix(table.prefix, [...path, "prefix"], problems);
  return {
    type: "prefix",
    prefix,
    address: formatAddress(address),
    onLink: table.on_link,
    autonomous: table.autonomous,
    routerAddress: table.router_address,
    dhcpv6Pd: table.dhcpv6_pd,
    validS,
    preferredS,
  };
}

function maskedPrefix({ address, length }: Prefix, path: TomlPath, problems: Problem[]): string {
  const masked = formatPrefix(address, length);
  if (masked !== `${formatAddress(address)}/${length}`) {
    problems.push({ path, message: `must have no bits after its length: ${masked} is meant, perhaps` });
  }
  return masked;
}

function pref64LifetimeS(lifetimeS: number): number {
  return Math.min(
    Math.ceil(lifetimeS / PREF64_LIFETIME_UNIT_S) * PREF64_LIFETIME_UNIT_S,
    MAX_PREF64_LIFETIME_S,
  );
}

function lifetimeText(lifetimeS: number): string {
  return lifetimeS === INFINITE_LIFETIME_S ? "infinite" : `${lifetimeS} seconds`;
}
