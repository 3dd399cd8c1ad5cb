// `pvd desktop install|remove|list`: launchers in a person's menu that start a program in a PvD. Writes and removes
// its own files in the person's folder for applications, and no others.

import { escapeName, escapeText } from "../../lib/escape.ts";
import { LinuxError } from "../../lib/linux/error.ts";
import { isThere, removeFile, replaceFile } from "../../lib/linux/fd.ts";
import { connectBroker } from "../api.ts";
import { makeFolders } from "../config.ts";
import { type Environment, textEnvironment } from "../environment.ts";
import { ClientError } from "../errors.ts";
import { jsonDocument } from "../output.ts";
import { findDomain } from "../show.ts";
import { complain, print } from "../terminal.ts";
import { padded, widthOf } from "../text.ts";
import {
  type Application,
  findApplication,
  type Launcher,
  launchersIn,
  ownApplications,
  readEntry,
  sourceOf,
  SUFFIX,
} from "./applications.ts";
import { browserOf } from "./browsers.ts";
import { commandOf, makeLauncher, readLauncher, valueOf } from "./launcher.ts";
import { safeName } from "./names.ts";

/** Runs the command: `words` are install DOMAIN APP, remove DOMAIN APP, or list. Throws ClientError. */
export async function desktop(
  socketPath: string,
  [action = "", domain, app]: readonly string[],
  json: boolean,
  environment: Environment = textEnvironment,
): Promise<number> {
  const folder = ownApplications(environment);
  if (action === "list" && domain === undefined) {
    const launchers = launchersIn(folder);
    print(json ? jsonDocument({ launchers }) : formatLaunchers(launchers));
    return 0;
  }
  if ((action !== "install" && action !== "remove") || domain === undefined || app === undefined) {
    const message = "say `install DOMAIN APP`, `remove DOMAIN APP` or `list`; see `pvd help desktop`";
    throw new ClientError("usage", message);
  }
  const launcher = action === "install"
    ? await install(socketPath, domain, app, folder, environment)
    : remove(domain, app, folder);
  print(json ? jsonDocument({ launchers: [launcher] }) : `${escapeText(launcher.file)}\n`);
  return 0;
}

async function install(
  socketPath: string,
  word: string,
  app: string,
  folder: string,
  environment: Environment,
): Promise<Launcher> {
  const domain = await idOf(socketPath, word);
  const application = findApplication(app, environment);
  const { source, entry } = application;
  if (readLauncher(entry) !== null) {
    throw new ClientError(
      "invalidArgument",
      `${escapeText(source)} is a launcher of pvd's itself; name the program's`,
    );
  }
  const file = `${folder}/pvd-${await safeName(domain, source.slice(0, -SUFFIX.length))}${SUFFIX}`;
  const before = isThere(file) ? readEntry(file) : null;
  if (before !== null && readLauncher(before) === null) {
    throw new ClientError(
      "failed",
      `${escapeText(file)} is there, and not a launcher of pvd's; move it away first`,
    );
  }
  writeLauncher(file, launcherText(application, domain, labelFor(domain, word)));
  if (valueOf(entry, "DBusActivatable") === "true" && !startsBrowser(entry)) {
    complain(
      `${escapeText(source)} may hand what it opens to a copy of it that already runs; ` +
        "end a copy outside the PvD before you use the launcher",
    );
  }
  return { domain, source, file };
}

async function idOf(socketPath: string, word: string): Promise<string> {
  const broker = connectBroker(socketPath);
  try {
    return (await findDomain(broker, word)).id;
  } finally {
    broker.close();
  }
}

/** What the person calls it, where that is a part of its id. */
function labelFor(id: string, word: string): string {
  return id.toLowerCase().startsWith(word.toLowerCase()) ? word : id;
}

function launcherText({ file, source, entry }: Application, domain: string, label: string): string {
  try {
    return makeLauncher(entry, { domain, label, source, newInstance: startsBrowser(entry) });
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    throw new ClientError(
      "invalidArgument",
      `${escapeText(file)} cannot be used: ${escapeText(error.message)}`,
    );
  }
}

function startsBrowser(entry: string): boolean {
  return browserOf(commandOf(entry)[0] ?? "") !== null;
}

function writeLauncher(file: string, text: string): void {
  const temporary = `${file}.${Deno.pid}.new`;
  try {
    makeFolders(file.slice(0, file.lastIndexOf("/")));
    replaceFile(file, text, 0o644, temporary);
  } catch (error) {
    removeFile(temporary);
    if (!(error instanceof LinuxError)) throw error;
    throw new ClientError("failed", `${escapeText(file)} cannot be written: ${escapeText(error.message)}`);
  }
}

/** The broker is not asked: a PvD that is gone for good may have left a launcher. */
function remove(word: string, app: string, folder: string): Launcher {
  const source = sourceOf(app);
  const all = launchersIn(folder).filter((each) => each.source === source);
  const same = all.filter(({ domain }) => domain.toLowerCase() === word.toLowerCase());
  const found = same.length > 0 || word.includes(".")
    ? same
    : all.filter(({ domain }) => domain.toLowerCase().startsWith(word.toLowerCase()));
  const [launcher, other] = found;
  const what = `${escapeText(source)} in PvD ${escapeName(word)}`;
  if (launcher === undefined) {
    throw new ClientError(
      "failed",
      `there is no launcher for ${what}; \`pvd desktop list\` shows those that there are`,
    );
  }
  if (other !== undefined) {
    const message = `there are launchers for ${what} and others that begin alike`;
    throw new ClientError("ambiguous", `${message}; name the PvD by more of its id`);
  }
  if (!removeFile(launcher.file)) {
    throw new ClientError(
      "failed",
      `${escapeText(launcher.file)} cannot be removed; may you write in its folder?`,
    );
  }
  return launcher;
}

/** A line each, ended by a newline. */
export function formatLaunchers(launchers: readonly Launcher[]): string {
  if (launchers.length === 0) return "There are no launchers of pvd's. `pvd desktop install` makes one.\n";
  const rows = launchers.map(({ domain, source, file }) =>
    [escapeName(domain), escapeText(source), escapeText(file)] as const
  );
  const [first, second] = [0, 1].map((at) => Math.max(...rows.map((row) => widthOf(row[at] ?? ""))));
  return rows.map(([domain, source, file]) =>
    `${padded(domain, first ?? 0)}  ${padded(source, second ?? 0)}  ${file}\n`
  ).join("");
}
