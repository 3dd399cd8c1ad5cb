// The installed form of pvd, as the lab lays it out: two bundled programs, the runtime, and `pvd` on the search
// path. What each program may do is read from deno.json's "permissions", the one place where it is written.

import {
  INSTALLED_DENO,
  INSTALLED_FETCHER,
  INSTALLED_FOLDER,
  INSTALLED_HELPER,
  INSTALLED_PVD,
} from "./paths.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
/** Each program, and where its bundle goes. `pvd` is split at its dynamic imports, so that each command loads what it
 * needs: in one file, `pvd run` would load what the broker needs for the bus. */
const BUNDLES = [
  ["main.ts", ["--code-splitting", "--outdir"], "pvd"],
  ["helper/main.ts", ["-o"], "pvd-helper.js"],
  ["fetcher/main.ts", ["-o"], "pvd-fetcher.js"],
] as const;

/** A permission set's name in deno.json. */
export type Party = "client" | "broker" | "helper" | "fetcher" | "advertise";

/** Bundles the programs into a folder. */
export function bundlePrograms(folder: string): void {
  for (const [source, form, bundle] of BUNDLES) {
    const { success, stderr } = new Deno.Command(Deno.execPath(), {
      args: [
        "bundle",
        "--quiet",
        `--config=${ROOT}deno.json`,
        ...form,
        `${folder}/${bundle}`,
        `${ROOT}${source}`,
      ],
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).outputSync();
    if (!success) throw new Error(`cannot bundle ${source}: ${new TextDecoder().decode(stderr).trim()}`);
  }
}

/** Moves the bundles to where an installed system has them. To be called where /usr is the lab's own. */
export function install(build: string, runtime: string): void {
  Deno.mkdirSync(`${INSTALLED_FOLDER}/pvd`, { recursive: true, mode: 0o755 });
  const chunks = [...Deno.readDirSync(`${build}/pvd`)].map(({ name }) => `pvd/${name}`);
  for (const file of [...chunks, "pvd-helper.js", "pvd-fetcher.js"]) {
    Deno.copyFileSync(`${build}/${file}`, `${INSTALLED_FOLDER}/${file}`);
    Deno.chmodSync(`${INSTALLED_FOLDER}/${file}`, 0o644);
  }
  Deno.removeSync(build, { recursive: true });
  // A mount and no copy: the runtime is large, and the caller's home may be closed to other users.
  Deno.writeTextFileSync(INSTALLED_DENO, "");
  const { success } = new Deno.Command("mount", { args: ["-n", "--bind", runtime, INSTALLED_DENO] })
    .outputSync();
  if (!success) throw new Error(`cannot mount the runtime on ${INSTALLED_DENO}`);
  Deno.writeTextFileSync("/usr/bin/pvd", wrapper(), { mode: 0o755 });
  Deno.chmodSync("/usr/bin/pvd", 0o755);
}

const SCRIPTS: Readonly<Record<Party, string>> = {
  client: INSTALLED_PVD,
  broker: INSTALLED_PVD,
  advertise: INSTALLED_PVD,
  helper: INSTALLED_HELPER,
  fetcher: INSTALLED_FETCHER,
};

/** The command line of a program of ours. */
export function programArgv(party: Party, args: readonly string[]): string[] {
  const script = SCRIPTS[party];
  return [INSTALLED_DENO, ...runFlags(party), script, ...args];
}

/** The sub-commands that are daemons have permission sets of their own. */
function wrapper(): string {
  const line = (party: Party) => `exec ${programArgv(party, []).join(" ")} "$@"`;
  return `#!/bin/sh
# The runtime wants to know a cache folder even where it uses none.
[ -n "\${HOME-}\${DENO_DIR-}" ] || export DENO_DIR=/nonexistent
# Nor does it look on the internet for a newer one of itself; but a program's environment is the person's own.
[ "\${1-}" = run ] || export DENO_NO_UPDATE_CHECK=1
case "\${1-}" in
  advertise) ${line("advertise")} ;;
  broker) ${line("broker")} ;;
  *) ${line("client")} ;;
esac
`;
}

function runFlags(party: Party): string[] {
  const settings: unknown = JSON.parse(Deno.readTextFileSync(`${ROOT}deno.json`));
  const granted = member(member(settings, "permissions"), party);
  if (granted === null) throw new Error(`deno.json has no permission set ${party}`);
  const flags = Object.entries(granted).map(([name, value]: [string, unknown]) => {
    if (value === true) return `--allow-${name}`;
    if (Array.isArray(value)) return `--allow-${name}=${value.join(",")}`;
    throw new Error(`deno.json: permission ${name} of ${party} is neither true nor a list`);
  });
  return [
    "run",
    "--quiet",
    "--no-config",
    "--no-remote",
    "--no-npm",
    "--cached-only",
    "--no-prompt",
    // Daemons that mostly wait: a small young generation keeps memory level, and costs nothing that can be felt.
    ...(party === "broker" || party === "helper"
      ? ["--v8-flags=--max-semi-space-size=1,--optimize-for-size"]
      : []),
    // What meets hostile servers has no compiler, and with it a tight limit on memory (docs/information.md).
    ...(party === "fetcher" ? ["--v8-flags=--jitless,--max-old-space-size=32"] : []),
    ...flags,
  ];
}

function member(value: unknown, name: string): object | null {
  if (typeof value !== "object" || value === null) return null;
  const found: unknown = Reflect.get(value, name);
  return typeof found === "object" ? found : null;
}
