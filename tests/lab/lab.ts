// What a test says to the lab it runs in: programs on any host and as any user, helper, broker and routers ended and
// started, the domains awaited. Works inside the lab only (`deno task lab -- …`); starts processes, asks control.ts.

import { askLab } from "./control.ts";
import { allReady, waitForDomains } from "./domains.ts";
import { type Host, netnsPath } from "./paths.ts";
import { asUser, findUser, userEnvironment } from "./users.ts";

export { allReady, listDomains, removeDomain, waitForDomains } from "./domains.ts";
export { DOCUMENTED_IDS } from "./routers.ts";
export { SERVER_ADDRESS } from "./paths.ts";

/** How a program ended and what it printed. */
export interface Outcome {
  /** 128 and the signal where one ended it. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a program may be given beside its arguments. */
export interface RunOptions {
  readonly input?: string;
  readonly folder?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Runs a program on the client host as root, to its end. */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return outcome(spawn(argv, options), options.input ?? "");
}

/** Runs a program on the client host as a user of the lab, to its end. */
export function runAs(user: string, argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return outcome(spawnAs(user, argv, options), options.input ?? "");
}

/** Runs a program in the namespace of another host, to its end. */
export function onHost(host: Host, argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return run(inHost(host, argv), options);
}

/** Starts a program on the client host as root; its three streams are pipes. */
export function spawn(argv: readonly string[], options: RunOptions = {}): Deno.ChildProcess {
  const [program = "", ...args] = argv;
  return new Deno.Command(program, {
    args,
    cwd: options.folder ?? "/",
    env: options.environment ?? {},
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Starts a program on the client host as a user of the lab; its three streams are pipes. */
export function spawnAs(user: string, argv: readonly string[], options: RunOptions = {}): Deno.ChildProcess {
  const person = findUser(user);
  const environment = { ...userEnvironment(person), ...options.environment };
  return spawn([...asUser(person), ...argv], { ...options, environment });
}

/** The command line that runs another one in a host's namespace. */
export function inHost(host: Host, argv: readonly string[]): string[] {
  return ["nsenter", `--net=${netnsPath(host)}`, ...argv];
}

/** What a started program came to. */
export async function outcome(child: Deno.ChildProcess, input = ""): Promise<Outcome> {
  // Both at once: a program that writes much stops reading until somebody reads what it wrote.
  const [{ code, stdout, stderr }] = await Promise.all([child.output(), feed(child.stdin, input)]);
  const text = new TextDecoder();
  return { status: code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

async function feed(stdin: WritableStream<Uint8Array>, input: string): Promise<void> {
  const writer = stdin.getWriter();
  // A program that reads nothing may be gone already: its status tells.
  await writer.write(new TextEncoder().encode(input)).catch(() => {});
  await writer.close().catch(() => {});
}

/** A line of a started program's standard output, as soon as it is there; the rest stays unread. */
export async function firstLine(child: Deno.ChildProcess): Promise<string> {
  const reader = child.stdout.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  reader.releaseLock();
  return text.split("\n")[0] ?? "";
}

/** Waits for what sends no event. Throws with `what` when it has not come about in time. */
export async function until(what: string, reached: () => Promise<boolean>, ms = 10_000): Promise<void> {
  const end = performance.now() + ms;
  while (!await reached()) {
    if (performance.now() > end) throw new Error(`not reached in ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Ends the broker; a new one is not started. Done when it is gone. */
export async function killBroker(signal: Deno.Signal): Promise<void> {
  await askLab({ type: "end", name: "broker", signal });
}

/** Ends the broker if it runs, and starts one; done when it takes clients. Gives its pid. */
export function restartBroker(): Promise<number> {
  return restart("broker");
}

/** Ends the helper; a new one is not started. Done when it is gone. */
export async function killHelper(signal: Deno.Signal): Promise<void> {
  await askLab({ type: "end", name: "helper", signal });
}

/** Ends the helper if it runs, and starts one; done when the broker, where there is one, has it again: that tries with a
 * back-off, and shows its domains as ready meanwhile. Gives its pid. */
export async function restartHelper(): Promise<number> {
  const pid = await restart("helper");
  if ("broker" in await askLab({ type: "pids" })) {
    await until("the broker has the helper again", async () => {
      const { status, stdout } = await run(["pvd", "status", "--json"]);
      return status === 0 && JSON.parse(stdout).status.helper.connected === true;
    });
  }
  return pid;
}

/** Ends both routers' programs: with SIGTERM they say goodbye, with SIGKILL they fall silent. */
export async function stopRouters(signal: Deno.Signal = "SIGTERM"): Promise<void> {
  for (const name of await routerNames()) await askLab({ type: "end", name, signal });
}

/** Starts the routers of test case 1 again, and waits for their four domains. */
export async function startRouters(): Promise<void> {
  for (const name of ["router-R1", "router-R2"]) await askLab({ type: "start", name });
  await waitForDomains(allReady(4));
}

/** The pid of one of the lab's programs. */
export async function pidOf(name: string): Promise<number> {
  const pid = (await askLab({ type: "pids" }))[name];
  if (pid === undefined) throw new Error(`${name} does not run`);
  return pid;
}

async function restart(name: string): Promise<number> {
  await askLab({ type: "end", name, signal: "SIGTERM" });
  await askLab({ type: "start", name });
  return await pidOf(name);
}

async function routerNames(): Promise<string[]> {
  const pids = await askLab({ type: "pids" });
  return Object.keys(pids).filter((name) => /^(router|radvd)-/.test(name));
}
