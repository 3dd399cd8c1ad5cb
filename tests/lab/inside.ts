// The lab from inside, started by main.ts in mount, network and pid namespaces of its own: lays everything out,
// starts the programs in their order, runs COMMAND, and ends with its status. Nothing is taken down one by one:
// when this ends, so does pid 1, and the kernel takes every process, namespace and mount away.

import { joinEmptyKeyring } from "../../lib/linux/keyring.ts";
import { runCommand } from "./command.ts";
import { serveControl } from "./control.ts";
import { startBus } from "../bus/test_bus.ts";
import { allReady, waitForDomains } from "./domains.ts";
import { install } from "./installed.ts";
import { privateFolders } from "./mounts.ts";
import type { LabOptions } from "./options.ts";
import { LOG_FOLDER } from "./paths.ts";
import { brokerService, helperService, routerServices, serverServices } from "./services.ts";
import { Supervisor } from "./supervisor.ts";
import { buildTopology } from "./topology.ts";
import { findUser } from "./users.ts";

/** What main.ts passes as its only argument. */
interface Start {
  readonly options: LabOptions;
  /** The caller's working folder. */
  readonly folder: string;
  /** Where the bundled programs are. */
  readonly build: string;
}

const DOCUMENTED_DOMAINS = 4;
const SHOWN_LINES = 20;
const FOREIGN_ROUTER_MS = 10_000;

async function inside({ options, folder, build }: Start): Promise<number> {
  const runtime = Deno.execPath();
  // Everybody who may wait for the lab until COMMAND runs can also stop it.
  const giveUp = (status: number) => () => Deno.exit(status);
  const early = [["SIGINT", giveUp(130)], ["SIGTERM", giveUp(143)], ["SIGHUP", giveUp(129)], [
    "SIGUSR2",
    giveUp(130),
  ]] as const;
  for (const [signal, end] of early) Deno.addSignalListener(signal, end);

  await privateFolders();
  install(build, runtime);
  const user = options.user === null ? null : findUser(options.user);
  await startBus({ rules: { "10-lab.rules": rules(["alice", ...(user === null ? [] : [user.name])]) } });
  await buildTopology();
  const supervisor = new Supervisor(say);
  await startPrograms(supervisor, options, folder, runtime);
  serveControl(supervisor);

  // The terminal's interrupt is COMMAND's from here on; a listener that does nothing keeps the lab alive.
  Deno.addSignalListener("SIGINT", () => {});
  for (const [signal, end] of early) Deno.removeSignalListener(signal, end);
  return await runCommand(options.command, user, folder);
}

/** What the lab's administrator decided: these people may use every domain. root may by polkit's own rule. */
function rules(names: readonly string[]): string {
  return `polkit.addRule(function(action, subject) {
  if (action.id == "net.pvd1.use" && ${JSON.stringify(names)}.indexOf(subject.user) >= 0) {
    return polkit.Result.YES;
  }
});
`;
}

async function startPrograms(
  supervisor: Supervisor,
  options: LabOptions,
  folder: string,
  runtime: string,
): Promise<void> {
  const servers = serverServices(runtime).map((server) => supervisor.add(server));
  // The helper first: the broker has nothing to do without it. Routers last, so that nobody misses the first word.
  const ours = (async () => {
    await supervisor.add(helperService());
    await supervisor.add(brokerService());
    for (const router of routerServices(options.routers, options.routerCommand, folder)) {
      await supervisor.add(router);
    }
  })();
  await Promise.all([...servers, ours]);
  switch (options.routers) {
    case "none":
      return;
    case "pvd":
    case "radvd":
      await waitForDomains(allReady(DOCUMENTED_DOMAINS));
      return;
    case "command":
      await waitForDomains(allReady(DOCUMENTED_DOMAINS), FOREIGN_ROUTER_MS).catch((error: unknown) => {
        say(`going on, although ${error instanceof Error ? error.message : String(error)}`);
      });
  }
}

/** The logs go with the lab, so what they end with is shown. */
function showLogs(): void {
  for (const { name } of Deno.readDirSync(LOG_FOLDER)) {
    const lines = Deno.readTextFileSync(`${LOG_FOLDER}/${name}`).trimEnd().split("\n").slice(-SHOWN_LINES);
    console.error(`lab: the end of ${name}:\n${lines.join("\n")}`);
  }
}

function say(line: string): void {
  console.error(`lab: ${line}`);
}

if (import.meta.main) {
  let status = 1;
  try {
    const start: Start = JSON.parse(Deno.args[0] ?? "");
    // As systemd gives one to a service: what it starts inherits it.
    joinEmptyKeyring();
    status = await inside(start);
  } catch (error) {
    say(error instanceof Error ? error.message : String(error));
    showLogs();
  }
  Deno.exit(status);
}
