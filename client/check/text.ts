// The table of `pvd check` for people: a verdict a row, and below a row what to do. Pure.

import { escapeName, escapeText } from "../../lib/escape.ts";
import { type Style, styled, type Terminal } from "../terminal.ts";
import { messageText, padded, widthOf } from "../text.ts";
import { type Row, type Verdict, worst } from "./rows.ts";

const VERDICTS: Readonly<Record<Verdict, readonly [word: string, style: Style | null]>> = {
  ok: ["ok", "good"],
  warning: ["warning", "waiting"],
  problem: ["PROBLEM", "bad"],
  notTried: ["not tried", null],
};
const CHECKS: Readonly<Record<Row["check"], string>> = {
  state: "state",
  start: "start",
  namespace: "network",
  interfaces: "interfaces",
  address: "address",
  defaultRoute: "default route",
  router: "router",
  resolverFile: "resolver file",
  resolver: "resolver",
  lookup: "look-up",
  nameSources: "name sources",
  hostService: "host's",
};
const FAMILY_WORDS = { ipv6: "IPv6", ipv4: "IPv4" } as const;
const GAP = "  ";
/** What can be left for the last column, however narrow the terminal is. */
const LEAST_WIDTH = 24;

/** The whole answer, ended by a newline. */
export function formatCheck(id: string, rows: readonly Row[], terminal: Terminal): string {
  const names = rows.map(nameOf);
  const nameWidth = Math.max(...names.map(widthOf));
  const verdictWidth = Math.max(...rows.map(({ verdict }) => VERDICTS[verdict][0].length));
  const indent = verdictWidth + GAP.length + nameWidth + GAP.length;
  const width = terminal.width === null ? null : Math.max(LEAST_WIDTH, terminal.width - indent);
  const lines = rows.flatMap((each, at) => {
    const [word, style] = VERDICTS[each.verdict];
    const shown = style === null ? word : styled(terminal, style, word);
    const head = shown + " ".repeat(verdictWidth - word.length) + GAP + padded(names[at] ?? "", nameWidth) +
      GAP;
    const [first = "", ...more] = wrapped(messageText(each.found), width);
    const advice = each.advice === null ? [] : wrapped(`-> ${messageText(each.advice)}`, width);
    return [head + first, ...[...more, ...advice].map((line) => " ".repeat(indent) + line)];
  });
  return `${lines.join("\n")}\n\n${conclusion(id, rows)}\n`;
}

function nameOf({ check, family, subject }: Row): string {
  const parts = [CHECKS[check], family === null ? "" : FAMILY_WORDS[family], escapeText(subject ?? "")];
  return parts.filter((part) => part !== "").join(" ");
}

function conclusion(id: string, rows: readonly Row[]): string {
  const name = escapeName(id);
  const count = (verdict: Verdict) => rows.filter((each) => each.verdict === verdict).length;
  const counted = (number: number, word: string) => `${number} ${word}${number === 1 ? "" : "s"}`;
  const warnings = count("warning") === 0 ? "" : counted(count("warning"), "warning");
  switch (worst(rows)) {
    case "ok":
      return `PvD ${name} works.`;
    case "warning":
      return `PvD ${name} works, with ${warnings}.`;
    case "problem": {
      const and = warnings === "" ? "" : ` and ${warnings}`;
      return `PvD ${name} has ${counted(count("problem"), "problem")}${and}.`;
    }
  }
}

/** Whole words on lines of at most `width` columns; longer words stay whole. */
function wrapped(text: string, width: number | null): string[] {
  if (width === null) return [text];
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
