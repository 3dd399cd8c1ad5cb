// `deno task bundle`: the three programs as JavaScript files, which a Deno of the distribution's runs, or the one that
// is packaged beside them. Needs no network beyond what is in Deno's cache. Writes to one folder.

import { COMMAND_MODULE } from "./paths.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** Each program, and where its bundle goes. `pvd` is split at its dynamic imports, so that each command loads what it
 * needs: in one file, `pvd run` would load what the broker needs for the bus, which is a third more time to start. */
const BUNDLES = [
  ["main.ts", ["--code-splitting", "--outdir"], "pvd"],
  ["helper/main.ts", ["-o"], "pvd-helper.js"],
  ["fetcher/main.ts", ["-o"], "pvd-fetcher.js"],
] as const;

/** Beside the programs: loads every file of `pvd`, or of the helper, so that the code cache has all of it. */
export const FILL_CACHE = "fill-cache.js";
export const FILL_HELPER_CACHE = "fill-helper-cache.js";

/** Bundles the programs into `folder`; what was in it before is gone. Short code starts faster, by a quarter; names of
 * functions stay, for whoever reads a stack. Throws Error with Deno's words. */
export function bundlePrograms(folder: string): void {
  Deno.mkdirSync(folder, { recursive: true });
  const plain = Deno.makeTempDirSync({ prefix: "pvd-bundle-" });
  try {
    for (const [source, form, bundle] of BUNDLES) {
      removeIfThere(`${folder}/${bundle}`);
      // In two steps: what Deno 2.9 makes of a CommonJS package's `require` holds in code that is not short alone.
      bundleOne(`${ROOT}${source}`, [...form, `${plain}/${bundle}`]);
      const entry = bundle.endsWith(".js") ? bundle : `${bundle}/main.js`;
      bundleOne(`${plain}/${entry}`, ["--minify", "--keep-names", ...form, `${folder}/${bundle}`]);
    }
  } finally {
    Deno.removeSync(plain, { recursive: true });
  }
  for (const name of namesIn(`${folder}/pvd`)) {
    const path = `${folder}/pvd/${name}`;
    Deno.writeTextFileSync(path, requiringLater(Deno.readTextFileSync(path)));
  }
  const main = Deno.readTextFileSync(`${folder}/pvd/main.js`);
  Deno.writeTextFileSync(`${folder}/pvd/${COMMAND_MODULE}`, loadedLater(main));
  Deno.writeTextFileSync(`${folder}/pvd/${FILL_CACHE}`, fillCache(namesIn(`${folder}/pvd`)));
  Deno.writeTextFileSync(`${folder}/${FILL_HELPER_CACHE}`, fillCache(["pvd-helper.js"]));
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
 * file, which the services do not have: they start from main.js. */
export function loadedLater(main: string): string {
  const hidden = main.replaceAll(/\bimport\(("\.\/[^"]+")\)/g, "import(later($1))");
  return `${hidden}\nfunction later(name) {\n  return name;\n}\n`;
}

function bundleOne(source: string, args: readonly string[]): void {
  const { success, stderr } = new Deno.Command(Deno.execPath(), {
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
    ...namesIn(`${folder}/pvd`).map((name) => `pvd/${name}`),
    "pvd-helper.js",
    "pvd-fetcher.js",
    FILL_HELPER_CACHE,
  ];
}

function fillCache(names: readonly string[]): string {
  const imports = names.map((name) => `await import("./${name}");\n`);
  return `// Loads files once, for the runtime's code cache; runs nothing.\n${
    imports.join("")
  }Deno.exit();\n`;
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
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
