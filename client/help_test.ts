// Help is made from the table: nothing in the table may be missing from it, and it fits a terminal.

import assert from "node:assert/strict";
import { COMMANDS } from "./commands.ts";
import { commandHelp, generalHelp, usageOf } from "./help.ts";

Deno.test("generalHelp names every command with its summary", () => {
  for (const { name, summary } of COMMANDS) {
    assert.match(generalHelp(), new RegExp(`^  ${name} +\\S`, "m"), summary);
  }
});

Deno.test("commandHelp names every option, positional and exit status of a command within 80 columns", () => {
  for (const command of COMMANDS) {
    const help = commandHelp(command);
    const named = [...command.options, ...command.positionals].map((each) => each.name);
    for (const name of [...named, ...command.exitStatuses.map((each) => each.status)]) {
      assert(help.split("\n").some((line) => line.startsWith(`  ${name} `)), `${command.name}: ${name}`);
    }
    for (const line of help.split("\n")) assert(line.length <= 80, line);
  }
});

Deno.test("usageOf shows what is required, what is optional and where the program begins", () => {
  const usages = COMMANDS.map(usageOf);
  const run = usages.find((usage) => usage.startsWith("pvd run "));
  assert.match(
    run ?? "",
    / \[--match NAME=VALUE,\.\.\.\] .*\[--socket PATH\] \[DOMAIN\] \[--\] COMMAND \[ARG\.\.\.\]$/,
  );
  assert(usages.includes("pvd default [--clear] [--json] [--socket PATH] [DOMAIN]"));
  assert(usages.includes("pvd solicit [--json] [--socket PATH] [LINK]"));
  assert(usages.includes("pvd advertise --config FILE [--check] [--once]"));
});
