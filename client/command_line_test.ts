// pvd's command line: what is understood, and what is refused with which words.

import assert from "node:assert/strict";
import { parseCommandLine } from "./command_line.ts";
import { COMMANDS } from "./commands.ts";
import { UsageError } from "./errors.ts";
import { usageSentence } from "./output.ts";

function command(...args: string[]) {
  const line = parseCommandLine(args);
  assert(line.type === "command", `${args.join(" ")} is a command`);
  return line;
}

function refused(...args: string[]): UsageError {
  try {
    parseCommandLine(args);
  } catch (error) {
    assert(error instanceof UsageError);
    return error;
  }
  assert.fail(`${args.join(" ")} was understood`);
}

Deno.test("parseCommandLine reads switches and values before and after the positionals", () => {
  const line = command("show", "office", "--json", "--socket=/run/x");
  assert.equal(line.command.name, "show");
  assert.deepEqual([...line.switches], ["--json"]);
  assert.equal(line.values.get("--socket"), "/run/x");
  assert.deepEqual(line.positionals, ["office"]);
  assert.equal(command("--socket", "/run/y", "list").values.get("--socket"), "/run/y");
});

Deno.test("parseCommandLine leaves everything after DOMAIN to the program, flags and further -- too", () => {
  const line = command("run", "--socket", "/s", "office", "ls", "--json", "-h", "--", "--socket", "x");
  assert.deepEqual(line.positionals, ["office"]);
  assert.deepEqual(line.program, ["ls", "--json", "-h", "--", "--socket", "x"]);
  assert.equal(line.values.get("--socket"), "/s");
});

Deno.test("parseCommandLine skips one -- right after DOMAIN and not the next", () => {
  assert.deepEqual(command("run", "office", "--", "-x", "a").program, ["-x", "a"]);
  assert.deepEqual(command("run", "office", "--", "--", "a").program, ["--", "a"]);
});

Deno.test("parseCommandLine takes what follows a -- in DOMAIN's place for the program, and what follows --match", () => {
  for (
    const [args, positionals, program] of [
      [["run", "--", "ssh", "-v", "--", "x"], [], ["ssh", "-v", "--", "x"]],
      [["run", "--", "-x"], [], ["-x"]],
      [["run", "--match", "a=b", "ssh", "--json"], [], ["ssh", "--json"]],
      [["run", "--match=a=b", "--", "ssh"], [], ["ssh"]],
      [["run", "--socket", "/s", "--match=a=b", "--no-ask-password", "-", "a"], [], ["-", "a"]],
      [["run", "office", "--match", "a=b"], ["office"], ["--match", "a=b"]],
      [["run", "office", "--match=a=b", "--"], ["office"], ["--match=a=b", "--"]],
      [["socket", "--connect", "[::1]:1", "--", "ssh"], [], ["ssh"]],
    ] as const
  ) {
    const line = command(...args);
    assert.deepEqual([line.positionals, line.program], [positionals, program], args.join(" "));
  }
  assert.equal(command("run", "--match=a=b", "ssh").values.get("--match"), "a=b");
});

Deno.test("parseCommandLine ends options at -- and takes - for a positional", () => {
  assert.deepEqual(command("decode", "--", "--json").positionals, ["--json"]);
  assert.deepEqual(command("decode", "-").positionals, ["-"]);
});

Deno.test("parseCommandLine gives commands that read their own arguments all of them", () => {
  assert.deepEqual(command("decode", "--json", "a.pcap").rest, ["--json", "a.pcap"]);
});

Deno.test("parseCommandLine understands every way to ask for help and for the version", () => {
  const ofHelp = [["help", "help"], ["help", "--help"], ["help", "-h"]];
  for (const args of [[], ["--help"], ["-h"], ["help"], ["-h", "--bogus"], ...ofHelp]) {
    assert.deepEqual(parseCommandLine(args), { type: "help", command: null });
  }
  for (
    const args of [["help", "run"], ["run", "--help"], ["run", "-h"], ["-h", "run"], ["run", "--bogus", "-h"]]
  ) {
    const line = parseCommandLine(args);
    assert(line.type === "help");
    assert.equal(line.command?.name, "run");
  }
  assert.deepEqual(parseCommandLine(["--version"]), { type: "version" });
});

