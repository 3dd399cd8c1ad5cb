// `pvd run` by its command line.

import type { CommandGiven } from "./command_line.ts";
import { socketPath, wordOf } from "./meant.ts";
import { run } from "./run.ts";

/** Runs the program of a `run` command line and gives the exit status. */
export async function runLine(line: CommandGiven): Promise<number> {
  const word = await wordOf(line);
  if (typeof word === "number") return word;
  const interactive = !line.switches.has("--no-ask-password");
  const detach = line.switches.has("--detach");
  const newInstance = line.switches.has("--new-instance");
  return await run(socketPath(line), word, line.program, interactive, null, detach, newInstance);
}
