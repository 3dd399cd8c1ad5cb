// What goes wrong beyond all expectation: one sentence and exit status 70. Touches standard error.

import { EXIT_INTERNAL } from "./errors.ts";

/** Says what nobody expected, and gives the exit status. */
export async function reportUnexpected(error: unknown): Promise<number> {
  // Whoever read our output has heard enough: as any program that SIGPIPE ends.
  if (error instanceof Deno.errors.BrokenPipe) return 128 + 13;
  const { complain } = await import("./terminal.ts");
  const { messageText } = await import("./text.ts");
  const debug = Deno.env.get("PVD_DEBUG") === "1";
  const message = error instanceof Error ? error.message : String(error);
  const stack = debug && error instanceof Error ? `\n${error.stack}` : "";
  const more = debug ? "" : "; PVD_DEBUG=1 shows where";
  complain(`this is a defect in pvd: ${messageText(message)}${more}${stack}`);
  return EXIT_INTERNAL;
}
