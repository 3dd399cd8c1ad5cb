// Lays out the programs as an installed system has them, below a root folder: what the package and the lab have in
// common. Writes below that folder; the runtime itself is the caller's to put there.

import { bundledFiles, FILL_CACHE, FILL_HELPER_CACHE, SETTLE_CACHE } from "./bundle.ts";
import {
  type Architecture,
  BUNDLE_FOLDERS,
  CODE_CACHE,
  COMMAND,
  FILL_CACHES,
  type Form,
  INSTALLED_FOLDER,
  INSTALLED_PROGRAMS,
  INSTALLED_VARIABLES,
} from "./paths.ts";
import type { Party } from "./permissions.ts";
import { folderProgramArgv, launchers, programArgv } from "./programs.ts";

/** What the runtime is told by the file that the launcher names: where its cache is (and that is nobody's home), and not
 * to look on the internet for a newer one of itself. */
export const RUNTIME_VARIABLES = `DENO_DIR=${CODE_CACHE}/client\nDENO_NO_UPDATE_CHECK=1\n`;

/** For services, where no program inherits it. */
export const SERVICE_VARIABLES: Readonly<Record<Form, readonly string[]>> = {
  bundle: ["NO_COLOR=1", "DENO_NO_UPDATE_CHECK=1"],
  compiled: ["NO_COLOR=1"],
};

/** Copies what `build` has (bundlePrograms or compilePrograms) to where `root` has it. */
export function installPrograms(root: string, form: Form, architecture: Architecture, build: string): void {
  const folders = [
    INSTALLED_FOLDER,
    folderOf(COMMAND),
    ...form === "bundle" ? BUNDLE_FOLDERS.map((each) => `${INSTALLED_FOLDER}/${each}`) : [],
  ];
  for (const folder of folders) makeFolder(`${root}${folder}`);
  if (form === "compiled") {
    for (const file of Object.values(INSTALLED_PROGRAMS.compiled)) {
      copy(`${build}/${file.slice(file.lastIndexOf("/") + 1)}`, `${root}${file}`, 0o755);
    }
    return;
  }
  for (const file of bundledFiles(build)) {
    copy(`${build}/${file}`, `${root}${INSTALLED_FOLDER}/${file}`, 0o644);
  }
  write(`${root}${INSTALLED_VARIABLES}`, RUNTIME_VARIABLES, 0o644);
  for (const [path, text] of launchers(architecture)) write(`${root}${path}`, text, 0o755);
  write(`${root}${FILL_CACHES}`, fillCaches(architecture), 0o755);
}

/** What an installation runs once, as root. Each command is started as the services start it, so nothing of whoever
 * installs can get into the caches; one that fails leaves the others their work. */
function fillCaches(architecture: Architecture): string {
  const commands = cacheCommands(architecture);
  const folders = [...new Set(commands.map(({ folder }) => folder))];
  const lines = commands.map(({ folder, argv }) =>
    `env -i PATH="$PATH" DENO_NO_UPDATE_CHECK=1 DENO_DIR=${folder} \\\n  ${argv.join(" ")} || status=1\n`
  );
  return `#!/bin/sh
# Has the runtime compile the programs, so that it need not do so at each start of each person's. Made anew: what it
# compiles belongs to the programs of one version.
status=0
rm -rf ${folders.join(" ")}
cd /
${lines.join("")}exit "$status"
`;
}

/** Command lines that fill the code cache, each with the folder that DENO_DIR has to name: run as root, once a
 * version. Each program has its own, because the runtime takes nothing from another set of V8's flags. */
export function cacheCommands(architecture: Architecture): { folder: string; argv: readonly string[] }[] {
  const filling = (party: Party, script: string) =>
    programArgv("bundle", party, architecture).slice(0, -1).concat(`${INSTALLED_FOLDER}/${script}`);
  return [
    { folder: `${CODE_CACHE}/client`, argv: [COMMAND, "--version"] },
    ...BUNDLE_FOLDERS.map((each) => ({
      folder: `${CODE_CACHE}/client`,
      argv: filling("client", `${each}/${FILL_CACHE}`),
    })),
    { folder: `${CODE_CACHE}/broker`, argv: filling("broker", `pvd/${FILL_CACHE}`) },
    { folder: `${CODE_CACHE}/helper`, argv: filling("helper", FILL_HELPER_CACHE) },
    ...["client", "broker", "helper"].map((each) => {
      const folder = `${CODE_CACHE}/${each}`;
      return { folder, argv: folderProgramArgv(SETTLE_CACHE, folder) };
    }),
  ];
}

export function makeFolder(path: string): void {
  Deno.mkdirSync(path, { recursive: true, mode: 0o755 });
}

export function copy(from: string, to: string, mode: number): void {
  makeFolder(folderOf(to));
  Deno.copyFileSync(from, to);
  Deno.chmodSync(to, mode);
}

export function write(path: string, text: string, mode: number): void {
  makeFolder(folderOf(path));
  Deno.writeTextFileSync(path, text);
  Deno.chmodSync(path, mode);
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
