// Text for people out of values: lifetimes, sizes, widths. Pure.

import { escapeText } from "../lib/escape.ts";

/** "29 min 58 s left", "ends now", "no end". */
export function lifetimeText(seconds: number | null): string {
  if (seconds === null) return "no end";
  return seconds === 0 ? "ends now" : `${durationText(seconds)} left`;
}

const UNITS = [["d", 86_400], ["h", 3_600], ["min", 60], ["s", 1]] as const;

/** The two largest units: "1 d 3 h". */
export function durationText(seconds: number): string {
  const first = UNITS.findIndex(([, size]) => seconds >= size);
  if (first < 0) return "0 s";
  let rest = seconds;
  const parts: string[] = [];
  for (const [unit, size] of UNITS.slice(first, first + 2)) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.join(" ");
}

/** "31.2 MiB" */
export function sizeText(bytes: number): string {
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** Two columns each: East Asian Wide and Fullwidth, and emoji. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const COMBINING = /\p{M}/u;

/** The columns that escaped text takes on a terminal. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += WIDE.test(character) ? 2 : COMBINING.test(character) ? 0 : 1;
  return width;
}

/** One character of escaped text: an escape is never cut in two, so that what is left of it cannot be misread. */
const CHARACTERS = /\\x[0-9a-f]{2}|\\u\{[0-9a-f]+\}|\\\d{3}|[^]/gu;

/** At most `width` columns of escaped text, cut in the middle: ids of one network often differ in their ends. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  const characters = text.match(CHARACTERS) ?? [];
  const take = (from: readonly string[], columns: number) => {
    const taken: string[] = [];
    let used = 0;
    for (const character of from) {
      used += widthOf(character);
      if (used > columns) break;
      taken.push(character);
    }
    return taken;
  };
  const head = take(characters, Math.ceil((width - 1) / 2));
  const tail = take(characters.toReversed(), Math.floor((width - 1) / 2)).toReversed();
  return `${head.join("")}…${tail.join("")}`;
}

/** A message that may hold text from a network, escaped or not: made safe, its backslashes left as they are. */
export function messageText(message: string): string {
  return message.split("\\").map(escapeText).join("\\");
}

/** Padded with spaces to `width` columns. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}
