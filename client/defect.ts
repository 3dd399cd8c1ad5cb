// What ends here from everywhere: output that cannot be written (1), and what goes wrong beyond all expectation (70), as
// one sentence each. Touches standard error.

import { textEnvironment } from "./environment.ts";
import { EXIT_FAILED, EXIT_INTERNAL, OutputError } from "./errors.ts";

/** Says what went wrong, and gives the exit status. */
export async function reportUnexpected(error: unknown): Promise<number> {
  // Whoever read our output has heard enough: as any program that SIGPIPE ends.
  if (error instanceof Deno.errors.BrokenPipe) return 128 + 13;
  const { complain } = await import("./terminal.ts");
  const { messageText } = await import("./text.ts");
  if (error instanceof OutputError) {
    complain(messageText(error.message));
    return EXIT_FAILED;
  }
  const debug = textEnvironment.get("PVD_DEBUG") === "1";
  const message = error instanceof Error ? error.message : String(error);
  const stack = debug && error instanceof Error ? `\n${error.stack}` : "";
  const more = debug ? "" : "; PVD_DEBUG=1 shows where";
  complain(`this is a defect in pvd: ${messageText(message)}${more}${stack}`);
  return EXIT_INTERNAL;
}
