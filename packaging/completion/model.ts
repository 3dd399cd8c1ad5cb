// What the shells' completions know of pvd, from the one table of commands: which words stand where, and what can be
// said there. Pure. Names of PvDs come from the file that the broker keeps beside its socket: a shell reads it by
// itself, in a millisecond, and no process is started, the broker least of all.

import { type Command, COMMANDS, HELP, type Option, SOCKET, VERSION } from "../../client/commands.ts";
import { optionsOf } from "../../client/help.ts";
import { CLIENT_SOCKET, DOMAINS_FILE_NAME } from "../../lib/protocol.ts";

/** What stands in a place: `none` is for the person alone to know. */
export type Kind = "domain" | "link" | "file" | "command" | "topic" | "action" | "none";

export interface CompletedOption {
  readonly name: string;
  readonly description: string;
  /** What its value is; null: it is a switch. */
  readonly value: Kind | null;
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly positionals: readonly Kind[];
  readonly takesProgram: boolean;
}

/** Before a command's name. */
export const GLOBAL_OPTIONS: readonly CompletedOption[] = [SOCKET, HELP, VERSION].map(optionFor);

/** Every command, and `help`. */
export function completedCommands(commands: readonly Command[] = COMMANDS): CompletedCommand[] {
  const help: CompletedCommand = {
    name: "help",
    summary: "what a command does, and all its options",
    options: [],
    positionals: ["topic"],
    takesProgram: false,
  };
  return [...commands.map(commandFor), help];
}

/** What `pvd desktop` can do. */
export const ACTION_WORDS = ["install", "remove", "list"];

/** "/run/pvd", and the name of the file in it. */
export const DEFAULT_SOCKET = CLIENT_SOCKET;
export const NAMES_FILE = DOMAINS_FILE_NAME;

function commandFor(command: Command): CompletedCommand {
  const { name, summary, positionals, takesProgram } = command;
  return {
    name,
    summary,
    options: optionsOf(command).map(optionFor),
    positionals: positionals.map(({ kind }) => kind),
    takesProgram,
  };
}

function optionFor({ name, value, description }: Option): CompletedOption {
  return { name, description, value: value === null ? null : kindOf(value) };
}

/** By the name that the table gives to a value. */
function kindOf(value: string): Kind {
  if (value === "PATH" || value === "FILE") return "file";
  if (value === "DOMAIN") return "domain";
  return value === "LINK" ? "link" : "none";
}
