// Calls over the lab's system bus as one of its users: by bus_caller.py, a process of that user's own, because it is
// the process that polkit judges. Starts that program, and `gdbus`; nothing else.

import { firstLine, run, runAs, spawnAs } from "../lab/lab.ts";

/** A method call; without `interface` the message has none. */
export interface BusCall {
  /** net.pvd1 where it is left out. */
  readonly destination?: string;
  readonly path: string;
  readonly interface?: string;
  readonly member: string;
  readonly signature?: string;
  readonly args?: readonly unknown[];
  /** So many descriptors behind the arguments. */
  readonly fds?: number;
  /** Connects the socket that was given to the web server at this address; the value is who answered, or errno's text. */
  readonly fetch?: string;
  /** The value is the inode of the descriptor that was given. */
  readonly inode?: true;
}

/** The values of the reply, or what the call was made for; or the error on the bus. */
export type BusAnswer =
  | { readonly value: unknown }
  | { readonly error: string; readonly message: string };

const CALLER = Deno.readTextFileSync(new URL("bus_caller.py", import.meta.url));
/** Debian's own, which has its dbus module; another python3 may come first on the search path. */
const PYTHON = "/usr/bin/python3";
/** Says that it is there, and becomes the command when it reads a line: with the pid that an agent was made for. */
const WHEN_TOLD = 'echo there; read -r _; exec "$@"';

export const MANAGER = { path: "/net/pvd1", interface: "net.pvd1.Manager" } as const;
export const OLD = {
  destination: "org.freedesktop.PvDManager",
  path: "/org/freedesktop/PvDManager",
  interface: "org.freedesktop.PvDManager",
} as const;

/** All calls by one process of that user's, in their order. */
export async function callAs(user: string, ...calls: readonly BusCall[]): Promise<readonly BusAnswer[]> {
  // The source itself: the project's folder may be closed to the user.
  const argv = [PYTHON, "-c", CALLER, JSON.stringify(calls)];
  const { status, stdout, stderr } = user === "root" ? await run(argv) : await runAs(user, argv);
  if (status !== 0) throw new Error(`bus_caller.py: ${stderr}`);
  const answers: readonly BusAnswer[] = JSON.parse(stdout);
  return answers;
}

/** One call that is answered. */
export async function valueAs(user: string, call: BusCall): Promise<unknown> {
  const [answer] = await callAs(user, call);
  if (answer === undefined || "error" in answer) throw new Error(JSON.stringify(answer));
  return answer.value;
}

/** Names of the errors that came; "" where none did. */
export function errorNames(answers: readonly BusAnswer[]): string[] {
  return answers.map((answer) => "error" in answer ? answer.error : "");
}

/** The paths of the domains with an id. */
export async function pathOf(id: string): Promise<string> {
  const found = await valueAs("alice", {
    ...MANAGER,
    member: "FindDomains",
    signature: "a{sv}",
    args: [{ id }],
  });
  const [paths]: unknown[] = Array.isArray(found) ? found : [];
  const [path, ...others]: unknown[] = Array.isArray(paths) ? paths : [];
  if (typeof path !== "string" || others.length > 0) throw new Error(`FindDomains: ${JSON.stringify(found)}`);
  return path;
}

export function openSocket(path: string, more: Partial<BusCall> = {}): BusCall {
  const args = [path, "inet6", "stream", "tcp"];
  return { ...MANAGER, member: "OpenSocket", signature: "osss", args, ...more };
}

export function removeDomain(path: string): BusCall {
  return { ...MANAGER, member: "RemoveDomain", signature: "o", args: [path] };
}

/** The command line of the same call with the flag that lets polkit ask. */
export function interactiveOpenSocket(path: string): string[] {
  const call = [
    "gdbus",
    "call",
    "--system",
    "--interactive",
    "--dest",
    "net.pvd1",
    "--object-path",
    "/net/pvd1",
  ];
  return [...call, "--method", "net.pvd1.Manager.OpenSocket", path, "inet6", "stream", "tcp"];
}

/** A command of that user's which waits, as the process that it will be, until a line is written to it. */
export async function waitingAs(user: string, argv: readonly string[]): Promise<Deno.ChildProcess> {
  const child = spawnAs(user, ["sh", "-c", WHEN_TOLD, "sh", ...argv]);
  await firstLine(child);
  return child;
}

/** `gdbus introspect` and the like, as a person who has no rights. */
export async function printed(argv: readonly string[]): Promise<string> {
  const { status, stdout, stderr } = await runAs("bob", argv);
  if (status !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
  return stdout;
}
