// `pvd advertise`'s settings: TOML text in, plain values with every default filled in out, or the problems, one
// sentence each that names file, line and key. Pure; the keys themselves are in settings_schema.ts.

import { parse, TomlError } from "smol-toml";
import * as v from "valibot";
import { escapeText, safeJson } from "../../lib/escape.ts";
import { MIF_ID_FQDN, MIF_ID_NAI_REALM, MIF_ID_UTF8, MIF_ID_UUID } from "../../lib/ndp/codes.ts";
import { isUuid } from "../../lib/ndp/mif_id.ts";
import type { NdOption, RaHeader } from "../../lib/ndp/types.ts";
import { lineOfKey, type TomlPath } from "../../lib/toml_lines.ts";
import { dataOptions, type Problem } from "./settings_data.ts";
import { type HeaderTable, type InterfaceTable, type PvdTable, SETTINGS } from "./settings_schema.ts";

/** When to advertise, RFC 4861 6.2.1. */
export interface Timing {
  readonly minIntervalMs: number;
  readonly maxIntervalMs: number;
  readonly minDelayBetweenRasMs: number;
  readonly finalAdvertisements: number;
}

export interface Rfc8801Settings {
  readonly encoding: "rfc8801";
  /** Normalised name. */
  readonly id: string;
  readonly http: boolean;
  readonly legacy: boolean;
  readonly delay: number;
  readonly sequence: number;
  readonly header: RaHeader | null;
  /** In the same advertisement but outside the option, where hosts that know nothing of PvDs take them too. */
  readonly outside: readonly NdOption[];
  readonly options: readonly NdOption[];
}

export interface MifSettings {
  readonly encoding: "mif";
  /** UUID or name, in lower case. */
  readonly id: string;
  /** As the container's PVD_ID has it: the id's type, and whether it is the octets of a UUID. */
  readonly idType: number;
  readonly binary: boolean;
  readonly options: readonly NdOption[];
}

export type PvdSettings = Rfc8801Settings | MifSettings;

export interface InterfaceSettings {
  readonly name: string;
  readonly timing: Timing;
  readonly header: RaHeader;
  readonly sourceLinkLayerAddress: boolean;
  /** The link's MTU option, which goes into every advertisement. */
  readonly mtu: number | null;
  /** The implicit PvD's. */
  readonly options: readonly NdOption[];
  readonly pvds: readonly PvdSettings[];
}

export type SettingsResult =
  | { readonly ok: true; readonly interfaces: readonly InterfaceSettings[] }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Said at once; a file with more has one cause, most likely. */
const MAX_PROBLEMS = 20;
/** The defaults of RFC 4861 6.2.1 and 10. */
const MIN_DELAY_BETWEEN_RAS_S = 3;
const LIFETIME_IN_MAX_INTERVALS = 3;
const MAX_ROUTER_LIFETIME_S = 65_535;
const DEFAULT_HOP_LIMIT = 64;

const RFC8801_KEYS: readonly (keyof PvdTable)[] = [
  "http",
  "legacy",
  "delay",
  "sequence",
  "header",
  "outside",
];

const ID_TYPES: Readonly<Record<NonNullable<PvdTable["id_type"]>, number>> = {
  "uuid": MIF_ID_UUID,
  "uuid-text": MIF_ID_UUID,
  "text": MIF_ID_UTF8,
  "realm": MIF_ID_NAI_REALM,
  "name": MIF_ID_FQDN,
};

