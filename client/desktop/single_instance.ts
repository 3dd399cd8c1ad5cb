// Programs of which one copy runs: what is started in a PvD may hand its work to the copy outside, and end. `pvd run`
// says so before it starts one, or, with --new-instance, adds what makes it a program of its own. Loaded only for
// programs that could be such ones; makes a folder for a profile, and nothing else.

import { escapeName, escapeText } from "../../lib/escape.ts";
import { LinuxError } from "../../lib/linux/error.ts";
import { makeFolders } from "../config.ts";
import { ClientError } from "../errors.ts";
import { baseName, type Browser, browserOf, instanceArguments, namedProfile } from "./browsers.ts";
import { dataHome, type Environment } from "./folders.ts";
import { safeName } from "./names.ts";
import { activatableCopies, browserCopies, type Copy, isInDomain, profileUser } from "./running.ts";

export interface Wanted {
  /** The program and its arguments, as the person gave them. */
  readonly program: readonly string[];
  readonly domain: { readonly id: string; readonly handle: string };
  readonly newInstance: boolean;
}

export interface Prepared {
  /** To stand before the program's other arguments. */
  readonly arguments: readonly string[];
  /** One sentence; null: nothing speaks against it. */
  readonly warning: string | null;
}

const NOTHING: Prepared = { arguments: [], warning: null };

/** Throws ClientError where --new-instance cannot be. */
export async function prepare(wanted: Wanted, environment: Environment): Promise<Prepared> {
  const [program = "", ...args] = wanted.program;
  const browser = browserOf(program);
  if (browser === null) {
    if (wanted.newInstance) throw new ClientError("usage", newInstanceUnknown(program));
    const outside = await outsideOf(wanted, activatableCopies(program, environment));
    return outside === null ? NOTHING : { arguments: [], warning: activatableWarning(wanted, outside) };
  }
  const named = namedProfile(browser.family, args);
  if (named !== null) return preparedWithProfile(wanted, browser, named);
  if (wanted.newInstance) return await ownInstance(wanted, browser, environment);
  const outside = await outsideOf(wanted, browserCopies(browser, environment));
  return outside === null ? NOTHING : { arguments: [], warning: browserWarning(wanted, outside) };
}

async function ownInstance(wanted: Wanted, { family }: Browser, environment: Environment): Promise<Prepared> {
  const { domain, program } = wanted;
  const home = dataHome(environment);
  if (home === null) {
    throw new ClientError("failed", "there is no folder for its profile: HOME is no absolute path in UTF-8");
  }
  const folder = `${home}/pvd/profiles/${await safeName(domain.id, baseName(program[0] ?? ""))}`;
  const user = profileUser(family, folder);
  const outside = await outsideOf(wanted, Promise.resolve(user === null ? [] : [user]));
  if (outside !== null) {
    const message = `its profile for ${escapeName(domain.id)}, ${
      escapeText(folder)
    }, is in use outside this PvD`;
    throw new ClientError("inUse", `${message}${processText(outside)}; end that program first`);
  }
  try {
    makeFolders(folder);
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    throw new ClientError("failed", `its profile cannot be made: ${escapeText(error.message)}`);
  }
  return { arguments: instanceArguments(family, folder, user !== null), warning: null };
}

/** The person has said which profile; --new-instance adds nothing to that. */
async function preparedWithProfile(
  wanted: Wanted,
  { family }: Browser,
  named: { readonly folder: string } | "elsewhere",
): Promise<Prepared> {
  if (named === "elsewhere") return NOTHING;
  const user = profileUser(family, named.folder);
  const outside = await outsideOf(wanted, Promise.resolve(user === null ? [] : [user]));
  if (outside === null) return NOTHING;
  const sentence =
    `${begin(wanted, outside)} with the profile ${escapeText(named.folder)}, and what you start may ` +
    "open there, in another network; name a profile that is not in use";
  return { arguments: [], warning: sentence };
}

/** The first that is not in the domain itself. */
async function outsideOf({ domain }: Wanted, copies: Promise<readonly Copy[]>): Promise<Copy | null> {
  return (await copies).find(({ pid }) => pid === null || !isInDomain(pid, domain.handle)) ?? null;
}

function browserWarning(wanted: Wanted, outside: Copy): string {
  return `${begin(wanted, outside)}, and what you start may open there, in another network; ` +
    "`pvd run --new-instance` starts one with a profile of its own";
}

function activatableWarning(wanted: Wanted, outside: Copy): string {
  const name = escapeText(baseName(wanted.program[0] ?? ""));
  return `${
    begin(wanted, outside)
  }, and what you start may open there, in another network; end it first, or start ` +
    `\`dbus-run-session -- ${name}\` in the PvD, on a bus of its own`;
}

function begin({ program, domain }: Wanted, outside: Copy): string {
  const name = escapeText(baseName(program[0] ?? ""));
  return `${name} already runs outside PvD ${escapeName(domain.id)}${processText(outside)}`;
}

function processText({ pid, busName }: Copy): string {
  const parts = [
    ...(pid === null ? [] : [`process ${pid}`]),
    ...(busName === null ? [] : [`${escapeText(busName)} on the session bus`]),
  ];
  return parts.length === 0 ? "" : ` (${parts.join(", ")})`;
}

function newInstanceUnknown(program: string): string {
  const name = escapeText(baseName(program));
  return `pvd does not know how a second copy of ${name} is started: --new-instance is for browsers that it knows; ` +
    `see the manual of ${name}`;
}
