// Help as text, from the table in commands.ts. Pure; imported only when somebody asks.

import { type Command, COMMANDS, HELP, type Option, SOCKET, VERSION } from "./commands.ts";

/** "pvd run [--socket PATH] [DOMAIN] [--] COMMAND [ARG...]" */
export function usageOf(command: Command): string {
  const options = optionsOf(command).filter((option) => option !== HELP)
    .map((option) => option.required ? spelled(option) : `[${spelled(option)}]`);
  const positionals = command.positionals.flatMap(({ name, kind, required }) => [
    ...(command.takesProgram && kind === "command" ? ["[--]"] : []),
    required ? name : `[${name}]`,
  ]);
  const rest = command.takesProgram ? ["[ARG...]"] : [];
  return ["pvd", command.name, ...options, ...positionals, ...rest].join(" ");
}

/** `pvd --help` */
export function generalHelp(): string {
  return [
    "pvd starts programs in provisioning domains (PvDs): each its own network, side by side, without root.",
    "",
    "usage: pvd COMMAND [OPTION...] [ARGUMENT...]",
    "",
    "commands:",
    ...columns(COMMANDS.map((command) => [command.name, command.summary])),
    "",
    "options:",
    ...columns([SOCKET, HELP, VERSION].map((option) => [spelled(option), option.description])),
    "",
    "`pvd help COMMAND` tells more of one.",
    "",
  ].join("\n");
}

/** `pvd COMMAND --help` */
export function commandHelp(command: Command): string {
  const lines = [
    ...wrap(`usage: ${usageOf(command)}`, 73).map((line, at) => at === 0 ? line : `       ${line}`),
    "",
  ];
  for (const paragraph of command.description) lines.push(...wrap(paragraph, 78), "");
  if (command.positionals.length > 0) {
    lines.push(
      "arguments:",
      ...columns(command.positionals.map((each) => [each.name, each.description])),
      "",
    );
  }
  lines.push("options:", ...columns(optionsOf(command).map((each) => [spelled(each), each.description])), "");
  lines.push("exit status:", ...columns(command.exitStatuses.map((each) => [each.status, each.meaning])), "");
  if (command.examples.length > 0) {
    lines.push(
      "examples:",
      ...command.examples.map((each) => `  ${each}`),
      "",
    );
  }
  return lines.join("\n");
}

/** The command's own and those that it has in common with others. */
export function optionsOf(command: Command): Option[] {
  return [...command.options, ...(command.asksBroker ? [SOCKET] : []), HELP];
}

/** "--socket PATH" */
export function spelled(option: Option): string {
  return option.value === null ? option.name : `${option.name} ${option.value}`;
}

function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.flatMap(([left, right]) =>
    wrap(right, 74 - width).map((line, index) => `  ${(index === 0 ? left : "").padEnd(width)}  ${line}`)
  );
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
