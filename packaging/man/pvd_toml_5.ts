// pvd.toml(5) and the file /etc/pvd/pvd.toml that is installed, both from the broker's table of settings. Pure.

import { type DescribedSetting, describedSettings } from "../../broker/settings_table.ts";
import { bold, entry, type PageFacts, paragraphs, roff, section, title, verbatim } from "./roff.ts";

/** The page's source. */
export function pvdTomlPage(
  facts: PageFacts,
  settings: readonly DescribedSetting[] = describedSettings(),
): string {
  const page = [
    ...title("PVD.TOML", 5, facts, "File Formats"),
    section("NAME"),
    `pvd.toml \\- ${roff("settings of the broker of pvd")}`,
    section("SYNOPSIS"),
    "\\fI/etc/pvd/pvd.toml\\fR",
    section("DESCRIPTION"),
    ...paragraphs([
      "The file is TOML, one setting a line. The broker (`pvd broker`) reads it once, at its start. A file that is not " +
      "there, or empty, is the defaults. A setting that does not exist, or a value that cannot be, ends the broker with " +
      "status 78 and one sentence that names file, line and setting.",
    ]),
    section("SETTINGS"),
    ...settings.flatMap(({ name, type, explanation, ...rest }) =>
      entry(bold(name), [`${capital(type)}. ${defaultSentence(rest)}`, ...explanation])
    ),
    section("EXAMPLE"),
    ...verbatim(settings.slice(0, 3).map(({ name, example }) => `${name} = ${example}`), true),
    section('"SEE ALSO"'),
    ".BR pvd (1),",
    ".BR pvd\\-advertise.toml (5),",
    ".BR polkit (8)",
  ];
  return `${page.join("\n")}\n`;
}

const MAX_COMMENT_CHARS = 100;

/** The file that is installed: every setting explained, none set. Without its "#" a line sets what it shows. */
export function pvdTomlFile(settings: readonly DescribedSetting[] = describedSettings()): string {
  const head = [
    "# Settings of the broker of pvd; see pvd.toml(5). Every line here is a comment: what is set is what pvd does",
    "# by itself. Take away the # before a setting and change it, then restart the service.",
  ];
  const blocks = settings.map((setting) => [
    ...setting.explanation.flatMap(comment),
    ...comment(`${capital(setting.type)}. ${defaultSentence(setting)}`),
    `#${setting.name} = ${setting.default ?? setting.example}`,
  ]);
  return `${[head, ...blocks].map((block) => block.join("\n")).join("\n\n")}\n`;
}

function defaultSentence({ default: value, unset }: Pick<DescribedSetting, "default" | "unset">): string {
  return value === null ? `Where it is not set: ${unset}.` : `The default is ${value}.`;
}

function comment(text: string): string[] {
  const out: string[] = [];
  let line = "#";
  for (const word of text.split(" ")) {
    if (line.length + 1 + word.length > MAX_COMMENT_CHARS) {
      out.push(line);
      line = "#";
    }
    line += ` ${word}`;
  }
  return [...out, line];
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
