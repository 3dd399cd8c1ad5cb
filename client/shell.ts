// `pvd shell [DOMAIN]`: `pvd run` of the person's shell, with the PvD's id in its environment and, where the shell
// lets it, in its prompt. No start-up file is touched. A router chose the id, and prompts are expanded, by some shells
// as commands are: what goes into a prompt has no character that any of them takes for more than itself.

import { variable } from "./environment.ts";
import { EXIT_USAGE } from "./errors.ts";
import { type GivenProgram, run } from "./run.ts";
import { complain } from "./terminal.ts";

const DEFAULT_SHELL = "/bin/sh";
/** Longer ones would fill the line; the whole id is in PVD_DOMAIN. */
const MAX_HINT_CHARS = 40;

/** Prompts of shells that take them from the environment, unless a start-up file sets its own. */
const PROMPTS: Readonly<Record<string, string>> = {
  bash: "\\u@\\h:\\w\\$ ",
  zsh: "%n@%m:%~%# ",
};

/** As `run`, to the shell's end. */
export async function shell(socketPath: string, word: string, interactive: boolean): Promise<number> {
  const given = variable("SHELL");
  if (given === null) {
    complain("SHELL is not UTF-8; set it to the path of your shell, or name the shell to `pvd run`");
    return EXIT_USAGE;
  }
  const path = given === undefined || given === "" ? DEFAULT_SHELL : given;
  return await run(socketPath, word, [path], interactive, shellProgram(path));
}

/** The shell at `path`, and what is added to its environment. */
export function shellProgram(path: string): GivenProgram {
  const encoder = new TextEncoder();
  return {
    argv: [encoder.encode(path)],
    environment(own, domainId) {
      const added = shellEnvironment(path, domainId);
      const names = Object.keys(added);
      const kept = own.filter((entry) => !names.includes(nameOf(entry)));
      return [...kept, ...Object.entries(added).map(([name, value]) => encoder.encode(`${name}=${value}`))];
    },
  };
}

/** What is set for a shell, whatever was set before. */
export function shellEnvironment(path: string, domainId: string): Readonly<Record<string, string>> {
  const hint = promptHint(domainId);
  const prompt = PROMPTS[path.slice(path.lastIndexOf("/") + 1)];
  return {
    PVD_DOMAIN: domainId,
    debian_chroot: hint,
    ...(prompt === undefined ? {} : { PS1: `(${hint})${prompt}` }),
  };
}

/** The id, fit to be in any prompt: letters, digits, dot, hyphen and underscore, the rest as "_". */
export function promptHint(id: string): string {
  const plain = id.replace(/[^A-Za-z0-9._-]/g, "_");
  return plain.length <= MAX_HINT_CHARS ? plain : `${plain.slice(0, MAX_HINT_CHARS - 2)}..`;
}

function nameOf(entry: Uint8Array): string {
  const text = new TextDecoder().decode(entry.subarray(0, 64));
  return text.slice(0, Math.max(0, text.indexOf("=")));
}
