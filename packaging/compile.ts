// `deno task compile`: pvd, pvd-helper and pvd-fetcher as programs with the runtime in them, each with its own
// permission set, for one architecture. The set is fixed in the program: that is why there are three. Needs denort,
// which `deno compile` fetches unless DENORT_BIN names one. Writes to one folder.
//
// What is checked, before anything is left in that folder:
//   1. denort is not the Deno command line under another name
//   2. what the helper is made of: its own files, lib's, and nothing from npm
//   3. what is embedded in each program: its own bundle, file by file
//   4. each program, started with eval, run and repl, does not run what it is given, and does what it should

import { bundledFiles, bundlePrograms, FILL_CACHE } from "./bundle.ts";
import config from "../deno.json" with { type: "json" };
import { elfMachine, holdsCommandLine, printedBy, runsForeignCode } from "./denort.ts";
import {
  type Architecture,
  architectureNamed,
  ARCHITECTURES,
  COMMAND_MODULE,
  ownArchitecture,
} from "./paths.ts";
import { type Party, permissionFlags } from "./permissions.ts";
import { commandPermissions, v8Argument } from "./programs.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** sysexits(3) */
const EX_USAGE = 64, EX_DATAERR = 65, EX_UNAVAILABLE = 69;

/** A refusal in one sentence, with the exit status for it. */
class Refused extends Error {
  override readonly name = "Refused";

  constructor(readonly status: number, message: string) {
    super(message);
  }
}

interface Program {
  readonly name: string;
  readonly entry: string;
  /** Below the folder of the bundles. */
  readonly files: (all: readonly string[]) => readonly string[];
  readonly flags: (architecture: Architecture) => readonly string[];
  /** A sign of life: arguments, and what is printed then. */
  readonly lives: readonly [args: readonly string[], printed: string];
}

const only = (party: Party) => (architecture: Architecture) => [
  ...v8Argument(party),
  ...permissionFlags([party], architecture),
];

/** Files of the bundled form alone. */
const NOT_EMBEDDED = [`pvd/${FILL_CACHE}`, COMMAND_MODULE];

const PROGRAMS: readonly Program[] = [
  {
    name: "pvd",
    entry: "pvd/main.js",
    files: (all) => all.filter((file) => file.startsWith("pvd/") && !NOT_EMBEDDED.includes(file)),
    // Client and broker are one program, and V8's flags would cost the client time.
    flags: commandPermissions,
    lives: [["--version"], `pvd ${config.version}`],
  },
  {
    name: "pvd-helper",
    entry: "pvd-helper.js",
    files: () => ["pvd-helper.js"],
    flags: only("helper"),
    lives: [[], "usage: pvd-helper"],
  },
  {
    name: "pvd-fetcher",
    entry: "pvd-fetcher.js",
    files: () => ["pvd-fetcher.js"],
    flags: only("fetcher"),
    lives: [[], `{"error":`],
  },
];

/** Makes the three programs in `folder`. Throws Refused. */
export async function compilePrograms(folder: string, architecture: Architecture): Promise<void> {
  await checkDenort(Deno.env.get("DENORT_BIN") ?? "", architecture);
  await checkHelperGraph();
  const build = await Deno.makeTempDir({ prefix: "pvd-compile-" });
  try {
    bundlePrograms(`${build}/bundle`);
    for (const program of PROGRAMS) await compileProgram(program, build, architecture);
    await Deno.mkdir(folder, { recursive: true });
    for (const { name } of PROGRAMS) {
      await Deno.copyFile(`${build}/${name}`, `${folder}/${name}`);
      await Deno.chmod(`${folder}/${name}`, 0o755);
    }
  } finally {
    await Deno.remove(build, { recursive: true });
  }
}

