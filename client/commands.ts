// The one table of pvd's commands: parsing, help, the man page and the shells' completions come from it. Plain
// values only; it touches nothing. A command's own file holds what it does; what it is called is below commands/.

import type { Command } from "./commands/form.ts";
import { LOOKING } from "./commands/looking.ts";
import { SERVING } from "./commands/serving.ts";
import { STARTING } from "./commands/starting.ts";

export type { Command, ExitStatus, Option, Positional } from "./commands/form.ts";
export { HELP, SOCKET, VERSION } from "./commands/parts.ts";

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [...LOOKING, ...STARTING, ...SERVING];

export function findCommand(name: string): Command | null {
  return COMMANDS.find((command) => command.name === name) ?? null;
}
