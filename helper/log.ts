// One line a happening, to standard error, with journald's priority in front where it goes there. Texts that came from
// elsewhere are escaped here, so that no caller can forget it; names in them keep their own escapes (RFC 1035 5.1).

import { escapeName } from "../lib/escape.ts";
import { priorityPrefix } from "../lib/linux/journal.ts";

const PRIORITIES = { error: 3, warning: 4, info: 6 } as const;

/** Never throws: that a line cannot be written is nobody's to be told, and no reason to leave anything half done. */
export function log(priority: keyof typeof PRIORITIES, text: string): void {
  try {
    const prefix = priorityPrefix(PRIORITIES[priority]);
    // The journal knows whose line it is.
    const name = prefix.startsWith("<") ? "" : "pvd-helper: ";
    Deno.stderr.writeSync(new TextEncoder().encode(`${prefix}${name}${escapeName(text)}\n`));
  } catch {
    // Its reader is gone, or its disk is full.
  }
}
