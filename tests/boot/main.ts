// `deno task test:boot`: the Debian package in a Debian of its own, booted with systemd as process 1 (systemd-nspawn(1))
// at a link to a lab router. This is the outer process: it makes what is slow and keeps it (Debian's packages, in a
// cache folder), builds the package, and starts boot_test.ts in mount, network and pid namespaces of its own. When it
// dies, by whatever signal, the kernel takes the machine with it, and a shell that has waited takes what else is left.

import { install, missing, searchPath } from "../lab/packages.ts";
import { dieWithParent } from "../lab/process.ts";
import type { Form } from "../../packaging/paths.ts";
import { CannotBoot, EXIT_LEFT_OUT, orCannotBoot, startsContainers } from "./able.ts";
import { debianRoot } from "./debian_root.ts";
import { buildPackages } from "./deb.ts";
import { BOOT_NEEDS, FAILURES, FIGURES, type Start, START_VARIABLE } from "./start.ts";
import { makeTraces } from "./traces.ts";

const USAGE = `usage: deno task test:boot [--form bundle|compiled] [--deb FILE] [--new-root] [--cache FOLDER]
  --form      which form to build and test; bundle is the default
  --deb       a package that is there already, in place of building one
  --new-root  fetch Debian again, in place of what the cache folder has
  --cache     that folder; $XDG_CACHE_HOME or /var/cache is the default
The exit status is 77 where nothing can be booted here, and so nothing was tested.`;

interface Options {
  form: Form;
  deb: string | null;
  newRoot: boolean;
  cache: string | null;
}

/** Pid 1 of the namespace: it reaps orphans, and outlives a key pressed at the terminal until the tests have ended. */
const PID_1 = 'trap : HUP INT QUIT TERM; "$@"; exit $?';

async function main({ form, deb, newRoot, cache }: Options): Promise<number> {
  await orCannotBoot(() => install(BOOT_NEEDS, console.error));
  for (const { program, debianPackage } of missing(BOOT_NEEDS)) {
    throw new CannotBoot(`${program} is missing; it is in the Debian package ${debianPackage}`);
  }
  const began = performance.now();
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const from = performance.now();
    const result = await work();
    console.log(`boot: ${what}: ${((performance.now() - from) / 1000).toFixed(1)} s`);
    return result;
  };
  const root = await timed(
    "Debian's root folder",
    () => orCannotBoot(() => debianRoot(cache, newRoot, console.log)),
  );
  await using traces = await orCannotBoot(makeTraces);
  const { work, cgroups } = traces;
  await startsContainers(root, cgroups);
  const packages = await timed("the package, of two versions", () => buildPackages(work, form, deb));
  console.log(`boot: tests the form that is ${packages.form}, ${packages.size} bytes as a package`);
  const status = await timed("the tests", () => enter({ root, work, packages, cgroups }));
  if (status !== 0) console.log(textOf(`${work}/${FAILURES}`));
  console.log(textOf(`${work}/${FIGURES}`).trimEnd());
  console.log(`boot: ${((performance.now() - began) / 1000).toFixed(0)} s in all`);
  return status;
}

async function enter(start: Start): Promise<number> {
  const test = new URL("boot_test.ts", import.meta.url).pathname;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const child = new Deno.Command("setpriv", {
    args: [
      ...["--pdeathsig", "KILL", "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"],
      ...["--mount-proc", "--propagation", "private", "sh", "-c", PID_1, "sh"],
      ...[Deno.execPath(), "test", "--quiet", "--no-prompt", "--no-check", "--allow-all", "--unstable-net"],
      ...[`--config=${config}`, test],
    ],
    env: {
      PATH: searchPath(Deno.env.get("PATH")),
      [START_VARIABLE]: JSON.stringify(start),
    },
    stdin: "null",
  }).spawn();
  const stop = () => child.kill("SIGKILL");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) Deno.addSignalListener(signal, stop);
  return (await child.status).code;
}

/** "" where the tests did not come so far. */
function textOf(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** Null: not what the usage says. Pure. */
export function parseOptions(args: readonly string[]): Options | null {
  const options: Options = { form: "bundle", deb: null, newRoot: false, cache: null };
  const rest = [...args];
  while (rest.length > 0) {
    const name = rest.shift();
    if (name === "--new-root") {
      options.newRoot = true;
      continue;
    }
    const value = rest.shift();
    if (value === undefined) return null;
    if (name === "--deb") options.deb = value;
    else if (name === "--cache") options.cache = value;
    else if (name === "--form" && (value === "bundle" || value === "compiled")) options.form = value;
    else return null;
  }
  return options;
}

if (import.meta.main) {
  const options = parseOptions(Deno.args);
  if (options === null) {
    console.error(USAGE);
    Deno.exit(64);
  }
  if (Deno.uid() !== 0) {
    console.error("boot: it makes namespaces and mounts, which only root may; run it with sudo");
    Deno.exit(1);
  }
  dieWithParent();
  try {
    Deno.exit(await main(options));
  } catch (error) {
    console.error(`boot: ${error instanceof Error ? error.message : String(error)}`);
    Deno.exit(error instanceof CannotBoot ? EXIT_LEFT_OUT : 1);
  }
}
