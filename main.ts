// The `pvd` command: reads the command line and imports what that one command needs, because `pvd run` must start
// at once. What goes wrong beyond all expectation ends here, as one sentence and exit status 70.

import { type CommandGiven, type CommandLine, parseCommandLine } from "./client/command_line.ts";
import { reportUnexpected } from "./client/defect.ts";
import { ClientError, UsageError } from "./client/errors.ts";
import { socketPath, wordOf } from "./client/meant.ts";

/** Runs `pvd` with these arguments and gives its exit status. */
export async function main(args: readonly string[]): Promise<number> {
  // What `pvd check` starts in a PvD: no command of people's.
  if (args[0] === "check-inside") {
    const { checkInside } = await import("./client/check/inside.ts");
    return await checkInside(args[1] ?? null);
  }
  let line: CommandLine;
  try {
    line = parseCommandLine(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { reportUsage } = await import("./client/output.ts");
    return reportUsage(error);
  }
  switch (line.type) {
    case "help": {
      const { commandHelp, generalHelp } = await import("./client/help.ts");
      const { print } = await import("./client/terminal.ts");
      print(line.command === null ? generalHelp() : commandHelp(line.command));
      return 0;
    }
    case "version": {
      const { default: config } = await import("./deno.json", { with: { type: "json" } });
      const { print } = await import("./client/terminal.ts");
      print(`pvd ${config.version}\n`);
      return 0;
    }
    case "command":
      return await runCommand(line);
  }
}

async function runCommand(line: CommandGiven): Promise<number> {
  switch (line.command.name) {
    case "run": {
      const { runLine } = await import("./client/run_line.ts");
      return await runLine(line);
    }
    case "shell": {
      const word = await wordOf(line);
      if (typeof word === "number") return word;
      const { shell } = await import("./client/shell.ts");
      return await shell(socketPath(line), word, !line.switches.has("--no-ask-password"));
    }
    case "socket": {
      const word = await wordOf(line);
      if (typeof word === "number") return word;
      const { socket } = await import("./client/socket.ts");
      return await socket(socketPath(line), word, line.program, {
        listen: line.values.get("--listen") ?? null,
        connect: line.values.get("--connect") ?? null,
        udp: line.switches.has("--udp"),
        interactive: !line.switches.has("--no-ask-password"),
      });
    }
    case "decode": {
      const { decode } = await import("./client/decode.ts");
      return await decode([...line.rest]);
    }
    case "advertise": {
      const { advertise } = await import("./client/advertise/main.ts");
      return await advertise([...line.rest]);
    }
    case "broker": {
      const { runBroker } = await import("./broker/main.ts");
      return await runBroker([...line.rest]);
    }
    default:
      return await askBroker(line.command.name, line.positionals[0] ?? null, line);
  }
}

async function askBroker(
  name: string,
  word: string | null,
  line: CommandGiven,
): Promise<number> {
  const json = line.switches.has("--json");
  const { connectBroker } = await import("./client/api.ts");
  try {
    if (name === "default") {
      const { setDefault } = await import("./client/default.ts");
      return await setDefault(socketPath(line), word, { clear: line.switches.has("--clear"), json });
    }
    if (name === "desktop") {
      const { desktop } = await import("./client/desktop/desktop.ts");
      return await desktop(socketPath(line), line.positionals, json);
    }
    const broker = connectBroker(socketPath(line));
    try {
      switch (name) {
        case "list":
          return await (await import("./client/list.ts")).list(
            broker,
            json,
            line.values.get("--match") ?? null,
          );
        case "show":
          return await (await import("./client/show.ts")).show(broker, word ?? "", json);
        case "status":
          return await (await import("./client/status.ts")).status(broker, json);
        case "monitor": {
          const { monitor } = await import("./client/monitor.ts");
          const renewals = line.switches.has("--renewals");
          return await monitor(broker, { link: line.values.get("--link") ?? null, renewals, json });
        }
        case "check": {
          const { check } = await import("./client/check/check.ts");
          const { chooseDomain } = await import("./client/choice.ts");
          const match = line.values.get("--match") ?? null;
          return await check(broker, word ?? await chooseDomain(socketPath(line), match), {
            name: line.values.get("--name") ?? null,
            interactive: !line.switches.has("--no-ask-password"),
            json,
          });
        }
        case "solicit":
          return await (await import("./client/solicit.ts")).solicit(broker, word, json);
        default:
          throw new Error(`the table has a command without an implementation: ${name}`);
      }
    } finally {
      broker.close();
    }
  } catch (error) {
    const { reportFailure } = await import("./client/output.ts");
    if (error instanceof ClientError) return reportFailure(error, json);
    // Whoever asked for JSON gets JSON, whatever happened; except where nobody reads it any more.
    if (!json || error instanceof Deno.errors.BrokenPipe) throw error;
    return reportFailure(
      new ClientError("internal", error instanceof Error ? error.message : String(error)),
      json,
    );
  }
}

/** Runs `pvd` with these arguments, by default this process's, and ends it with the exit status. */
export async function start(args: readonly string[] = Deno.args): Promise<never> {
  Deno.exit(await main(args).catch(reportUnexpected));
}

if (import.meta.main) await start();