/** Reads the text of a settings file; `fileName` is for the problems. */
export function readSettings(text: string, fileName: string): SettingsResult {
  const file = escapeText(fileName);
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const why = error.message.split("\n", 1)[0]?.replace(/^Invalid TOML document: /, "") ?? "";
    return { ok: false, problems: [`${file} line ${error.line}: is not TOML: ${escapeText(why)}`] };
  }
  const checked = v.safeParse(SETTINGS, document);
  const problems: Problem[] = checked.issues?.map(problemOf) ?? [];
  const interfaces = checked.success ? interfacesOf(checked.output.interface, problems) : [];
  if (problems.length === 0) return { ok: true, interfaces };
  const located = problems.map((problem) => ({ ...problem, line: lineOf(text, problem.path) }));
  located.sort((one, other) => (one.line ?? 0) - (other.line ?? 0));
  return { ok: false, problems: located.slice(0, MAX_PROBLEMS).map((problem) => sentenceOf(problem, file)) };
}

/** A key that is missing has no line: its table has. */
function lineOf(text: string, path: TomlPath): number | null {
  for (let length = path.length; length > 0; length--) {
    const line = lineOfKey(text, path.slice(0, length));
    if (line !== null) return line;
  }
  return null;
}

function problemOf(issue: v.BaseIssue<unknown>): Problem {
  const path = issue.path?.map(({ key }) => typeof key === "number" ? key : String(key)) ?? [];
  const given = typeof issue.input === "object" || issue.input === undefined
    ? ""
    : `, not ${safeJson(issue.input)}`;
  return {
    path,
    message: issue.message.startsWith("must") ? issue.message + given.slice(0, 80) : issue.message,
  };
}

function sentenceOf(
  { path, message, line }: Problem & { readonly line: number | null },
  file: string,
): string {
  const keys = path.filter((part) => typeof part === "string").map(escapeText).join(".");
  return `${file}${line === null ? "" : ` line ${line}`}: ${keys}: ${message}`;
}

function interfacesOf(tables: readonly InterfaceTable[], problems: Problem[]): InterfaceSettings[] {
  const names = tables.map((table) => table.name);
  return tables.map((table, index) => {
    const path: TomlPath = ["interface", index];
    if (names.indexOf(table.name) < index) {
      problems.push({
        path: [...path, "name"],
        message: "is the name of an interface before; put both in one table",
      });
    }
    const lifetimeS = Math.ceil(LIFETIME_IN_MAX_INTERVALS * table.max_interval);
    const header = headerOf(table, defaultHeader(lifetimeS), table.max_interval, path, problems);
    return {
      name: table.name,
      timing: timingOf(table, path, problems),
      header,
      sourceLinkLayerAddress: table.source_link_layer_address,
      mtu: table.mtu ?? null,
      options: dataOptions({ ...table, mtu: undefined }, lifetimeS, path, problems),
      pvds: pvdsOf(table, header, lifetimeS, path, problems),
    };
  });
}

function timingOf(table: InterfaceTable, path: TomlPath, problems: Problem[]): Timing {
  const maxIntervalS = table.max_interval;
  const longestMinS = 0.75 * maxIntervalS;
  // RFC 4861 6.2.1 has max_interval itself below 9 s, which its own bound forbids: three quarters are meant.
  const minIntervalS = table.min_interval ?? (maxIntervalS >= 9 ? maxIntervalS / 3 : longestMinS);
  if (minIntervalS > longestMinS) {
    problems.push({
      path: [...path, table.min_interval === undefined ? "max_interval" : "min_interval"],
      message: `must be at most three quarters of max_interval, ${longestMinS}`,
    });
  }
  return {
    minIntervalMs: minIntervalS * 1000,
    maxIntervalMs: maxIntervalS * 1000,
    minDelayBetweenRasMs: (table.min_delay_between_ras ?? Math.min(MIN_DELAY_BETWEEN_RAS_S, minIntervalS)) *
      1000,
    finalAdvertisements: table.final_advertisements,
  };
}

function defaultHeader(lifetimeS: number): RaHeader {
  return {
    curHopLimit: DEFAULT_HOP_LIMIT,
    managed: false,
    otherConfig: false,
    homeAgent: false,
    preference: "medium",
    proxy: false,
    snac: false,
    routerLifetimeS: Math.min(lifetimeS, MAX_ROUTER_LIFETIME_S),
    reachableTimeMs: 0,
    retransTimerMs: 0,
  };
}

