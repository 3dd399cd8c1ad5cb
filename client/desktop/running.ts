// Whether a copy of a program runs already, and whether in the same PvD: from the locks in browsers' profiles, the
// names on the session bus and the namespaces of processes (namespaces(7)). Reads only.

import { O_PATH } from "../../lib/linux/abi.ts";
import { LinuxError } from "../../lib/linux/error.ts";
import { close, isThere, linkTarget, namesIn, open, statusOf } from "../../lib/linux/fd.ts";
import { baseName, type Browser, isRemoteName, LOCK_NAMES, lockOwner } from "./browsers.ts";
import { readableEntry, SUFFIX } from "./applications.ts";
import { configHome, dataFolders, type Environment, homeFolder } from "./folders.ts";
import { commandOf, valueOf } from "./launcher.ts";
import { likelyBusNames } from "./maybe.ts";
import { type NameOwner, namesOwned } from "./session_bus.ts";

const NETNS_FOLDER = "/run/netns";

/** A copy that would be handed what is to be opened. */
export interface Copy {
  /** null: who it is cannot be told. */
  readonly pid: number | null;
  /** The name on the session bus by which it is found; null: it is found by its profile. */
  readonly busName: string | null;
}

/** Who uses a profile's folder; null: nobody. */
export function profileUser(family: Browser["family"], folder: string): Copy | null {
  const target = linkTarget(`${folder}/${LOCK_NAMES[family]}`);
  const pid = target === null ? null : lockOwner(family, target);
  // A lock outlives a program that was killed.
  return pid === null || !isThere(`/proc/${pid}`) ? null : { pid, busName: null };
}

/** Copies of a browser that use one of the person's usual profiles, and those that the session bus knows. */
export async function browserCopies(browser: Browser, environment: Environment): Promise<Copy[]> {
  const { family } = browser;
  const roots = profileRoots(browser, environment);
  const folders = family === "chromium"
    ? roots
    : roots.flatMap((root) => namesIn(root).map((name) => `${root}/${name}`));
  const users = folders.map((folder) => profileUser(family, folder)).filter((each) => each !== null);
  if (browser.busName === null) return users;
  const owners = await namesOwned(environment, (name) => isRemoteName(browser, name));
  return [...users, ...owners.map(copyOf)];
}

function profileRoots({ inConfig, inHome }: Browser, environment: Environment): string[] {
  const [config, home] = [configHome(environment), homeFolder(environment)];
  return [
    ...(config === null ? [] : [`${config}/${inConfig}`]),
    ...(home === null || inHome === null ? [] : [`${home}/${inHome}`]),
  ];
}

/** Copies of a program that the session bus starts by a name (DBusActivatable of its desktop entry). */
export async function activatableCopies(program: string, environment: Environment): Promise<Copy[]> {
  const names = likelyBusNames(program, environment)
    .filter((name) => isActivatable(name, program, environment));
  if (names.length === 0) return [];
  return (await namesOwned(environment, (name) => names.includes(name))).map(copyOf);
}

/** Whether a process is in the network namespace of a domain, `handle`; false where that cannot be told. */
export function isInDomain(pid: number, handle: string): boolean {
  const process = identityOf(`/proc/${pid}/ns/net`);
  return process !== null && process === identityOf(`${NETNS_FOLDER}/${handle}`);
}

function copyOf({ name, pid }: NameOwner): Copy {
  return { pid, busName: name };
}

function isActivatable(busName: string, program: string, environment: Environment): boolean {
  for (const folder of dataFolders(environment)) {
    const entry = readableEntry(`${folder}/applications/${busName}${SUFFIX}`);
    if (entry === null) continue;
    // The first one that can be read is the one that counts: it is about a warning, and that is to stop nothing.
    return valueOf(entry, "DBusActivatable") === "true" && startsProgram(entry, program);
  }
  return false;
}

function startsProgram(entry: string, program: string): boolean {
  try {
    return baseName(commandOf(entry)[0] ?? "") === baseName(program);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function identityOf(path: string): string | null {
  let fd: number;
  try {
    fd = open(path, O_PATH);
  } catch (error) {
    if (error instanceof LinuxError) return null;
    throw error;
  }
  try {
    return statusOf(fd).identity;
  } finally {
    close(fd);
  }
}
