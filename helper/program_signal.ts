// The one thing that a client may say to the helper after its program was started. Pure.

import { asObject, integer, oneOf } from "../lib/check.ts";

/** Signals 1 to 64 exist on Linux (signal(7)). */
const MAX_SIGNAL = 64;

/** The signal that a ProgramSignal asks for; null where the bytes are anything else. */
export function checkedSignal(bytes: Uint8Array): number | null {
  try {
    const fields = asObject(JSON.parse(new TextDecoder().decode(bytes)), ["type", "signal"], "message");
    oneOf(fields, "type", ["signal"]);
    return integer(fields, "signal", 1, MAX_SIGNAL);
  } catch {
    return null;
  }
}
