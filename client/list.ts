// `pvd list`: every PvD on a line, or on more where the terminal is narrow. Formatting is pure; text that a router
// chose goes through escapeText.

import { escapeName, escapeText } from "../lib/escape.ts";
import type { DomainState, DomainView } from "../lib/protocol.ts";
import type { Broker } from "./api.ts";
import { matching, parseCriteria } from "./match.ts";
import { jsonDocument } from "./output.ts";
import { print, standardOutput, type Style, styled, type Terminal } from "./terminal.ts";
import { cut, padded, widthOf } from "./text.ts";

/** Runs the command; `match` is the text of --match. Throws ClientError. */
export async function list(broker: Broker, json: boolean, match: string | null): Promise<number> {
  const criteria = match === null ? null : parseCriteria(match);
  const all = await broker.list();
  const domains = criteria === null ? all : matching(all, criteria);
  if (json) print(jsonDocument({ domains }));
  else if (domains.length === 0 && match !== null) print(`No PvD has ${escapeText(match)}.\n`);
  else print(formatList(domains, standardOutput()));
  return 0;
}

export const STATE_STYLES: Readonly<Record<DomainState, Style>> = {
  configuring: "waiting",
  ready: "good",
  ending: "waiting",
  failed: "bad",
};

const GAP = "  ";
/** What is left of an id where the terminal is very narrow. */
const MIN_ID_WIDTH = 12;

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly link: string;
  readonly router: string;
  readonly address: string;
  readonly state: string;
}

const HEADINGS: Row = {
  id: "ID",
  kind: "KIND",
  link: "LINK",
  router: "ROUTER",
  address: "ADDRESS",
  state: "STATE",
};

/** The table, ended by a newline. */
export function formatList(domains: readonly DomainView[], terminal: Terminal): string {
  if (domains.length === 0) {
    return "There are no PvDs: no router has advertised any. `pvd status` shows the links that are listened to.\n";
  }
  const rows = [HEADINGS, ...domains.map(rowOf)];
  const styles: Style[] = ["heading", ...domains.map((domain) => STATE_STYLES[domain.state])];
  const wide = layOut(rows, WIDE_COLUMNS, styles, terminal);
  if (terminal.width === null || fits(rows, WIDE_COLUMNS, terminal.width)) return `${wide.join("\n")}\n`;
  return `${narrow(rows, styles, terminal, terminal.width).join("\n")}\n`;
}

const WIDE_COLUMNS: readonly (keyof Row)[] = ["id", "kind", "link", "router", "address", "state"];
const NARROW_COLUMNS: readonly (keyof Row)[] = ["id", "kind", "link", "state"];

function rowOf(domain: DomainView): Row {
  const addresses = domain.addresses.toSorted((a, b) =>
    Number(a.preferredS === 0) - Number(b.preferredS === 0)
  );
  return {
    id: escapeName(domain.id),
    kind: domain.kind,
    link: escapeText(domain.link),
    router: firstOf(domain.routers.map((router) => router.address)),
    address: firstOf(addresses.map((address) => address.address)),
    state: domain.state,
  };
}

/** "fe80::1 +2": the first, and how many more. */
function firstOf(values: readonly string[]): string {
  const [first, ...others] = values;
  if (first === undefined) return "-";
  return escapeText(first) + (others.length > 0 ? ` +${others.length}` : "");
}

function fits(rows: readonly Row[], columns: readonly (keyof Row)[], width: number): boolean {
  const used = columns.map((column) => Math.max(...rows.map((row) => widthOf(row[column]))));
  return used.reduce((sum, each) => sum + each, GAP.length * (columns.length - 1)) <= width;
}

function layOut(
  rows: readonly Row[],
  columns: readonly (keyof Row)[],
  styles: readonly Style[],
  terminal: Terminal,
): string[] {
  const widths = columns.map((column) => Math.max(...rows.map((row) => widthOf(row[column]))));
  return rows.map((row, index) => {
    const cells = columns.map((column, at) => {
      const style = styles[index];
      const isLast = at === columns.length - 1;
      const cell = isLast ? row[column] : padded(row[column], widths[at] ?? 0);
      return style !== undefined && (isLast || style === "heading") ? styled(terminal, style, cell) : cell;
    });
    return cells.join(GAP);
  });
}

/** Router and address on lines of their own; ids are cut only where even that is too wide, and never so that two of them
 * look alike: then they are shown whole, and the lines are too long. */
function narrow(rows: readonly Row[], styles: readonly Style[], terminal: Terminal, width: number): string[] {
  const others = NARROW_COLUMNS.filter((column) => column !== "id")
    .reduce((sum, column) => sum + GAP.length + Math.max(...rows.map((row) => widthOf(row[column]))), 0);
  const idWidth = Math.max(MIN_ID_WIDTH, width - others);
  const whole = new Map<string, Set<string>>();
  for (const { id } of rows) whole.set(cut(id, idWidth), (whole.get(cut(id, idWidth)) ?? new Set()).add(id));
  const cutRows = rows.map((row) => {
    const id = cut(row.id, idWidth);
    return whole.get(id)?.size === 1 ? { ...row, id } : row;
  });
  const lines = layOut(cutRows, NARROW_COLUMNS, styles, terminal);
  return lines.flatMap((line, index) => {
    const row = rows[index];
    if (row === undefined || index === 0) return [line];
    const both = `${GAP}router ${row.router}, address ${row.address}`;
    if (widthOf(both) <= width) return [line, both];
    return [line, cut(`${GAP}router ${row.router}`, width), cut(`${GAP}address ${row.address}`, width)];
  });
}
