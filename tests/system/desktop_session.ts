// A person's desktop in the lab, as far as programs in a PvD meet it: the folder for its sockets, a session bus, and
// services that listen there. Runs programs as that person.

import { DOCUMENTED_IDS, firstLine, outcome, run, runAs, spawnAs, until } from "../lab/lab.ts";
import { HOME_FOLDER } from "../lab/paths.ts";
import { findUser } from "../lab/users.ts";

export const PERSON = "alice";
export const HOME = `${HOME_FOLDER}/${PERSON}`;
export const BIN = `${HOME}/bin`;
/** A folder of XDG_DATA_DIRS, for the entries of programs that alice has. */
export const SHARE = `${HOME}/share`;
/** The PvD that the tests use. */
export const ID = DOCUMENTED_IDS.R1.explicit;
const OWNER = new URL("bus_name_owner.py", import.meta.url).pathname;

/** XDG_RUNTIME_DIR, as logind makes it. */
export function runtimeFolder(): string {
  return `/run/user/${findUser(PERSON).uid}`;
}

/** What a program of the desktop has in its environment. */
export function desktopEnvironment(): Record<string, string> {
  const folder = runtimeFolder();
  return { XDG_RUNTIME_DIR: folder, DBUS_SESSION_BUS_ADDRESS: `unix:path=${folder}/bus` };
}

/** Makes the folder and starts the bus; the result ends it. */
export async function startDesktop(): Promise<() => Promise<void>> {
  const { uid, gid } = findUser(PERSON);
  const folder = runtimeFolder();
  Deno.mkdirSync("/run/user", { recursive: true, mode: 0o755 });
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  Deno.chownSync(folder, uid, gid);
  return await startService(
    ["dbus-daemon", "--session", "--nofork", "--nosyslog", `--address=unix:path=${folder}/bus`],
    `${folder}/bus`,
  );
}

/** Starts a program of the desktop, outside every PvD, that listens at `socket`; the result ends it. */
export async function startService(
  argv: readonly string[],
  socket: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<() => Promise<void>> {
  const child = spawnAs(PERSON, argv, { environment: { ...desktopEnvironment(), ...environment } });
  const ended = outcome(child);
  let early: string | null = null;
  void ended.then(({ status, stderr }) => early = `${argv[0]} ended with ${status}: ${stderr}`);
  await until(`${argv[0]} listens at ${socket}`, () => {
    if (early !== null) throw new Error(early);
    return Promise.resolve(isSocket(socket));
  });
  return async () => {
    child.kill("SIGTERM");
    await ended;
  };
}

/** Runs `action` while somebody owns a name on the session bus: outside, or started by `prefix` (`pvd run ...`). */
export async function withOwner(
  name: string,
  prefix: readonly string[],
  action: () => Promise<void>,
): Promise<void> {
  const argv = [...prefix, "/usr/bin/python3", OWNER, name];
  const child = spawnAs(PERSON, argv, { environment: desktopEnvironment() });
  try {
    const line = await firstLine(child);
    if (line !== "owned") throw new Error(`nobody could own ${name}`);
    await action();
  } finally {
    await child.stdin.close();
    await child.stdout.cancel();
    await child.stderr.cancel();
    await child.status;
  }
}

export function onDesktop(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return runAs(PERSON, argv, { environment: { ...desktopEnvironment(), ...environment } });
}

/** Whether a program is on the search path. */
export async function isInstalled(program: string): Promise<boolean> {
  return (await run(["sh", "-c", 'command -v "$0"', program])).status === 0;
}

function isSocket(path: string): boolean {
  try {
    return Deno.statSync(path).isSocket === true;
  } catch {
    return false;
  }
}

/** In the PvD that the tests use. */
export function inPvd(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  return onDesktop(["pvd", "run", ID, ...argv], environment);
}

/** A program that tells its arguments, by a name of its own. */
export function writeProgram(name: string, script = 'printf "%s\\n" started "$@"'): string {
  Deno.mkdirSync(BIN, { recursive: true });
  Deno.writeTextFileSync(`${BIN}/${name}`, `#!/bin/sh\n${script}\n`);
  Deno.chmodSync(`${BIN}/${name}`, 0o755);
  return `${BIN}/${name}`;
}

/** With the folders that it is in. */
export function writeFile(path: string, text: string): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(path, text);
}

/** Registers a test that has a desktop of its own. */
export function onDesktopTest(name: string, fn: () => Promise<void>): void {
  Deno.test(name, async () => {
    const end = await startDesktop();
    try {
      await fn();
    } finally {
      await end();
    }
  });
}

export function isFile(path: string): boolean {
  return isAnything(path) && Deno.lstatSync(path).isFile;
}

export function isAnything(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