async function compileProgram(program: Program, build: string, architecture: Architecture): Promise<void> {
  const { name, entry } = program;
  const { success, output } = await deno([
    ...["compile", "--no-check", "--no-config", "--no-lock", "--no-remote", "--no-npm", "--no-prompt"],
    // It would be a file in /tmp, which anybody can put there before.
    "--no-code-cache",
    ...["--target", ARCHITECTURES[architecture].target, "--output", `${build}/${name}`],
    ...program.flags(architecture),
    `${build}/bundle/${entry}`,
  ]);
  if (!success) throw compileFailure(name, output);
  const embedded = embeddedFiles(output);
  const wanted = program.files(bundledFiles(`${build}/bundle`)).map((file) => file.replace(/^.*\//, ""));
  const strange = embedded.filter((file) => !wanted.includes(file));
  if (embedded.length !== wanted.length || strange.length > 0) {
    const what = strange.length > 0 ? `has ${strange.join(", ")} in it` : `has not all of its files`;
    throw new Refused(EX_DATAERR, `${name} ${what}, which is not what was bundled: it is not kept`);
  }
  await checkProgram(`${build}/${name}`, program, architecture);
}

/** Of what `deno compile` prints, the names of the embedded files. Pure. */
export function embeddedFiles(output: string): string[] {
  const list = output.split("Embedded Files")[1]?.split(/^Files: /m)[0] ?? "";
  return [...list.matchAll(/^.*?([^\s/│├└─]+) \([0-9.]+[KMG]?B\)$/gm)].map(([, name = ""]) => name);
}

async function checkDenort(path: string, architecture: Architecture): Promise<void> {
  if (path === "") return;
  const why = `DENORT_BIN names ${path}, which`;
  if (!await isFile(path)) throw new Refused(EX_UNAVAILABLE, `${why} is no file`);
  if (await holdsCommandLine(path)) {
    throw new Refused(EX_DATAERR, `${why} is the Deno command line and no denort`);
  }
  if (architecture !== ownArchitecture()) return;
  const what = await runsForeignCode(path);
  if (what !== null) throw new Refused(EX_DATAERR, `${why} is no denort: ${what}`);
}

async function checkProgram(
  path: string,
  { name, lives }: Program,
  architecture: Architecture,
): Promise<void> {
  if (await holdsCommandLine(path)) {
    throw new Refused(EX_DATAERR, `${name} holds the Deno command line: it is not kept`);
  }
  const machine = await elfMachine(path);
  if (machine !== ARCHITECTURES[architecture].deno) {
    throw new Refused(
      EX_DATAERR,
      `${name} is made for ${machine ?? "no machine"}, so the denort is another one's`,
    );
  }
  if (architecture !== ownArchitecture()) return;
  const what = await runsForeignCode(path);
  if (what !== null) throw new Refused(EX_DATAERR, `${what}: it is not kept`);
  const [args, printed] = lives;
  if (!(await printedBy(path, args)).includes(printed)) {
    throw new Refused(
      EX_DATAERR,
      `${name} does not do what it should, so the denort is none: it is not kept`,
    );
  }
}

/** What the privileged program is made of, asked of Deno itself. */
async function checkHelperGraph(): Promise<void> {
  const { success, output } = await deno(["info", "--json", `${ROOT}helper/main.ts`]);
  if (!success) throw new Refused(EX_DATAERR, `the helper's files cannot be read: ${lastLine(output)}`);
  const strange = foreignModules(JSON.parse(output), [`file://${ROOT}helper/`, `file://${ROOT}lib/`]);
  if (strange.length > 0) throw new Refused(EX_DATAERR, `the helper would load ${strange.join(", ")}`);
}

/** Of `deno info --json`, the modules that begin with none of `allowed`. Pure. Throws SyntaxError for another form. */
export function foreignModules(info: unknown, allowed: readonly string[]): string[] {
  const modules: unknown = typeof info === "object" && info !== null ? Reflect.get(info, "modules") : null;
  if (!Array.isArray(modules)) throw new SyntaxError("deno info has another form than this reads");
  return modules.map((each: unknown) => {
    const specifier: unknown = typeof each === "object" && each !== null
      ? Reflect.get(each, "specifier")
      : null;
    return typeof specifier === "string" ? specifier : "something without a name";
  }).filter((specifier) => !allowed.some((start) => specifier.startsWith(start)));
}

function compileFailure(name: string, output: string): Refused {
  if (/denort/.test(output) && Deno.env.get("DENORT_BIN") === undefined) {
    return new Refused(
      EX_UNAVAILABLE,
      `deno compile could not fetch denort from dl.deno.land; set DENORT_BIN to a denort of Deno ${Deno.version.deno}, ` +
        "or use the bundled form, which needs none (deno task bundle)",
    );
  }
  return new Refused(EX_DATAERR, `${name} could not be compiled: ${lastLine(output)}`);
}

async function deno(args: readonly string[]): Promise<{ success: boolean; output: string }> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [...args],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const decoder = new TextDecoder();
  // Warnings must not get into what is read as JSON.
  const output = success && stdout.length > 0
    ? decoder.decode(stdout)
    : decoder.decode(stdout) + decoder.decode(stderr);
  return { success, output };
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const [name = ownArchitecture(), folder = `${ROOT}dist`] = args;
    const architecture = architectureNamed(name);
    if (architecture === null || args.length > 2) {
      throw new Refused(EX_USAGE, "usage: deno task compile [x86_64|aarch64 [FOLDER]]");
    }
    await compilePrograms(folder, architecture);
    for (const program of PROGRAMS) console.log(`${folder}/${program.name}`);
    return 0;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    console.error(`compile: ${error.message}`);
    return error.status;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
