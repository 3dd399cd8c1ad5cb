// The broker's log: one line each to standard error, with the priority as journald reads it (lib/linux/journal.ts).
// Text from the network is escaped here, whatever the caller did.

import { escapeText } from "../lib/escape.ts";
import { priorityPrefix } from "../lib/linux/journal.ts";

/** syslog(3): 3 somebody must act, 4 something is off, 6 worth knowing, 7 for developers. */
const PRIORITIES = { error: 3, warning: 4, info: 6, debug: 7 } as const;

export type LogLevel = keyof typeof PRIORITIES;
export type Log = (level: LogLevel, message: string) => void;

/** Longer lines are cut: no message needs more, and some carry what the network sent. */
const MAX_LINE_CHARS = 1000;

export function logLine(prefix: string, message: string): string {
  return `${prefix}${escapeOnce(message).slice(0, MAX_LINE_CHARS)}\n`;
}

export const logToStderr: Log = (level, message) => {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(logLine(priorityPrefix(PRIORITIES[level]), message)));
  } catch {
    // A closed or full standard error must not stop the service.
  }
};

/** Messages are partly escaped already: a backslash stays one. */
function escapeOnce(message: string): string {
  return message.split("\\").map(escapeText).join("\\");
}

/** Of what a flood repeats, powers of ten are told: it is told of, not followed. */
export function isToldOf(count: number): boolean {
  return /^10*$/.test(String(count));
}

/** What an exception says, for a log line. */
export function describeError(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
