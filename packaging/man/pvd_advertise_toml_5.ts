// pvd-advertise.toml(5), from docs/advertise.md, which is the one description of those settings
// (client/advertise/settings_schema.ts); pages_test.ts holds the two to each other. Pure.

import { markdownToRoff } from "./markdown.ts";
import { type PageFacts, roff, section, title } from "./roff.ts";

/** The page's source; `document` is docs/advertise.md. */
export function pvdAdvertiseTomlPage(facts: PageFacts, document: string): string {
  const page = [
    ...title("PVD\\-ADVERTISE.TOML", 5, facts, "File Formats"),
    section("NAME"),
    `pvd\\-advertise.toml \\- ${roff("settings of pvd advertise, the router's side of pvd")}`,
    section("SYNOPSIS"),
    "\\fBpvd\\fR \\fBadvertise\\fR \\fB\\-\\-config\\fR \\fIFILE\\fR [\\fB\\-\\-check\\fR | \\fB\\-\\-once\\fR]",
    section("DESCRIPTION"),
    ...markdownToRoff(document),
    section('"SEE ALSO"'),
    ".BR pvd (1),",
    ".BR pvd.toml (5),",
    ".BR radvd.conf (5)",
  ];
  return `${page.join("\n")}\n`;
}
