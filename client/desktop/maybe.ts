// Whether a program could be one of which only one copy runs: a guess that costs `pvd run` next to nothing, made for
// every program. Only where it says yes is the rest loaded, which finds out. Reads the names of a few files.

import { namesIn } from "../../lib/linux/fd.ts";
import { baseName, browserOf } from "./browsers.ts";
import { dataFolders, type Environment } from "./folders.ts";

const SERVICE = ".service";
/** Shorter names are a part of too many others. */
const LEAST_CHARS = 3;

/** Names that distributions give to whichever browser there is; others that end so are browsers' own. */
const ALIAS = /-www-browser$/;

/** The program that a path leads to, where its name alone does not tell. */
export function realProgram(path: string): string {
  if (!ALIAS.test(path)) return path;
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}

/** `program` is a name or a path. */
export function mayRunAlready(program: string, environment: Environment): boolean {
  if (browserOf(program) !== null) return true;
  return hasSessionBus(environment) && likelyBusNames(program, environment).length > 0;
}

export function hasSessionBus(environment: Environment): boolean {
  return ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"].some((name) => (environment.get(name) ?? "") !== "");
}

/** Names that the session bus starts programs for, and that resemble the program's: what a desktop entry calls
 * DBusActivatable has such a name. */
export function likelyBusNames(program: string, environment: Environment): string[] {
  const bare = barely(baseName(program));
  if (bare.length < LEAST_CHARS) return [];
  const names = dataFolders(environment).flatMap((folder) => namesIn(`${folder}/dbus-1/services`))
    .filter((name) => name.endsWith(SERVICE)).map((name) => name.slice(0, -SERVICE.length));
  return [...new Set(names)].filter((name) => resembles(name, bare));
}

/** "org.gnome.TextEditor" resembles "gnome-text-editor". */
function resembles(busName: string, bare: string): boolean {
  const last = barely(busName.slice(busName.lastIndexOf(".") + 1));
  return last.length >= LEAST_CHARS && (bare.includes(last) || last.includes(bare));
}

function barely(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, "");
}