/** A header whose absent keys are as in `base`. */
function headerOf(
  table: HeaderTable,
  base: RaHeader,
  maxIntervalS: number,
  path: TomlPath,
  problems: Problem[],
): RaHeader {
  const shortestS = Math.ceil(maxIntervalS);
  const lifetimeS = table.router_lifetime ?? base.routerLifetimeS;
  if (lifetimeS > MAX_ROUTER_LIFETIME_S || (lifetimeS > 0 && lifetimeS < shortestS)) {
    problems.push({
      path: [...path, "router_lifetime"],
      message: `must be 0, or from ${shortestS} (max_interval) to ${MAX_ROUTER_LIFETIME_S} seconds`,
    });
  }
  return {
    curHopLimit: table.hop_limit ?? base.curHopLimit,
    managed: table.managed ?? base.managed,
    otherConfig: table.other ?? base.otherConfig,
    homeAgent: table.home_agent ?? base.homeAgent,
    preference: table.preference ?? base.preference,
    proxy: table.proxy ?? base.proxy,
    snac: table.snac ?? base.snac,
    routerLifetimeS: lifetimeS,
    reachableTimeMs: table.reachable_time_ms ?? base.reachableTimeMs,
    retransTimerMs: table.retrans_timer_ms ?? base.retransTimerMs,
  };
}

function pvdsOf(
  { pvd: tables, max_interval }: InterfaceTable,
  outer: RaHeader,
  lifetimeS: number,
  interfacePath: TomlPath,
  problems: Problem[],
): PvdSettings[] {
  const seen = new Set<string>();
  return tables.map((table, index) => {
    const path: TomlPath = [...interfacePath, "pvd", index];
    if (seen.has(table.id)) {
      problems.push({ path: [...path, "id"], message: "is the id of a PvD before, on the same interface" });
    }
    seen.add(table.id);
    const options = dataOptions(table, lifetimeS, path, problems);
    if (encodingOf(table) === "mif") {
      refuseRfc8801Keys(table, path, problems);
      return { encoding: "mif", id: table.id, ...idForm(table, path, problems), options };
    }
    if (table.id_type !== undefined) {
      problems.push({
        path: [...path, "id_type"],
        message: 'is for encoding = "mif": RFC 8801 has names alone',
      });
    }
    return {
      encoding: "rfc8801",
      id: table.id,
      http: table.http ?? false,
      legacy: table.legacy ?? false,
      delay: table.delay ?? 0,
      sequence: table.sequence ?? 0,
      header: table.header === undefined
        ? null
        : headerOf(table.header, outer, max_interval, [...path, "header"], problems),
      outside: table.outside === undefined
        ? []
        : dataOptions(table.outside, lifetimeS, [...path, "outside"], problems),
      options,
    };
  });
}

function encodingOf(table: PvdTable): "rfc8801" | "mif" {
  return table.encoding ?? (isUuid(table.id) ? "mif" : "rfc8801");
}

function idForm(
  { id, id_type }: PvdTable,
  path: TomlPath,
  problems: Problem[],
): Pick<MifSettings, "idType" | "binary"> {
  // Type 4 for a UUID is not what the draft says, but what MIF-PvD's programs send and read.
  const name = id_type ?? (isUuid(id) ? "realm" : "name");
  if (name.startsWith("uuid") && !isUuid(id)) {
    problems.push({ path: [...path, "id_type"], message: "must not be that of a UUID: id is a name" });
  }
  return { idType: ID_TYPES[name], binary: name === "uuid" };
}

function refuseRfc8801Keys(table: PvdTable, path: TomlPath, problems: Problem[]): void {
  for (const key of RFC8801_KEYS) {
    if (table[key] === undefined) continue;
    problems.push({
      path: [...path, key],
      message: 'is for encoding = "rfc8801": a mif container has no place for it',
    });
  }
}
