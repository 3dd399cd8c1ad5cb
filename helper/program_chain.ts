// The command that becomes the person's program: small programs that turn into the next, from root to the person. What
// still runs as root sees the person's environment only as values of names that mean nothing to anybody, because the
// dynamic linker and what it loads read variables such as LD_PRELOAD; and it never stands among arguments, which
// everybody can read (/proc/PID/cmdline). env(1), by then already that person, gives each value its name back. Pure.

import { MAX_VARIABLES } from "../lib/protocol.ts";
import { type Inherited, inheritingArgv } from "./caller.ts";
import { Failure } from "./failure.ts";
import type { Launch } from "./launch.ts";

const SETPRIV = "/usr/bin/setpriv";
const ENV = "/usr/bin/env";
const SHELL = "/bin/sh";
const EQUALS = "=".charCodeAt(0);

export interface ProgramChain {
  readonly argv: readonly Uint8Array[];
  /** "NAME=value" each. */
  readonly environment: readonly Uint8Array[];
}

/** `own` is what a program would inherit from the helper, `cgroups` where the unified hierarchy is mounted. Throws
 * Failure. */
export function programChain(launch: Launch, own: Inherited, cgroups: string | null): ProgramChain {
  const { record, uid, gid, groups, inherited } = launch;
  // Entries that are no assignment cannot be passed on by env, and mean nothing to programs.
  const variables = record.environment.filter((entry) => entry.indexOf(EQUALS) > 0);
  if (variables.length > MAX_VARIABLES) {
    throw new Failure(
      "invalidArgument",
      `the environment has ${variables.length} variables, and a program in a PvD can have ${MAX_VARIABLES}: unset some`,
    );
  }
  const program = record.argv[0] ?? new Uint8Array();
  // env(1) would take a path with "=" in it for a variable.
  const wrapped = program.includes(EQUALS) ? [SHELL, "-c", 'exec "$0" "$@"'] : [];
  const words = [
    ...inheritingArgv(own, inherited, cgroups),
    SETPRIV,
    ...identityArguments(uid, gid, groups),
    "--inh-caps=-all",
    "--ambient-caps=-all",
    "--bounding-set=-all",
    "--no-new-privs",
    "--",
    ENV,
    ...ignoring(record.ignored ?? []),
    `-S${["-i", "--", ...variables.map((_, index) => `\${${carrier(index)}}`)].join(" ")}`,
    ...wrapped,
  ];
  const encoder = new TextEncoder();
  return {
    argv: [...words.map((word) => encoder.encode(word)), ...record.argv],
    environment: variables.map((entry, index) => joined(encoder.encode(`${carrier(index)}=`), entry)),
  };
}

/** Last of all, when it is the person's already: what starts the chain sets every signal to its default (spawn.ts). */
function ignoring(signals: readonly number[]): string[] {
  return signals.length === 0 ? [] : [`--ignore-signal=${signals.join(",")}`];
}

/** For setpriv(1): the identity of a process from then on. With a plus sign no account can have the name: setpriv takes
 * "1000" for the account that is called so before it takes it for a number. Pure. */
export function identityArguments(uid: number, gid: number, groups: readonly number[]): string[] {
  return [
    `--reuid=+${uid}`,
    `--regid=+${gid}`,
    groups.length === 0 ? "--clear-groups" : `--groups=${groups.map((group) => `+${group}`).join(",")}`,
  ];
}

/** The variable that carries an entry, its name included. */
function carrier(index: number): string {
  return `PVD_${index}`;
}

function joined(start: Uint8Array, end: Uint8Array): Uint8Array {
  const all = new Uint8Array(start.length + end.length);
  all.set(start);
  all.set(end, start.length);
  return all;
}
