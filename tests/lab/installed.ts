// The installed form of pvd in the lab: laid out by the same functions as the package, in the lab's own /usr and
// /var/cache. PVD_FORM says which form: `bundle`, or `compiled`, which wants `deno task compile` to have been run.

import { bundlePrograms } from "../../packaging/bundle.ts";
import { cacheCommands, installPrograms } from "../../packaging/install_programs.ts";
import { CODE_CACHE, type Form, INSTALLED_DENO, ownArchitecture } from "../../packaging/paths.ts";
import type { Party } from "../../packaging/permissions.ts";
import { programArgv as installedArgv } from "../../packaging/programs.ts";

const COMPILED = new URL("../../dist", import.meta.url).pathname;

/** Which form this run tests. Throws Error for a name that is none. */
export function testedForm(): Form {
  const name = Deno.env.get("PVD_FORM") ?? "bundle";
  if (name === "bundle" || name === "compiled") return name;
  throw new Error(`PVD_FORM is bundle or compiled, not ${name}`);
}

/** Puts the programs of the tested form into a folder. */
export function buildPrograms(folder: string): void {
  if (testedForm() === "bundle") return bundlePrograms(folder);
  for (const name of ["pvd", "pvd-helper", "pvd-fetcher"]) {
    try {
      Deno.copyFileSync(`${COMPILED}/${name}`, `${folder}/${name}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new Error(`there is no ${COMPILED}/${name}: \`deno task compile\` makes it`);
    }
  }
}

/** Moves them to where an installed system has them. To be called where /usr and /var/cache are the lab's own. */
export function install(build: string, runtime: string): void {
  const form = testedForm();
  installPrograms("", form, ownArchitecture(), build);
  Deno.removeSync(build, { recursive: true });
  if (form === "compiled") return;
  // A mount and no copy: the runtime is large, and the caller's home may be closed to other users.
  Deno.writeTextFileSync(INSTALLED_DENO, "");
  const { success } = new Deno.Command("mount", { args: ["-n", "--bind", runtime, INSTALLED_DENO] })
    .outputSync();
  if (!success) throw new Error(`cannot mount the runtime on ${INSTALLED_DENO}`);
  fillCodeCache();
}

/** As postinst does it. */
function fillCodeCache(): void {
  Deno.mkdirSync(CODE_CACHE, { recursive: true, mode: 0o755 });
  for (const { folder, argv } of cacheCommands(ownArchitecture())) {
    const [program = "", ...args] = argv;
    const env = { PATH: "/usr/bin:/bin", DENO_DIR: folder, DENO_NO_UPDATE_CHECK: "1" };
    const command = new Deno.Command(program, {
      args,
      cwd: "/",
      clearEnv: true,
      env,
      stdin: "null",
      stderr: "piped",
    });
    const { success, stderr } = command.outputSync();
    if (!success) throw new Error(`the code cache: ${program}: ${new TextDecoder().decode(stderr).trim()}`);
  }
}

/** The command line of a program of ours, as the lab's services have it. */
export function programArgv(party: Party, args: readonly string[]): string[] {
  return installedArgv(testedForm(), party, ownArchitecture(), args);
}
