// What standard output can show, and writing to it. Touches standard output and standard error only.

import { textEnvironment } from "./environment.ts";
import { writeError, writeOutput } from "./write.ts";

export interface Terminal {
  /** Columns to fit into; null: not a terminal, so whole lines. */
  readonly width: number | null;
  readonly colour: boolean;
}

const DEFAULT_COLUMNS = 80;

/** As NO_COLOR (no-color.org) and TERM say. */
export function standardOutput(): Terminal {
  if (!Deno.stdout.isTerminal()) return { width: null, colour: false };
  const plain = (textEnvironment.get("NO_COLOR") ?? "") !== "" || textEnvironment.get("TERM") === "dumb";
  return { width: consoleWidth(), colour: !plain };
}

/** TIOCGWINSZ (tty_ioctl(4)), else COLUMNS as shells set it, else 80. */
function consoleWidth(): number {
  try {
    const { columns } = Deno.consoleSize();
    // A terminal that nobody told its size says 0.
    if (columns > 0) return columns;
  } catch {
    // COLUMNS may know it.
  }
  const columns = textEnvironment.get("COLUMNS") ?? "";
  return /^[1-9]\d{0,3}$/.test(columns) ? Number(columns) : DEFAULT_COLUMNS;
}

export type Style = "heading" | "good" | "waiting" | "bad";

const SEQUENCES: Readonly<Record<Style, string>> = {
  heading: "\x1b[1m",
  good: "\x1b[32m",
  waiting: "\x1b[33m",
  bad: "\x1b[31m",
};

/** `text` in a style, where there is colour at all. */
export function styled(terminal: Terminal, style: Style, text: string): string {
  return terminal.colour ? `${SEQUENCES[style]}${text}\x1b[0m` : text;
}

/** All of `text`, now. Throws OutputError; BrokenPipe where nobody reads it any more. */
export function print(text: string): void {
  writeOutput(text);
}

/** One sentence on standard error, under pvd's name. Never throws. */
export function complain(sentence: string): void {
  writeError(`pvd: ${sentence}\n`);
}
