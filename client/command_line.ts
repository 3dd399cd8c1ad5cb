// Reads pvd's command line by the table in commands.ts. Pure: arguments in, what they ask for out; on the fast
// path of `pvd run`, so it imports the table and nothing else.

import { type Command, COMMANDS, findCommand, HELP, type Option, SOCKET, VERSION } from "./commands.ts";
import { UsageError } from "./errors.ts";

/** What asks for help itself. */
const HELP_WORDS = ["help", "--help", "-h"];

export type CommandLine =
  | { readonly type: "help"; readonly command: Command | null }
  | { readonly type: "version" }
  | CommandGiven;

/** A command with what it needs. */
export interface CommandGiven {
  readonly type: "command";
  readonly command: Command;
  /** The switches given, "--json". */
  readonly switches: ReadonlySet<string>;
  /** The options given with their values. */
  readonly values: ReadonlyMap<string, string>;
  /** Empty where DOMAIN is left out. */
  readonly positionals: readonly string[];
  /** For `run`: COMMAND and its arguments, always the last of the command line; otherwise empty. */
  readonly program: readonly string[];
  /** What stands after the command's name, as it was given, for commands that read it themselves. */
  readonly rest: readonly string[];
}

/** What `args` ask for. Throws UsageError. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const reader = new Reader(args);
  const before = reader.options(null);
  const name = reader.next();
  if (before.switches.has(HELP.name)) return { type: "help", command: findCommand(name ?? "") };
  if (before.problem !== null) throw withJson(before.problem, before.json || wantsJson(name, reader));
  if (before.switches.has(VERSION.name)) return { type: "version" };
  if (name === undefined) return { type: "help", command: null };
  if (name === "help") return helpFor(reader);
  const command = findCommand(name);
  if (command === null) throw unknownCommand(name, reader.rest().includes("--json"));
  return parseCommand(command, reader, before.values);
}

function helpFor(reader: Reader): CommandLine {
  const name = reader.next();
  if (name === undefined || HELP_WORDS.includes(name)) return { type: "help", command: null };
  const command = findCommand(name);
  if (command === null) throw unknownCommand(name, reader.rest().includes("--json"));
  return { type: "help", command };
}

/** Whether --json is behind the command's name, and pvd's. */
function wantsJson(name: string | undefined, reader: Reader): boolean {
  const command = findCommand(name ?? "");
  if (command === null) return reader.rest().includes("--json");
  return reader.options(command).switches.has("--json");
}

function withJson({ message, command, unknown }: UsageError, json: boolean): UsageError {
  return new UsageError(message, command, unknown, json);
}

function unknownCommand(word: string, json: boolean): UsageError {
  const choices = [...COMMANDS.map((command) => command.name), "help"];
  return new UsageError(`there is no command ${JSON.stringify(word)}`, null, { word, choices }, json);
}

function parseCommand(command: Command, reader: Reader, global: ReadonlyMap<string, string>): CommandLine {
  const rest = reader.rest();
  const found = reader.options(command);
  if (found.switches.has(HELP.name)) return { type: "help", command };
  const values = new Map([...global, ...found.values]);
  const fail = (message: string) => new UsageError(message, command.name, null, found.switches.has("--json"));
  if (found.problem !== null) {
    throw new UsageError(
      found.problem.message,
      command.name,
      found.problem.unknown,
      found.switches.has("--json"),
    );
  }
  if (global.size > 0 && !command.asksBroker) {
    throw fail(`${command.name} takes no ${SOCKET.name} before its name`);
  }
  const positionals = found.positionals;
  const program = found.program;
  const given = command.takesProgram && program.length > 0 ? command.positionals.length : positionals.length;
  const missing = command.positionals.slice(given).find((positional) => positional.required);
  if (missing !== undefined) throw fail(`${missing.name} is missing`);
  if (positionals.length > 0 && values.has("--match")) throw fail("DOMAIN and --match exclude each other");
  const surplus = positionals[command.positionals.length];
  if (surplus !== undefined) throw fail(`${JSON.stringify(surplus)} is one argument too many`);
  const absent = command.options.find((option) => option.required && !values.has(option.name));
  if (absent !== undefined) throw fail(`${absent.name} ${absent.value ?? ""} is missing`);
  return { type: "command", command, switches: found.switches, values, positionals, program, rest };
}

interface Found {
  readonly switches: Set<string>;
  readonly values: Map<string, string>;
  readonly positionals: string[];
  /** COMMAND and its arguments. */
  readonly program: readonly string[];
  /** Whether --json stands there, be it where it may not. */
  readonly json: boolean;
  /** The first thing wrong; the rest is read all the same, to know whether --json or --help is there. */
  readonly problem: UsageError | null;
}

class Reader {
  #at = 0;

  constructor(readonly args: readonly string[]) {}

  next(): string | undefined {
    return this.args[this.#at++];
  }

  rest(): readonly string[] {
    return this.args.slice(this.#at);
  }

  /** Reads options; without a command up to the first word, which is the command's name. */
  options(command: Command | null): Found {
    const known = command === null
      ? [HELP, VERSION, SOCKET]
      : [...command.options, HELP, ...(command.asksBroker ? [SOCKET] : [])];
    const switches = new Set<string>();
    const values = new Map<string, string>();
    const positionals: string[] = [];
    let program: readonly string[] = [];
    let json = false;
    let problem: UsageError | null = null;
    let stopped = false;
    for (let word = this.args[this.#at]; word !== undefined; word = this.args[this.#at]) {
      const isOption = !stopped && word.length > 1 && word.startsWith("-");
      if (!isOption && command === null) break;
      this.#at++;
      if (command?.takesProgram && (!isOption || word === "--")) {
        program = this.#program(word, values.has("--match"), positionals);
        break;
      }
      if (!isOption) {
        positionals.push(word);
        continue;
      }
      if (word === "--") {
        stopped = true;
        continue;
      }
      if (word === "--json") json = true;
      const failure = this.#option(word, known, switches, values);
      problem ??= failure;
    }
    return { switches, values, positionals, program, json, problem };
  }

  /** What is left, from the first word that is no option on: DOMAIN, where it is there, and the program. */
  #program(word: string, matched: boolean, positionals: string[]): readonly string[] {
    const rest = this.rest();
    this.#at = this.args.length;
    if (word === "--") return rest;
    if (matched) return [word, ...rest];
    positionals.push(word);
    return rest[0] === "--" ? rest.slice(1) : rest;
  }

  #option(
    word: string,
    known: readonly Option[],
    switches: Set<string>,
    values: Map<string, string>,
  ): UsageError | null {
    const equals = word.indexOf("=");
    const name = word === "-h" ? HELP.name : equals < 0 ? word : word.slice(0, equals);
    const option = known.find((each) => each.name === name);
    if (option === undefined) {
      const unknown = { word: name, choices: known.map((each) => each.name) };
      return new UsageError(`there is no option ${JSON.stringify(name)} here`, null, unknown);
    }
    if (option.value === null) {
      if (equals >= 0) return new UsageError(`${name} takes no value`, null);
      switches.add(name);
      return null;
    }
    const value = equals < 0 ? this.next() : word.slice(equals + 1);
    if (value === undefined || value === "") {
      return new UsageError(`${name} needs a value: ${option.value}`, null);
    }
    if (values.has(name)) return new UsageError(`${name} is given twice`, null);
    values.set(name, value);
    return null;
  }
}
