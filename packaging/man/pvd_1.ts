// pvd(1), from the table of commands. Pure.

import { type Command, COMMANDS, HELP, type Option, SOCKET, VERSION } from "../../client/commands.ts";
import { optionsOf, usageOf } from "../../client/help.ts";
import { CLIENT_SOCKET, DOMAINS_FILE_NAME } from "../../lib/protocol.ts";
import { DOCUMENTS } from "../paths.ts";
import {
  bold,
  entry,
  inline,
  lines,
  type PageFacts,
  paragraphs,
  roff,
  section,
  subsection,
  title,
  verbatim,
} from "./roff.ts";

const DESCRIPTION = [
  "A provisioning domain (PvD, RFC 7556) is one coherent set of network configuration: prefixes, routers, routes, " +
  "resolvers. Routers announce them (RFC 8801), several on one link perhaps. `pvd` keeps each in a network " +
  "namespace of its own, and starts unmodified programs there, without root and without touching the rest of the " +
  "machine's network. What cannot be done in the PvD is an error: nothing goes out through the host's own network " +
  "instead.",
];

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ["PVD_SOCKET", `The broker's socket, where no --socket says it; else ${CLIENT_SOCKET}.`],
  ["PVD_DEBUG", "1: where something fails that should not, say where in the program."],
  ["NO_COLOR", "Anything: no colours. There are none either where standard output is no terminal."],
  ["COLUMNS", "The width of the terminal, where that does not tell it itself."],
  ["SHELL", "What `pvd shell` starts."],
  ["XDG_CONFIG_HOME", "Where a person's settings are, if it is an absolute path; else ~/.config."],
  [
    "XDG_DATA_HOME, XDG_DATA_DIRS",
    "Where `pvd desktop` writes and looks for desktop entries, and where profiles of browsers are; else ~/.local/share, " +
    "and /usr/local/share:/usr/share.",
  ],
  ["DBUS_SESSION_BUS_ADDRESS", "The bus that `pvd run` asks whether a copy of a program runs already."],
  ["PVD_DOMAIN, debian_chroot, PS1", "Set by `pvd shell` for the shell that it starts."],
];

const FILES: readonly (readonly [string, string])[] = [
  ["/etc/pvd/pvd.toml", "The broker's settings, see pvd.toml(5)."],
  [
    "$XDG_CONFIG_HOME/pvd/config.toml",
    "A person's own: `default`, the id of the PvD for command lines without DOMAIN.",
  ],
  ["$XDG_DATA_HOME/applications/pvd-*.desktop", "The entries that `pvd desktop` makes."],
  ["$XDG_DATA_HOME/pvd/profiles", "Profiles of browsers started with --new-instance, one a PvD and browser."],
  [CLIENT_SOCKET, "Where the broker listens."],
  [
    `${CLIENT_SOCKET.slice(0, CLIENT_SOCKET.lastIndexOf("/"))}/${DOMAINS_FILE_NAME}`,
    "What DOMAIN can be, for shells to complete. Shells read it by themselves, so completing starts nothing.",
  ],
];

/** The page's source. */
export function pvdPage(facts: PageFacts, commands: readonly Command[] = COMMANDS): string {
  const page = [
    ...title("PVD", 1, facts, "User Commands"),
    section("NAME"),
    `pvd \\- ${roff("start programs in provisioning domains, each its own network")}`,
    section("SYNOPSIS"),
    ...commands.flatMap((command, index) => [...(index === 0 ? [] : [".br"]), usage(command)]),
    ".br",
    `${bold("pvd")} ${bold("help")} [COMMAND]`,
    section("DESCRIPTION"),
    ...paragraphs(DESCRIPTION),
    section("COMMANDS"),
    ...commands.flatMap(commandSection),
    section("OPTIONS"),
    ...lines(
      inline("These stand before the command's name; `--socket` and `--help` may stand after it too."),
    ),
    ...[SOCKET, HELP, VERSION].flatMap(optionEntry),
    section('"EXIT STATUS"'),
    "Each command's own list is in its help.",
    ...statuses(commands).flatMap(([status, meaning]) => entry(bold(status), [`${meaning}.`])),
    section("ENVIRONMENT"),
    ...ENVIRONMENT.flatMap(([name, meaning]) => entry(bold(name), [meaning])),
    section("FILES"),
    ...FILES.flatMap(([name, meaning]) => entry(`\\fI${roff(name)}\\fR`, [meaning])),
    section("EXAMPLES"),
    ...verbatim(commands.flatMap((command) => command.examples), true),
    section('"SEE ALSO"'),
    ".BR pvd.toml (5),",
    ".BR pvd\\-advertise.toml (5),",
    ".BR ip\\-netns (8),",
    ".BR polkit (8)",
  ];
  return `${page.join("\n")}\n`;
}

/** Each with all that it means: "done; of pvd check: no problem", what most commands mean first. */
function statuses(commands: readonly Command[]): (readonly [status: string, meaning: string])[] {
  const all = commands.flatMap(({ name, exitStatuses }) => exitStatuses.map((each) => ({ ...each, name })));
  const shown = [...Map.groupBy(all, ({ status }) => status)].map(([status, same]) => {
    const meanings = [...Map.groupBy(same, ({ meaning }) => meaning)]
      .toSorted(([, one], [, other]) => other.length - one.length)
      .map(([meaning, of], index) => {
        if (index === 0 && of.length > 1 || of.length === same.length) return meaning;
        return `of ${of.map(({ name }) => `pvd ${name}`).join(", ")}: ${meaning}`;
      });
    return [status, meanings.join("; ")] as const;
  });
  return shown.toSorted(([one], [other]) => order(one) - order(other));
}

/** Numbers first, in their order; "N" and "128+N" after them. */
function order(status: string): number {
  return /^\d+$/.test(status) ? Number(status) : 1000 + status.length;
}

function usage(command: Command): string {
  const [pvd = "", name = "", ...rest] = usageOf(command).split(" ");
  return [bold(pvd), bold(name), ...rest.map(roff)].join(" ");
}

function commandSection(command: Command): string[] {
  return [
    subsection(`pvd ${command.name}`),
    ...paragraphs(command.description),
    ...command.positionals.flatMap(({ name, description }) =>
      entry(`\\fI${roff(name)}\\fR`, [sentence(description)])
    ),
    ...optionsOf(command).filter((option) => option !== HELP && option !== SOCKET).flatMap(optionEntry),
  ];
}

function optionEntry({ name, value, description }: Option): string[] {
  return entry(value === null ? bold(name) : `${bold(name)} \\fI${roff(value)}\\fR`, [sentence(description)]);
}

/** The table's phrases have no capital and no full stop, and name documents as the project has them. */
function sentence(phrase: string): string {
  const installed = phrase.replace(/(?<![\w/])docs\/(?=[a-z-]+\.md\b)/g, `${DOCUMENTS}/docs/`);
  return `${installed.charAt(0).toUpperCase()}${installed.slice(1)}.`;
}
