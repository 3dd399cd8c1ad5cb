// What a client may say to the helper after its program was started. Pure.

import { asObject, integer, oneOf } from "../lib/check.ts";
import type { ProgramSignal } from "../lib/protocol.ts";

/** Signals 1 to 64 exist on Linux (signal(7)). */
const MAX_SIGNAL = 64;

/** What the bytes ask for; null where they are anything else. */
export function checkedOrder(bytes: Uint8Array): ProgramSignal | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    const type = oneOf(asObject(value, ["type", "signal"], "message"), "type", ["signal", "detach"]);
    if (type === "signal") {
      return { type, signal: integer(asObject(value, ["type", "signal"], type), "signal", 1, MAX_SIGNAL) };
    }
    asObject(value, ["type"], type);
    return { type };
  } catch {
    return null;
  }
}
