// Runs the caller's COMMAND on the client host: as root or as a user, in the caller's folder, with the terminal, and
// with the signals that the lab gets.

import { searchPath } from "./packages.ts";
import { asUser, findUser, type User, userEnvironment } from "./users.ts";

const COMMAND_NOT_EXECUTABLE = 126;
const COMMAND_NOT_FOUND = 127;

/** Belongs to the caller's session outside, and would lead programs out of the lab. */
const OUTSIDE = ["XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"];

/** COMMAND's status; 128 and the signal where one ended it. */
export async function runCommand(
  command: readonly string[],
  user: User | null,
  folder: string,
): Promise<number> {
  const argv = command.length > 0
    ? command
    : [user?.shell ?? Deno.env.get("SHELL") ?? findUser("root").shell];
  const [program = "", ...args] = user === null ? argv : [...asUser(user), ...argv];
  const env = { ...Deno.env.toObject(), ...(user === null ? {} : userEnvironment(user)) };
  for (const name of OUTSIDE) delete env[name];
  env["PATH"] = searchPath(env["PATH"]);
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      cwd: folder,
      clearEnv: true,
      env,
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
    }).spawn();
  } catch (error) {
    console.error(`lab: cannot run ${program}: ${error instanceof Error ? error.message : String(error)}`);
    return error instanceof Deno.errors.NotFound ? COMMAND_NOT_FOUND : COMMAND_NOT_EXECUTABLE;
  }
  forwardSignals(child);
  const { code } = await child.status;
  return code;
}

/** The terminal's own SIGINT reaches COMMAND without us; the outer process sends SIGUSR2 for one that does not. */
function forwardSignals(child: Deno.ChildProcess): void {
  const pass = (signal: Deno.Signal) => () => {
    try {
      child.kill(signal);
    } catch {
      // It is gone, and the lab with it in a moment.
    }
  };
  Deno.addSignalListener("SIGTERM", pass("SIGTERM"));
  Deno.addSignalListener("SIGHUP", pass("SIGHUP"));
  Deno.addSignalListener("SIGUSR2", pass("SIGINT"));
}
