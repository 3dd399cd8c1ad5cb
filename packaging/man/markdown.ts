// As much of Markdown as docs/advertise.md uses, as the source of a man page: headings, paragraphs, lists, tables and
// code. So the page and the document cannot say different things. Pure. What it does not know is an error.

import { entry, inline, lines, roff, section, subsection, verbatim } from "./roff.ts";

/** Everything after the document's title. */
export function markdownToRoff(text: string): string[] {
  const out: string[] = [];
  const source = text.split("\n");
  let at = 0;
  let fresh = true;
  const take = (belongs: (line: string) => boolean) => {
    const taken: string[] = [];
    for (let line = source[at]; line !== undefined && belongs(line); line = source[++at]) taken.push(line);
    return taken;
  };
  while (at < source.length) {
    const line = source[at] ?? "";
    if (line === "" || line.startsWith("# ")) {
      at++;
    } else if (line.startsWith("## ")) {
      out.push(section(`"${roff(plain(line.slice(3)).toUpperCase())}"`));
      at++;
      fresh = true;
    } else if (line.startsWith("### ")) {
      out.push(subsection(plain(line.slice(4))));
      at++;
      fresh = true;
    } else if (line.startsWith("```")) {
      at++;
      out.push(...verbatim(take((each) => !each.startsWith("```")), fresh));
      at++;
    } else if (line.startsWith("|")) {
      out.push(...table(take((each) => each.startsWith("|")).map(cellsOf)));
    } else if (line.startsWith("- ")) {
      at++;
      const item = [line.slice(2), ...take((each) => /^ +\S/.test(each)).map((each) => each.trim())];
      out.push(".IP \\(bu 2", ...lines(inline(item.join(" "))));
    } else if (/^[#>*+|]|^\d+\. /.test(line) && !line.startsWith("**")) {
      throw new Error(`the man page cannot show this of the document: ${line}`);
    } else {
      const paragraph = take((each) => each !== "" && !/^[|#`-]{1,3}[ |`]/.test(each));
      if (paragraph.length === 0) throw new Error(`the man page cannot show this of the document: ${line}`);
      out.push(...(fresh ? [] : [".PP"]), ...lines(inline(paragraph.join(" "))));
    }
    if (line !== "" && !line.startsWith("#")) fresh = false;
  }
  return out;
}

/** Each row as an entry: its term is what is no default and no meaning. A first cell that is empty is the one above. */
function table([head = [], , ...rows]: readonly (readonly string[])[]): string[] {
  const meaningAt = head.length - 1;
  const defaultAt = head.indexOf("default");
  let group = "";
  return rows.flatMap((row) => {
    if ((row[0] ?? "") !== "") group = row[0] ?? "";
    const terms = [group, ...row.slice(1, meaningAt)].filter((cell, index) =>
      index !== defaultAt && cell !== ""
    );
    const given = defaultAt < 0 ? "" : row[defaultAt] ?? "";
    const meaning = row[meaningAt] ?? "";
    const text = meaning === ""
      ? ""
      : `${meaning.charAt(0).toUpperCase()}${meaning.slice(1)}${/[.!?]$/.test(meaning) ? "" : "."}`;
    const byDefault = given === "" ? "" : given === "required" ? " Required." : ` The default: ${given}.`;
    return entry(terms.map(term).join(" "), [`${text}${byDefault}`.trim()]);
  });
}

/** A cell in code is bold already. */
function term(cell: string): string {
  return cell.includes("`") ? inline(cell) : `\\fB${inline(cell)}\\fR`;
}

function cellsOf(row: string): string[] {
  return row.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function plain(text: string): string {
  return text.replaceAll("`", "");
}
