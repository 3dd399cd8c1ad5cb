// The administrator's settings, /etc/pvd/pvd.toml: read once at start, checked whole. Every error is one sentence
// that names file, line and key; a file that is not there is the defaults. What each setting may be, and what it is
// for, is in settings_table.ts. Reads that file and nothing else.

import { parse, TomlError } from "smol-toml";
import * as v from "valibot";
import { escapeText } from "../lib/escape.ts";
import { readTextFile } from "../lib/linux/fd.ts";
import { MAX_AUTHORITIES_CHARS } from "../lib/protocol.ts";
import { lineOfKey } from "../lib/toml_lines.ts";
import type { IdentifierMethod } from "./identifier.ts";
import { SETTINGS_TABLE } from "./settings_table.ts";

export const SETTINGS_FILE = "/etc/pvd/pvd.toml";

/** Nobody writes more by hand. */
const MAX_SETTINGS_BYTES = 65_536;

export interface Settings {
  /** Where they came from, for messages. */
  readonly file: string;
  /** Who may start programs in domains without polkit being asked: for machines that have none. */
  readonly authorizedUids: readonly number[];
  /** Names of links, `*` for any characters; null: Ethernet and Wi-Fi (link_choice.ts). */
  readonly links: readonly string[] | null;
  /** Links on which domains get an interface of this kind, whatever pvd would choose. */
  readonly macvlanLinks: readonly string[];
  readonly ipvlanLinks: readonly string[];
  readonly secretFile: string;
  readonly stateFile: string;
  readonly helperSocket: string;
  readonly clientSocket: string;
  /** Null: the system's bus. */
  readonly busAddress: string | null;
  /** How long after the start a domain of the helper's that nobody has announced yet is kept. */
  readonly settleMs: number;
  readonly maxDomains: number;
  readonly maxDomainsPerLink: number;
  /** How interface identifiers are made: RFC 7217, or from the MAC (RFC 4291 appendix A). */
  readonly interfaceIdentifier: IdentifierMethod;
  /** Whether servers are asked what RFC 8801 section 4 says that they know of a PvD. */
  readonly information: boolean;
  /** A file of PEM: authorities beside the usual ones, for those servers; null: none. */
  readonly extraAuthorities: string | null;
  /** Whether routers are asked for MIF-PvD's pvd-info.json. */
  readonly mifPvdInfo: boolean;
}

/** What is wrong with the settings, in one sentence for the administrator. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";
}

/** The settings in `text`. Throws SettingsError. */
export function parseSettings(text: string, file: string): Settings {
  const fail = (line: number | null, problem: string): never => {
    throw new SettingsError(`${escapeText(file)}${line === null ? "" : `:${line}`}: ${problem}`);
  };
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return fail(error.line, `not valid TOML: ${tomlProblem(error)}`);
  }
  const result = v.safeParse(SETTINGS_TABLE, value);
  if (!result.success) {
    const [issue] = result.issues;
    const path = (issue.path ?? []).map((item) => item.key).filter(isPathKey);
    const name = path.map((key) => typeof key === "number" ? `[${key}]` : escapeText(key)).join("");
    const problem = issue.type === "strict_object" ? "no such setting" : issue.message;
    return fail(lineOfKey(text, path), `${name}: ${problem}`);
  }
  const given = result.output;
  return {
    file,
    authorizedUids: given.authorized_uids,
    links: given.links ?? null,
    macvlanLinks: given.macvlan_links,
    ipvlanLinks: given.ipvlan_links,
    secretFile: given.secret_file,
    stateFile: given.state_file,
    helperSocket: given.helper_socket,
    clientSocket: given.client_socket,
    busAddress: given.bus_address ?? null,
    settleMs: given.settle_s * 1000,
    maxDomains: given.max_domains,
    maxDomainsPerLink: given.max_domains_per_link,
    interfaceIdentifier: given.interface_identifier,
    information: given.information,
    extraAuthorities: given.extra_authorities ?? null,
    mifPvdInfo: given.mif_pvd_info,
  };
}

/** The settings of a file: the defaults where there is none and nobody named one. Throws SettingsError. */
export function readSettings(named: string | null): Settings {
  const file = named ?? SETTINGS_FILE;
  let text: string | null;
  try {
    text = readTextFile(file, MAX_SETTINGS_BYTES);
  } catch (error) {
    throw new SettingsError(
      `${escapeText(file)}: ${error instanceof Error ? error.message : "cannot be read"}`,
    );
  }
  if (text === null && named !== null) throw new SettingsError(`${escapeText(file)}: no such file`);
  return parseSettings(text ?? "", file);
}

/** smol-toml's message goes on with an excerpt over several lines. */
function tomlProblem(error: TomlError): string {
  return escapeText((error.message.split("\n")[0] ?? "").replace(/^Invalid TOML document: /, ""));
}

function isPathKey(key: unknown): key is string | number {
  return typeof key === "string" || typeof key === "number";
}

/** The certificates of `extra_authorities`. Throws SettingsError where they cannot be read or are none. */
export function readAuthorities(settings: Settings): string | null {
  const { extraAuthorities: path, file } = settings;
  if (path === null) return null;
  const fail = (problem: string): never => {
    throw new SettingsError(`${escapeText(file)}: extra_authorities: ${escapeText(path)}: ${problem}`);
  };
  let text: string | null;
  try {
    text = readTextFile(path, MAX_AUTHORITIES_CHARS);
  } catch (error) {
    return fail(error instanceof Error ? error.message : "cannot be read");
  }
  if (text === null) return fail("no such file");
  // Nothing but the certificates goes any further: a private key beside them stays where it is.
  const certificates = text.match(/-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g);
  return certificates === null ? fail("there is no certificate in it") : `${certificates.join("\n")}\n`;
}
