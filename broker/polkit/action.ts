// What polkit is asked about: the actions of polkit/net.pvd1.policy, and the details that a rule reads with
// action.lookup(). A rule must see the very domain that will be used, so what cannot be passed whole is refused,
// never shortened; only the program's name, which nobody may decide by, is. Pure.

import { escapeText, hasUnsafeCharacter } from "../../lib/escape.ts";
import { MAX_ID_CHARS, MAX_LINK_NAME_CHARS } from "../../lib/protocol.ts";

export type ActionId = "net.pvd1.use" | "net.pvd1.open-namespace" | "net.pvd1.manage";

export interface QuestionDetails {
  /** The id that people see; "" where the action is about none. */
  readonly domain: string;
  readonly kind: "explicit" | "implicit" | "";
  readonly link: string;
  /** What is to be started, as the caller says: for the question's text, not to decide by. "": not known. */
  readonly program: string;
}

/** Fits a line of a dialogue; a longer one could push the rest of the question out of sight. */
const MAX_PROGRAM_CHARS = 120;
const UNKNOWN_PROGRAM = "a program";

/** Why polkit cannot be asked about these; null where it can. */
export function detailsProblem(action: ActionId, details: QuestionDetails): string | null {
  if (details.domain === "" && action !== "net.pvd1.manage") return "it names no domain";
  if (details.domain.length > MAX_ID_CHARS) return "the domain's id is too long";
  if (details.link.length > MAX_LINK_NAME_CHARS) return "the link's name is too long";
  if (hasUnsafeCharacter(details.domain)) return "the domain's id has a control character";
  if (hasUnsafeCharacter(details.link)) return "the link's name has a control character";
  return null;
}

/** The a{ss} of CheckAuthorization. */
export function encodeDetails(details: QuestionDetails): Record<string, string> {
  const { domain, kind, link } = details;
  return { domain, kind, link, program: programText(details.program) };
}

function programText(program: string): string {
  if (program === "") return UNKNOWN_PROGRAM;
  // Cut before it is escaped too: the caller may have sent megabytes.
  const text = escapeText(program.slice(0, MAX_PROGRAM_CHARS));
  const whole = text.length <= MAX_PROGRAM_CHARS && program.length <= MAX_PROGRAM_CHARS;
  // The bus takes no half of a surrogate pair.
  return whole ? text : `${text.slice(0, MAX_PROGRAM_CHARS - 1).toWellFormed()}…`;
}