Deno.test("parseCommandLine refuses what is not in the table, with the near name", () => {
  const sentences: readonly (readonly [readonly string[], string])[] = [
    [["lsit"], 'there is no command "lsit"; did you mean list? See `pvd help`'],
    [["xyzzy"], 'there is no command "xyzzy"; see `pvd help`'],
    [[""], 'there is no command ""; see `pvd help`'],
    [["list", "--jsn"], 'there is no option "--jsn" here; did you mean --json? See `pvd help list`'],
    [["list", "-x"], 'there is no option "-x" here; see `pvd help list`'],
    [["list", "--json=1"], "--json takes no value; see `pvd help list`"],
    [["list", "--socket"], "--socket needs a value: PATH; see `pvd help list`"],
    [["list", "--socket="], "--socket needs a value: PATH; see `pvd help list`"],
    [["list", "--socket=a", "--socket=b"], "--socket is given twice; see `pvd help list`"],
    [["list", "eth0"], '"eth0" is one argument too many; see `pvd help list`'],
    [["show"], "DOMAIN is missing; see `pvd help show`"],
    [["run"], "COMMAND is missing; see `pvd help run`"],
    [["run", "--"], "COMMAND is missing; see `pvd help run`"],
    [["run", "--match", "a=b"], "COMMAND is missing; see `pvd help run`"],
    [["run", "--match=a=b", "--"], "COMMAND is missing; see `pvd help run`"],
    [["run", "--match"], "--match needs a value: NAME=VALUE,...; see `pvd help run`"],
    [["shell", "--match=a=b", "x"], "DOMAIN and --match exclude each other; see `pvd help shell`"],
    [["run", "office"], "COMMAND is missing; see `pvd help run`"],
    [["run", "office", "--"], "COMMAND is missing; see `pvd help run`"],
    [["advertise"], "--config FILE is missing; see `pvd help advertise`"],
    [["\x1b[2J\n"], 'there is no command "\\u001b[2J\\n"; see `pvd help`'],
  ];
  for (const [args, sentence] of sentences) assert.equal(usageSentence(refused(...args)), sentence);
});

Deno.test("parseCommandLine remembers that errors are wanted as JSON, wherever --json stands", () => {
  assert.equal(refused("list", "--bogus", "--json").json, true);
  assert.equal(refused("lsit", "--json").json, true);
  assert.equal(refused("list", "--bogus").json, false);
  for (
    const [json, args] of [
      [true, ["--json", "list"]],
      [true, ["--json", "lsit"]],
      [true, ["--json"]],
      [true, ["--bogus", "--json", "list"]],
      [true, ["--bogus", "list", "--json"]],
      [true, ["--bogus", "lsit", "--json"]],
      [true, ["help", "lsit", "--json"]],
      [false, ["--bogus", "list"]],
      [false, ["--bogus", "run", "office", "ls", "--json"]],
      [false, ["--socket", "--json", "--bogus", "list"]],
    ] as const
  ) assert.equal(refused(...args).json, json, args.join(" "));
});

Deno.test("COMMANDS has each name once, and required positionals before optional ones, but for DOMAIN before COMMAND", () => {
  assert.equal(new Set(COMMANDS.map((each) => each.name)).size, COMMANDS.length);
  for (const { positionals, takesProgram } of COMMANDS) {
    const required = positionals.filter(({ kind }) => !takesProgram || kind !== "domain")
      .map((each) => each.required);
    assert.deepEqual(required, required.toSorted((a, b) => Number(b) - Number(a)));
  }
});
