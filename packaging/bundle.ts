// `deno task bundle`: the three programs as JavaScript files, which a Deno of the distribution's runs, or the one that
// is packaged beside them. Needs no network beyond what is in Deno's cache. Writes to one folder.

import { BUNDLE_FOLDERS, COMMAND_MODULE, RUN_MODULE } from "./paths.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** Each program, the file of it that is loaded first, and whether it is split at its dynamic imports. `pvd` is, so that
 * each command loads what it needs: in one file, it would load what the broker needs for the bus. `pvd run` is felt
 * most, and there once more: with all that it always needs in one file. */
const BUNDLES = [
  ["main.ts", "pvd/main.js", true],
  ["packaging/run.ts", RUN_MODULE, true],
  ["helper/main.ts", "pvd-helper.js", false],
  ["fetcher/main.ts", "pvd-fetcher.js", false],
] as const;

/** In each of BUNDLE_FOLDERS, and beside the helper: loads every file, so that the code cache has all of it. */
export const FILL_CACHE = "fill-cache.js";
export const FILL_HELPER_CACHE = "fill-helper-cache.js";

/** Beside the helper: what makes a filled code cache quick to read. */
export const SETTLE_CACHE = "settle-cache.js";

/** Bundles the programs into a folder; what was in it before is gone. Short code starts faster, by a quarter; names of
 * functions stay, for whoever reads a stack. Throws Error with Deno's words. */
export function bundlePrograms(into: string): void {
  Deno.mkdirSync(into, { recursive: true });
  const folder = Deno.realPathSync(into);
  const plain = Deno.makeTempDirSync({ prefix: "pvd-bundle-" });
  try {
    for (const [source, first, split] of BUNDLES) {
      const bundle = split ? first.slice(0, first.indexOf("/")) : first;
      const form = split ? ["--code-splitting", "--outdir"] : ["-o"];
      removeIfThere(`${folder}/${bundle}`);
      // In two steps: what Deno 2.9 makes of a CommonJS package's `require` holds in code that is not short alone.
      bundleOne(source, [...form, `${plain}/${bundle}`], ROOT);
      if (first === RUN_MODULE) rewrite(`${plain}/run`, (files) => loadedTogether(files, "run.js"));
      bundleOne(`./${first}`, ["--minify", "--keep-names", ...form, `${folder}/${bundle}`], plain);
    }
  } finally {
    Deno.removeSync(plain, { recursive: true });
  }
  rewriteEach(`${folder}/pvd`, requiringLater);
  rewriteEach(`${folder}/run`, loadedLater);
  const main = Deno.readTextFileSync(`${folder}/pvd/main.js`);
  Deno.writeTextFileSync(`${folder}/${COMMAND_MODULE}`, loadedLater(main));
  for (const each of BUNDLE_FOLDERS) {
    Deno.writeTextFileSync(`${folder}/${each}/${FILL_CACHE}`, fillCache(namesIn(`${folder}/${each}`)));
  }
  Deno.writeTextFileSync(`${folder}/${FILL_HELPER_CACHE}`, fillCache(["pvd-helper.js"]));
  Deno.writeTextFileSync(`${folder}/${SETTLE_CACHE}`, SETTLING);
}

/** Lets the bundled `pvd --version` say `version` in place of deno.json's `plain`. Throws Error where that is not found. */
export function stampVersion(folder: string, plain: string, version: string): void {
  // The bundler's own file for deno.json, which begins with the version.
  const [name, ...others] = namesIn(`${folder}/pvd`).filter((each) => /^deno-.*\.js$/.test(each));
  const path = `${folder}/pvd/${name}`;
  const code = name === undefined || others.length > 0 ? "" : Deno.readTextFileSync(path);
  if (!code.includes(`="${plain}"`)) throw new Error("the bundle does not have the version where it was");
  Deno.writeTextFileSync(path, code.replace(`="${plain}"`, () => `="${version}"`));
}

/** The bundler makes a file of all code that the same dynamic imports need. Each of them that needs some of what
 * `first` loads at once is made to need all of it: it is there anyway, and then it is one file, and not thirty.
 * `files`: code by name, as the bundler splits it. Pure. */
export function loadedTogether(files: ReadonlyMap<string, string>, first: string): Map<string, string> {
  const at = loadedWith(files, first);
  const later = new Set([...files.values()].flatMap((code) => namesAfter(code, DYNAMIC_IMPORT)));
  return new Map([...files].map(([name, code]) => {
    const needsSome = [...loadedWith(files, name)].some((each) => at.has(each));
    return [name, later.has(name) && !at.has(name) && needsSome ? `import "./${first}";\n${code}` : code];
  }));
}

