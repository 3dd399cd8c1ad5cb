// How every command gives its answer: as text made for people, or as one JSON document a command for programs
// (docs/json.md). Errors too. Touches standard output and standard error.

import { safeJson } from "../lib/escape.ts";
import { adviceFor, type ClientError, exitStatusOf, type UsageError } from "./errors.ts";
import { nearest } from "./nearest.ts";
import { complain, print } from "./terminal.ts";
import { messageText } from "./text.ts";

/** Changes whenever a member is removed or means something else; new members do not change it. */
export const JSON_VERSION = 1;

/** `{"version":1,...}` on a line of its own. */
export function jsonDocument(members: Readonly<Record<string, unknown>>): string {
  return `${safeJson({ version: JSON_VERSION, ...members })}\n`;
}

/** Says what failed, and gives the exit status. */
export function reportFailure(error: ClientError, json: boolean): number {
  if (json) print(jsonDocument({ error: { code: error.code, message: error.message } }));
  else complain(failureSentence(error));
  return exitStatusOf(error.code);
}

/** The message, and after a semicolon what to do, where the message itself has not said so there. */
export function failureSentence(error: ClientError): string {
  const advice = error.message.includes(";") ? null : adviceFor(error.code);
  return messageText(error.message) + (advice === null ? "" : `; ${advice}`);
}

/** Says what is wrong with the command line, and gives the exit status. */
export function reportUsage(error: UsageError): number {
  if (error.json) print(jsonDocument({ error: { code: "usage", message: usageSentence(error) } }));
  else complain(usageSentence(error));
  return exitStatusOf("usage");
}

/** The problem, the word that was meant perhaps, and where help is. */
export function usageSentence(error: UsageError): string {
  const meant = error.unknown === null ? null : nearest(error.unknown.word, error.unknown.choices);
  const help = error.command === null ? "`pvd help`" : `\`pvd help ${error.command}\``;
  const problem = messageText(error.message);
  return meant === null ? `${problem}; see ${help}` : `${problem}; did you mean ${meant}? See ${help}`;
}
