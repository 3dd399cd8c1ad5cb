// Options, arguments and exit statuses that several commands have. Plain values only.

import type { ExitStatus, Option, Positional } from "./form.ts";

export const HELP: Option = {
  name: "--help",
  value: null,
  required: false,
  description: "this help (also -h)",
};
export const VERSION: Option = {
  name: "--version",
  value: null,
  required: false,
  description: "pvd's version",
};
export const SOCKET: Option = {
  name: "--socket",
  value: "PATH",
  required: false,
  description: "the broker's socket; also by the environment variable PVD_SOCKET",
};

export const JSON_OUTPUT: Option = {
  name: "--json",
  value: null,
  required: false,
  description: 'JSON for programs, {"version":1,...}, errors too; see docs/json.md',
};

export const NO_ASK_PASSWORD: Option = {
  name: "--no-ask-password",
  value: null,
  required: false,
  description: "never ask for a password: what polkit does not allow without one is refused",
};

export const DETACH: Option = {
  name: "--detach",
  value: null,
  required: false,
  description:
    "print the program's process id and leave it alone; it has your streams, but no terminal to read from",
};

export const NEW_INSTANCE: Option = {
  name: "--new-instance",
  value: null,
  required: false,
  description:
    "for a browser: one of its own, with a profile for this PvD, and not the one that runs already",
};

export const MATCH: Option = {
  name: "--match",
  value: "NAME=VALUE,...",
  required: false,
  description:
    "PvDs that have all of these: properties that their servers give (type=internet,pricing=free), or id, kind, " +
    "encoding, state, link or namespace",
};

export const DOMAIN: Positional = {
  name: "DOMAIN",
  required: true,
  description:
    "a PvD: its id, the beginning of an id that fits one PvD only, or a namespace's name (mifpvd-7)",
  kind: "domain",
};
export const DOMAIN_OR_DEFAULT: Positional = {
  ...DOMAIN,
  required: false,
  description: `${DOMAIN.description}; without it, the one that \`pvd default\` shows`,
};
export const CHOICE =
  "Without DOMAIN it is your default (`pvd default`), or with --match the PvD that fits and has been there " +
  "longest: of those that are ready, the one whose namespace has the lowest number.";

export const DONE: ExitStatus = { status: "0", meaning: "done" };
export const FAILED: ExitStatus = { status: "1", meaning: "refused or failed, with the reason" };
export const USAGE: ExitStatus = { status: "2", meaning: "the command line was not understood" };
export const UNAVAILABLE: ExitStatus = {
  status: "69",
  meaning: "the broker is not running or cannot be reached",
};
export const INTERNAL: ExitStatus = { status: "70", meaning: "a defect in pvd itself" };
export const COMMON = [DONE, FAILED, USAGE, UNAVAILABLE, INTERNAL];
export const WITHOUT_BROKER = [DONE, FAILED, USAGE, INTERNAL];

export const COMMAND_ARGUMENT: Positional = {
  name: "COMMAND",
  required: true,
  description: "a program: a name that is looked up on PATH, or a path with a slash",
  kind: "command",
};
export const PROGRAM_STATUSES: readonly ExitStatus[] = [
  { status: "N", meaning: "the program's own exit status" },
  { status: "128+N", meaning: "the program was ended by signal N" },
  USAGE,
  UNAVAILABLE,
  INTERNAL,
  { status: "125", meaning: "the program could not be started in the PvD, or its end was not heard of" },
  { status: "126", meaning: "COMMAND was found and cannot be executed" },
  { status: "127", meaning: "COMMAND was not found" },
];
