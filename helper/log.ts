// One line a happening, to standard error, with journald's priority in front (sd-daemon(3)). Texts that came from
// elsewhere are escaped here, so that no caller can forget it.

import { escapeText } from "../lib/escape.ts";

const PRIORITIES = { error: 3, warning: 4, info: 6 } as const;

export function log(priority: keyof typeof PRIORITIES, text: string): void {
  Deno.stderr.writeSync(
    new TextEncoder().encode(`<${PRIORITIES[priority]}>pvd-helper: ${escapeText(text)}\n`),
  );
}
