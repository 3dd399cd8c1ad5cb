// A desktop entry made over into one that starts the same program in a PvD (Desktop Entry Specification). Pure: text
// in, text out. Whatever it need not change it leaves as it stands, comments too.

import { execArgument, execWords, stringValue, textOf } from "./entry_text.ts";

/** By these a launcher is known as pvd's: the PvD's whole id, and the entry that it was made from. */
export const DOMAIN_KEY = "X-Pvd-Domain", SOURCE_KEY = "X-Pvd-Source";

const MAIN_GROUP = "Desktop Entry";
const ACTION_GROUP = /^Desktop Action /;
const GROUP_LINE = /^\[([^[\]]*)\]\s*$/;
const PAIR_LINE = /^([A-Za-z0-9-]+)(\[[^\]]*\])?[ \t]*=[ \t]*(.*?)[ \t\r]*$/;
/** What cannot be true of a launcher: it is started by Exec and not by the bus, so that it is in the PvD; it takes no
 * types of files over, so that nothing is opened in the PvD unasked; and it is to be seen. */
const LEFT_OUT = ["DBusActivatable", "MimeType", "Implements", "NoDisplay", DOMAIN_KEY, SOURCE_KEY];

interface Line {
  readonly group: string;
  readonly key: string;
  /** "[de]", or "". */
  readonly locale: string;
  readonly value: string;
}

export interface LauncherFacts {
  /** The PvD's whole id. */
  readonly domain: string;
  /** What people call it: stands in the name. */
  readonly label: string;
  /** The name of the entry that it is made from, "firefox.desktop". */
  readonly source: string;
  /** Whether the program needs a profile of its own to be a second instance (`pvd run --new-instance`). */
  readonly newInstance: boolean;
}

/** Throws SyntaxError with what is wrong with `entry`. */
export function makeLauncher(entry: string, facts: LauncherFacts): string {
  checkEntry(entry);
  const runs = runCommand(facts);
  const name = ` (${stringValue(facts.label)})`;
  const lines: string[] = [];
  let group = "";
  for (const line of entry.replace(/\n+$/, "").split("\n")) {
    const opened = groupOf(line);
    const pair = parsePair(line, opened ?? group);
    if (opened !== null) {
      group = opened;
      lines.push(line);
      if (group === MAIN_GROUP) lines.push(...marks(facts));
    } else if (pair === null || (group !== MAIN_GROUP && !ACTION_GROUP.test(group))) {
      lines.push(line);
    } else if (pair.key === "Exec") {
      lines.push(`Exec=${runs} ${pair.value}`);
    } else if (group === MAIN_GROUP && pair.key === "Name") {
      lines.push(`Name${pair.locale}=${pair.value}${name}`);
    } else if (!(group === MAIN_GROUP && LEFT_OUT.includes(pair.key))) {
      lines.push(line);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** The command line of an entry's program, quotes undone, field codes as they stand. Throws SyntaxError. */
export function commandOf(entry: string): string[] {
  return checkEntry(entry);
}

/** What a launcher of pvd's says of itself; null for any other entry. */
export function readLauncher(entry: string): { readonly domain: string; readonly source: string } | null {
  const domain = valueOf(entry, DOMAIN_KEY);
  const source = valueOf(entry, SOURCE_KEY);
  return domain === null || source === null ? null : { domain: textOf(domain), source: textOf(source) };
}

/** A key of the main group, without a locale, as it stands there. */
export function valueOf(entry: string, key: string): string | null {
  let group = "";
  for (const line of entry.split("\n")) {
    group = groupOf(line) ?? group;
    const pair = parsePair(line, group);
    if (pair !== null && pair.group === MAIN_GROUP && pair.key === key && pair.locale === "") {
      return pair.value;
    }
  }
  return null;
}

/** Every command line begins with it. By --match the id is compared whole: no other PvD, whose id only begins alike,
 * can stand in for it. Its program follows as it stood, quotes and field codes too. */
export function runCommand({ domain, newInstance }: LauncherFacts): string {
  const match = `--match=id=${domain.replace(/[,\\]/g, "\\$&")}`;
  const words = ["pvd", "run", ...(newInstance ? ["--new-instance"] : []), match, "--"];
  return stringValue(words.map(execArgument).join(" "));
}

function marks({ domain, source }: LauncherFacts): string[] {
  return [`${DOMAIN_KEY}=${stringValue(domain)}`, `${SOURCE_KEY}=${stringValue(source)}`];
}

function checkEntry(entry: string): string[] {
  if (valueOf(entry, "Type") !== "Application") {
    throw new SyntaxError("it starts no program: its Type is another");
  }
  if (valueOf(entry, "Hidden") === "true") throw new SyntaxError("it is marked as deleted (Hidden)");
  if (valueOf(entry, "Name") === null) throw new SyntaxError("it has no Name");
  const exec = valueOf(entry, "Exec");
  if (exec === null) {
    throw new SyntaxError("it has no Exec: its program can be started by the session bus only");
  }
  const words = execWords(textOf(exec));
  const [program = ""] = words ?? [];
  if (words === null || program === "" || program.startsWith("%")) {
    throw new SyntaxError("its Exec is no command line");
  }
  return words;
}

function groupOf(line: string): string | null {
  return GROUP_LINE.exec(line)?.[1] ?? null;
}

function parsePair(line: string, group: string): Line | null {
  const [, key, locale = "", value = ""] = PAIR_LINE.exec(line) ?? [];
  return key === undefined ? null : { group, key, locale, value };
}
