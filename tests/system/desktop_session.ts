// A person's desktop in the lab, as far as programs in a PvD meet it: the folder for its sockets, a session bus, and
// services that listen there. Runs programs as that person.

import { firstLine, outcome, run, runAs, spawnAs, until } from "../lab/lab.ts";
import { findUser } from "../lab/users.ts";

export const PERSON = "alice";
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
