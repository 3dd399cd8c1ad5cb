// The `pvd` command: reads the command line and imports what that one command needs, because `pvd run` must start
// at once. What goes wrong beyond all expectation ends here, as one sentence and exit status 70.

import { type CommandLine, parseCommandLine } from "./client/command_line.ts";
import { ClientError, EXIT_INTERNAL, UsageError } from "./client/errors.ts";
import { CLIENT_SOCKET } from "./lib/protocol.ts";

/** Runs `pvd` with these arguments and gives its exit status. */
export async function main(args: readonly string[]): Promise<number> {
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

async function runCommand(line: Extract<CommandLine, { type: "command" }>): Promise<number> {
  switch (line.command.name) {
    case "run": {
      const { run } = await import("./client/run.ts");
      const interactive = !line.switches.has("--no-ask-password");
      return await run(socketPath(line.values), line.positionals[0] ?? "", line.program, interactive);
    }
    case "socket": {
      const { socket } = await import("./client/socket.ts");
      return await socket(socketPath(line.values), line.positionals[0] ?? "", line.program, {
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
  line: Extract<CommandLine, { type: "command" }>,
): Promise<number> {
  const json = line.switches.has("--json");
  const { connectBroker } = await import("./client/api.ts");
  try {
    const broker = connectBroker(socketPath(line.values));
    try {
      switch (name) {
        case "list":
          return await (await import("./client/list.ts")).list(broker, json);
        case "show":
          return await (await import("./client/show.ts")).show(broker, word ?? "", json);
        case "status":
          return await (await import("./client/status.ts")).status(broker, json);
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

function socketPath(values: ReadonlyMap<string, string>): string {
  const fromEnvironment = Deno.env.get("PVD_SOCKET") ?? "";
  return values.get("--socket") ?? (fromEnvironment === "" ? CLIENT_SOCKET : fromEnvironment);
}

/** The exit status for what nobody expected. */
async function reportUnexpected(error: unknown): Promise<number> {
  // Whoever read our output has heard enough: as any program that SIGPIPE ends.
  if (error instanceof Deno.errors.BrokenPipe) return 128 + 13;
  const { complain } = await import("./client/terminal.ts");
  const { messageText } = await import("./client/text.ts");
  const debug = Deno.env.get("PVD_DEBUG") === "1";
  const message = error instanceof Error ? error.message : String(error);
  const stack = debug && error instanceof Error ? `\n${error.stack}` : "";
  const more = debug ? "" : "; PVD_DEBUG=1 shows where";
  complain(`this is a defect in pvd: ${messageText(message)}${more}${stack}`);
  return EXIT_INTERNAL;
}

if (import.meta.main) {
  Deno.exit(await main(Deno.args).catch(reportUnexpected));
}
