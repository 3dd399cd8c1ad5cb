// The command line of each program in its installed form. Pure.

import { KEPT_PREFIX, KEPT_VARIABLES } from "../lib/linux/own.ts";
import {
  type Architecture,
  COMMAND,
  COMMAND_MODULE,
  type Form,
  INSTALLED_COMMAND,
  INSTALLED_DENO,
  INSTALLED_FOLDER,
  INSTALLED_PROGRAMS,
  INSTALLED_VARIABLES,
  RUN_MODULE,
} from "./paths.ts";
import { type Party, permissionFlags } from "./permissions.ts";

/** What `pvd` does when a person types it: each of its parts, in one process. */
const COMMAND_PARTIES: readonly Party[] = ["client", "advertise", "broker"];

/** The kernel reads so many bytes of a script's first line, its end included (execve(2)). */
const MAX_FIRST_LINE = 255;

/** Nothing but the program's own files is loaded, from wherever it is started; nobody is asked for a permission. */
const CLOSED = ["--quiet", "--no-config", "--no-remote", "--no-npm", "--cached-only", "--no-prompt"];

/** V8's own, or null. */
export function v8Flags(party: Party): string | null {
  switch (party) {
    // Daemons that mostly wait: a small young generation keeps memory level, and costs nothing that can be felt.
    case "broker":
    case "helper":
      return "--max-semi-space-size=1,--optimize-for-size";
    // What meets hostile servers has no compiler, and with it a tight limit on memory (docs/information.md).
    case "fetcher":
      return "--jitless,--max-old-space-size=32";
    case "client":
    case "advertise":
      return null;
  }
}

/** The command line of a program: the runtime with its flags, or the compiled file. */
export function programArgv(
  form: Form,
  party: Party,
  architecture: Architecture,
  args: readonly string[] = [],
): string[] {
  const file = fileOf(form, party);
  if (form === "compiled") return [file, ...args];
  return [
    INSTALLED_DENO,
    "run",
    ...CLOSED,
    ...v8Argument(party),
    ...permissionFlags([party], architecture),
    file,
  ]
    .concat(args);
}

/** The command line of a script of ours that works in one folder, which is its argument, and leaves nothing in the
 * runtime's cache of compiled code. */
export function folderProgramArgv(script: string, folder: string): string[] {
  const allowed = [`--allow-read=${folder}`, `--allow-write=${folder}`];
  return [INSTALLED_DENO, "run", ...CLOSED, "--no-code-cache", ...allowed, `${INSTALLED_FOLDER}/${script}`]
    .concat(folder);
}

export function v8Argument(party: Party): string[] {
  const flags = v8Flags(party);
  return flags === null ? [] : [`--v8-flags=${flags}`];
}

function fileOf(form: Form, party: Party): string {
  const files = INSTALLED_PROGRAMS[form];
  switch (party) {
    case "client":
    case "advertise":
    case "broker":
      return files.pvd;
    case "helper":
      return files.helper;
    case "fetcher":
      return files.fetcher;
  }
}

/** The files of `pvd` in the bundled form, by path. No shell starts it: one would add variables of its own to the
 * environment and drop those whose names it does not like, and a program in a PvD has the person's, byte for byte. Two
 * scripts, because the kernel reads no more of a first line. Throws RangeError.
 *
 * The first puts aside what the runtime would take for itself (KEPT_VARIABLES); lib/linux/own.ts puts it back. The
 * second has the runtime's own variables in a file: they are read into the runtime, and the kernel's copy of the
 * environment, which `pvd run` passes on, does not have them. */
export function launchers(architecture: Architecture): ReadonlyMap<string, string> {
  // -C: in a folder that the person may not enter the runtime would not start; env(1) says so, with status 125.
  const first = ["#!/usr/bin/env", "-S", "-C", "."];
  for (const name of KEPT_VARIABLES) first.push("-u", name);
  for (const name of KEPT_VARIABLES) first.push(`${KEPT_PREFIX}${name}=\${${name}}`);
  first.push(INSTALLED_COMMAND);
  const second = [
    ...["#!/usr/bin/env", "-S", INSTALLED_DENO, "run", ...CLOSED, "--ext=js"],
    `--env-file=${INSTALLED_VARIABLES}`,
    ...permissionFlags(COMMAND_PARTIES, architecture).map(shortFlag),
  ];
  return new Map([
    [COMMAND, `${firstLine(COMMAND, first)}\n`],
    [
      INSTALLED_COMMAND,
      `${firstLine(INSTALLED_COMMAND, second)}
// Of one that is set to what is not UTF-8 the runtime does not even say that it is there.
const isSet = (name) => { try { return Deno.env.has(name); } catch { return true; } };
// From ${COMMAND}, which sets that variable, the first argument is that script's name.
const args = Deno.args.slice(isSet("${KEPT_PREFIX}${KEPT_VARIABLES[0]}") ? 1 : 0);
// By a name that the runtime cannot read beforehand, so that it loads no more than is needed.
const load = (name) => import("${INSTALLED_FOLDER}/" + name);
if (args[0] === "run") await (await load("${RUN_MODULE}")).start(args);
await (await load("${COMMAND_MODULE}")).start(args);
`,
    ],
  ]);
}

function firstLine(path: string, words: readonly string[]): string {
  const line = words.join(" ");
  if (line.length <= MAX_FIRST_LINE) return line;
  throw new RangeError(
    `the first line of ${path} has ${line.length} bytes, and the kernel reads ${MAX_FIRST_LINE}`,
  );
}

function shortFlag(flag: string): string {
  return flag.replace(/^--allow-read(?=$|=)/, "-R").replace(/^--allow-env(?=$|=)/, "-E");
}

/** What `pvd` needs compiled in its permission set. */
export function commandPermissions(architecture: Architecture): string[] {
  return permissionFlags(COMMAND_PARTIES, architecture);
}
