// What a command line means where it leaves something out: the PvD and the broker's socket. On the fast path of
// `pvd run`. Reads the environment.

import { CLIENT_SOCKET } from "../lib/protocol.ts";
import type { CommandGiven } from "./command_line.ts";
import { ClientError, launcherStatusOf } from "./errors.ts";

/** DOMAIN, or what --match or the person's default mean; the exit status where they mean nothing. */
export async function wordOf(line: CommandGiven): Promise<string | number> {
  const [word] = line.positionals;
  if (word !== undefined) return word;
  const { chooseDomain } = await import("./choice.ts");
  try {
    return await chooseDomain(socketPath(line), line.values.get("--match") ?? null);
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    const { reportFailure } = await import("./output.ts");
    reportFailure(error, false);
    return launcherStatusOf(error.code);
  }
}

/** The option, the environment, or where the broker is. */
export function socketPath({ values }: CommandGiven): string {
  const fromEnvironment = Deno.env.get("PVD_SOCKET") ?? "";
  return values.get("--socket") ?? (fromEnvironment === "" ? CLIENT_SOCKET : fromEnvironment);
}
