// Why polkit's question did not end in a yes, in one sentence for the person who asked: what was denied, why, and
// what would help. Pure.

import { escapeName, escapeText } from "../../lib/escape.ts";
import type { ActionId, QuestionDetails } from "./action.ts";

/** Every way to a denial. */
export type DenialCause =
  /** A rule or the action's defaults say no. */
  | { readonly why: "refused" }
  /** Somebody would have to be asked, and the caller did not allow that. */
  | { readonly why: "wouldAsk" }
  /** Somebody would have to be asked, and polkit has no agent to do it. */
  | { readonly why: "noAgent" }
  | { readonly why: "dismissed" }
  /** Asked, and the password was not right. */
  | { readonly why: "notAuthenticated" }
  | { readonly why: "callerGone" }
  | { readonly why: "badRequest"; readonly problem: string }
  | { readonly why: "strangeAnswer" }
  | { readonly why: "noAnswer"; readonly seconds: number; readonly asking: boolean }
  | { readonly why: "busError"; readonly errorName: string; readonly message: string };

/** The document is found by that name in the sources, and under that folder where pvd is installed. */
const A_RULE =
  "an administrator can allow it with a polkit rule, see docs/polkit.md (installed in /usr/share/doc/pvd)";
const ITS_LOG = "an administrator can look at polkit's log";
const MAX_MESSAGE_CHARS = 200;

/** One sentence. */
export function denialReason(cause: DenialCause, action: ActionId, details: QuestionDetails): string {
  const what = describe(action, details);
  switch (cause.why) {
    case "refused":
      return `polkit does not allow you ${what}; ${A_RULE}`;
    case "wouldAsk":
      return `${what} needs a password, and the request did not allow polkit to ask for it ` +
        `(--no-ask-password does that); or ${A_RULE}`;
    case "noAgent":
      return `${what} needs a password, and no polkit agent is there to ask you for it ` +
        `(a desktop has one, pkttyagent is one for a terminal); or ${A_RULE}`;
    case "dismissed":
      return `you dismissed polkit's question about ${what}; try again to be asked again`;
    case "notAuthenticated":
      return `polkit asked about ${what}, and nobody authenticated; try again, or ${A_RULE}`;
    case "callerGone":
      return `whoever asked for ${what} is gone`;
    case "badRequest":
      return `polkit cannot be asked about ${what}: ${cause.problem}; ` +
        "try again, or with another domain (pvd list shows them)";
    case "strangeAnswer":
      return `polkit's answer about ${what} was not understood and counts as a no; ${ITS_LOG}`;
    case "noAnswer":
      return cause.asking
        ? `nobody answered polkit's question about ${what} within ${cause.seconds} s; try again`
        : `polkit did not answer about ${what} within ${cause.seconds} s; ${ITS_LOG}`;
    case "busError":
      return busErrorReason(cause.errorName, cause.message, what);
  }
}

function busErrorReason(errorName: string, message: string, what: string): string {
  switch (errorName) {
    case "org.freedesktop.DBus.Error.ServiceUnknown":
    case "org.freedesktop.DBus.Error.NameHasNoOwner":
      return `polkit is not running, so nobody can be allowed ${what}; an administrator can start or install it`;
    case "org.freedesktop.DBus.Error.Disconnected":
      return `the system bus is not there, so polkit cannot be asked about ${what}; ` +
        "an administrator can start dbus";
    case "org.freedesktop.PolicyKit1.Error.NotAuthorized":
    case "org.freedesktop.DBus.Error.AccessDenied":
      return `polkit does not let pvd ask about ${what}; an administrator can see to it that net.pvd1.policy is ` +
        "installed, and that its owner annotation names the user that pvd runs as";
    default:
      return `polkit could not decide about ${what}: ${
        escapeText(message.slice(0, MAX_MESSAGE_CHARS))
      }; ${ITS_LOG}`;
  }
}

function describe(action: ActionId, { domain, link }: QuestionDetails): string {
  const where = link === "" ? "" : ` on ${escapeText(link)}`;
  return domain === "" ? `${action}${where}` : `${action} for ${escapeName(domain)}${where}`;
}
