// What `pvd run` starts from in the bundled form, so that one file is read for it. The other commands start from
// main.ts, split into what each of them needs.

import { type CommandLine, parseCommandLine } from "../client/command_line.ts";
import { reportUnexpected } from "../client/defect.ts";
import { UsageError } from "../client/errors.ts";
import { runLine } from "../client/run_line.ts";

/** Where these arguments start a program, does that and ends the process with the exit status. False: they ask for
 * something else, be it help, or cannot be understood. */
export async function start(args: readonly string[]): Promise<false> {
  const line = understood(args);
  if (line?.type !== "command" || line.command.name !== "run") return false;
  Deno.exit(await runLine(line).catch(reportUnexpected));
}

function understood(args: readonly string[]): CommandLine | null {
  try {
    return parseCommandLine(args);
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}
