// A person's own settings, $XDG_CONFIG_HOME/pvd/config.toml (XDG Base Directory Specification): one line of it is
// ours, `default = "ID"`, and the others are left as they are. Reads and replaces that file alone. It is on the path
// of `pvd run` without DOMAIN, so it reads its one line by itself and needs no TOML library.

import { escapeText } from "../lib/escape.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { makeFolder, readTextFile, removeFile, replaceFile } from "../lib/linux/fd.ts";
import { lineOfKey } from "../lib/toml_lines.ts";
import type { Environment } from "./environment.ts";
import { ClientError } from "./errors.ts";

const KEY = "default";
/** Nobody writes more by hand. */
const MAX_CONFIG_BYTES = 65_536;
/** The whole line: a text in one pair of quotes, and perhaps a comment. */
const LINE = /^[ \t]*(?:default|"default"|'default')[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|'[^']*')[ \t]*(#.*)?\r?$/;

/** Where it is, or would be. Throws ClientError where no folder is this person's. */
export function configFile(environment: Environment): string {
  const given = environment.get("XDG_CONFIG_HOME") ?? "";
  // The specification: what is not absolute is to be ignored.
  if (given.startsWith("/")) return `${given}/pvd/config.toml`;
  const home = environment.get("HOME") ?? "";
  if (home.startsWith("/")) return `${home}/.config/pvd/config.toml`;
  const message =
    "there is no folder for settings: neither XDG_CONFIG_HOME nor HOME is an absolute path in UTF-8";
  throw new ClientError("failed", `${message}; name DOMAIN`);
}

/** The default's id, or null. Throws ClientError. */
export function readDefault(file: string): string | null {
  return defaultIn(readText(file), file);
}

/** Has the default be `id`, or none; by rename, mode 0600. Throws ClientError. */
export function writeDefault(file: string, id: string | null): void {
  const text = readText(file);
  const changed = withDefault(text, id, file);
  if (changed === text) return;
  const target = realPath(file);
  const temporary = `${target}.${Deno.pid}.new`;
  try {
    makeFolders(target.slice(0, target.lastIndexOf("/")));
    replaceFile(target, changed, 0o600, temporary);
  } catch (error) {
    removeFile(temporary);
    if (!(error instanceof LinuxError)) throw error;
    throw new ClientError("failed", `${escapeText(file)} cannot be written: ${escapeText(error.message)}`);
  }
}

function readText(file: string): string {
  try {
    return readTextFile(file, MAX_CONFIG_BYTES) ?? "";
  } catch (error) {
    if (!(error instanceof LinuxError || error instanceof RangeError)) throw error;
    throw new ClientError("failed", `${escapeText(file)} cannot be read: ${escapeText(error.message)}`);
  }
}

/** The default in a file's text. Throws ClientError. */
export function defaultIn(text: string, file: string): string | null {
  const found = findLine(text, file);
  return found === null ? null : found.value;
}

/** The text with another default in it, or without one; every other line stays. Throws ClientError. */
export function withDefault(text: string, id: string | null, file: string): string {
  const found = findLine(text, file);
  const lines = text.split("\n");
  // Ids are printable ASCII, which TOML and JSON write alike.
  const pair = id === null ? null : `${KEY} = ${JSON.stringify(id)}`;
  if (found === null) return pair === null ? text : `${pair}\n${text}`;
  if (pair === null) lines.splice(found.index, 1);
  else lines[found.index] = found.comment === "" ? pair : `${pair} ${found.comment}`;
  return lines.join("\n");
}

interface FoundLine {
  /** From 0. */
  readonly index: number;
  readonly value: string;
  readonly comment: string;
}

function findLine(text: string, file: string): FoundLine | null {
  const fail = (line: number | null, problem: string) =>
    new ClientError("failed", `${escapeText(file)}${line === null ? "" : ` line ${line}`}: ${problem}`);
  // Of a text that breaks off nothing is known, not even what stands in its first line.
  const probe = "a-key-of-our-own";
  if (lineOfKey(`${probe} = 0\n${text}`, [probe]) === null) {
    throw fail(null, "is not valid TOML; mend it first");
  }
  const line = lineOfKey(text, [KEY]);
  if (line === null) return null;
  const [whole, quoted = "", comment = ""] = LINE.exec(text.split("\n")[line - 1] ?? "") ?? [];
  const value = whole === undefined ? null : unquoted(quoted);
  if (value === null || value === "") throw fail(line, `${KEY} must be the id of a PvD in quotes`);
  return { index: line - 1, value, comment };
}

function unquoted(quoted: string): string | null {
  if (quoted.startsWith("'")) return quoted.slice(1, -1);
  try {
    const value: unknown = JSON.parse(quoted);
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}

/** Where a symbolic link leads: people keep such files elsewhere. */
function realPath(file: string): string {
  try {
    return Deno.realPathSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return file;
    throw new ClientError("failed", `${escapeText(file)} cannot be reached`);
  }
}

/** mkdir -p, for this person alone. Throws LinuxError. */
export function makeFolders(path: string): void {
  const parts = path.split("/").filter((part) => part !== "");
  for (let count = 1; count <= parts.length; count++) {
    const folder = `/${parts.slice(0, count).join("/")}`;
    try {
      makeFolder(folder, 0o700);
    } catch (error) {
      // A parent that is there and not ours to write in: the last one says whether that matters.
      if (count === parts.length || !(error instanceof LinuxError)) throw error;
    }
  }
}