/** The files that are loaded at once where `first` is, itself too. Pure. */
export function loadedWith(files: ReadonlyMap<string, string>, first: string): Set<string> {
  const loaded = new Set([first]);
  for (const name of loaded) {
    for (const other of namesAfter(files.get(name) ?? "", STATIC_IMPORT)) loaded.add(other);
  }
  return loaded;
}

/** As the bundler writes them; group 1 is the file's name. */
const STATIC_IMPORT = /\b(?:from|import)\s*"\.\/([^"]+)"/g;
const DYNAMIC_IMPORT = /\bimport\("\.\/([^"]+)"\)/g;

function namesAfter(code: string, pattern: RegExp): string[] {
  return [...code.matchAll(pattern)].map(([, name = ""]) => name);
}

/** The bundler gives all files a `require`, for the broker's CommonJS package, and with it node:module, which takes a
 * third of the time that `pvd run` takes to start. Like this it is loaded when something is required. */
export function requiringLater(code: string): string {
  const [whole, name] = /import\{createRequire as ([\w$]+)\}from"node:module";/.exec(code) ?? [];
  if (whole === undefined || name === undefined) return code;
  const required = 'globalThis.process.getBuiltinModule("node:module").createRequire(import.meta.url)';
  return code.replace(whole, "").replaceAll(`${name}(import.meta.url)`, () => `(id=>${required}(id))`);
}

/** The runtime loads a module's dynamic imports with it, as far as it can read their names: half of the time that
 * `pvd run` takes to start. So the names are hidden from it. Loading by such a name takes the permission to read the
 * file, which the services do not have: theirs stay as they are. */
export function loadedLater(code: string): string {
  const hidden = code.replaceAll(DYNAMIC_IMPORT, 'import(later("./$1"))');
  return hidden === code ? code : `${hidden}\nfunction later(name) {\n  return name;\n}\n`;
}

/** `source` is a path below `from`: names of files depend on it, and have to be the same wherever `from` is. */
function bundleOne(source: string, args: readonly string[], from: string): void {
  const { success, stderr } = new Deno.Command(Deno.execPath(), {
    cwd: from,
    args: ["bundle", "--quiet", `--config=${ROOT}deno.json`, ...args, source],
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).outputSync();
  if (!success) throw new Error(`cannot bundle ${source}: ${new TextDecoder().decode(stderr).trim()}`);
}

/** Everything that belongs to the bundles, as paths below their folder. */
export function bundledFiles(folder: string): string[] {
  return [
    ...BUNDLE_FOLDERS.flatMap((each) => namesIn(`${folder}/${each}`).map((name) => `${each}/${name}`)),
    "pvd-helper.js",
    "pvd-fetcher.js",
    FILL_HELPER_CACHE,
    SETTLE_CACHE,
  ];
}

function fillCache(names: readonly string[]): string {
  const imports = names.map((name) => `await import("./${name}");\n`);
  return `// Loads files once, for the runtime's code cache; runs nothing.\n${
    imports.join("")
  }Deno.exit();\n`;
}

const SETTLING =
  `// Empties the logs (WAL) of the databases in a code cache, its argument, into them. Who may read them and not
// write would go through the whole of a log at each start. Statistics are made, because the runtime wants to write them
// where they are missing, and does without a database where it cannot.
import { DatabaseSync } from "node:sqlite";
const [folder] = Deno.args;
const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
const open = names.filter((name) => names.includes(name + "-wal")).map((name) => {
  const database = new DatabaseSync(folder + "/" + name);
  database.exec("ANALYZE");
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  return database;
});
// Not closed: the last one to close a database takes its log away, and who may not make one could not read it.
Deno.exit(open.length > 0 ? 0 : 1);
`;

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** Files of one folder, as `change` makes them of what they are. */
function rewrite(folder: string, change: (files: Map<string, string>) => Map<string, string>): void {
  const files = new Map(namesIn(folder).map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]));
  for (const [name, code] of change(files)) Deno.writeTextFileSync(`${folder}/${name}`, code);
}

function rewriteEach(folder: string, change: (code: string) => string): void {
  rewrite(folder, (files) => new Map([...files].map(([name, code]) => [name, change(code)])));
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

if (import.meta.main) {
  const folder = Deno.args[0] ?? `${ROOT}dist/bundle`;
  try {
    bundlePrograms(folder);
    console.log(`${folder}: ${bundledFiles(folder).length} files`);
  } catch (error) {
    console.error(`bundle: ${error instanceof Error ? error.message : String(error)}`);
    Deno.exit(1);
  }
}
