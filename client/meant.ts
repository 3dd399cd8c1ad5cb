// What a command line means where it leaves something out: the PvD and the broker's socket. On the fast path of
// `pvd run`. Reads the environment.

import { CLIENT_SOCKET } from "../lib/protocol.ts";
import type { CommandGiven } from "./command_line.ts";
import { variable } from "./environment.ts";
import { ClientError, launcherStatusOf } from "./errors.ts";

/** DOMAIN, or what --match or the person's default mean; the exit status where they mean nothing, or where it cannot be
 * told which broker is meant: from then on `socketPath` does not throw. */
export async function wordOf(line: CommandGiven): Promise<string | number> {
  try {
    const path = socketPath(line);
    const [word] = line.positionals;
    if (word !== undefined) return word;
    const { chooseDomain } = await import("./choice.ts");
    return await chooseDomain(path, line.values.get("--match") ?? null);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const { reportFailure } = await import("./output.ts");
    reportFailure(error, false);
    return launcherStatusOf(error.code);
  }
}

/** The option, the environment, or where the broker is. Throws ClientError `usage`. */
export function socketPath({ values }: CommandGiven): string {
  const option = values.get("--socket");
  if (option !== undefined) return option;
  const fromEnvironment = variable("PVD_SOCKET");
  if (fromEnvironment === null) {
    throw new ClientError(
      "usage",
      "PVD_SOCKET is not UTF-8; set it to the path of the broker's socket, or unset it",
    );
  }
  return fromEnvironment === undefined || fromEnvironment === "" ? CLIENT_SOCKET : fromEnvironment;
}
