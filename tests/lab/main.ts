// `deno task lab`: the outer process. It checks what is needed, bundles the programs, and starts inside.ts in
// mount, network and pid namespaces of its own; it changes nothing on the host but a folder under /tmp, which is
// gone before COMMAND starts. When it dies, by whatever signal, the kernel takes the whole lab with it.

import { buildPrograms } from "./installed.ts";
import { type LabOptions, parseOptions, USAGE } from "./options.ts";
import { LAB_NEEDS, missing, RADVD_NEEDS, searchPath } from "./packages.ts";
import { childOf, dieWithParent, isInForeground } from "./process.ts";

// Pid 1 of the lab: a shell reaps the orphans that a runtime would leave as zombies. The traps keep it waiting
// where a signal of the terminal reaches everybody.
const PID_1 = 'trap : HUP INT QUIT TERM; "$@"; exit $?';

/** Runs the lab; the exit status is COMMAND's. */
export async function runLab(options: LabOptions, folder: string): Promise<number> {
  const absent = missing(options.routers === "radvd" ? [...LAB_NEEDS, ...RADVD_NEEDS] : LAB_NEEDS);
  for (const { program, debianPackage } of absent) {
    console.error(`lab: the program ${program} is missing; it is in the Debian package ${debianPackage}`);
  }
  if (absent.length > 0) return 1;
  const build = Deno.makeTempDirSync({ prefix: "pvd-lab-" });
  try {
    buildPrograms(build);
    return await enter(options, folder, build);
  } finally {
    removeBuild(build);
  }
}

/** Inside takes it away as soon as it has its copy; this is for when it never came to that. */
function removeBuild(build: string): void {
  try {
    Deno.removeSync(build, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

async function enter(options: LabOptions, folder: string, build: string): Promise<number> {
  const inside = new URL("inside.ts", import.meta.url).pathname;
  const root = new URL("../..", import.meta.url).pathname;
  const child = new Deno.Command("setpriv", {
    args: [
      ...["--pdeathsig", "KILL", "unshare", "--mount", "--net", "--pid", "--fork", "--kill-child"],
      ...["--mount-proc", "--propagation", "private", "sh", "-c", PID_1, "sh"],
      ...[Deno.execPath(), "run", "--quiet", "--no-prompt", "--no-check", "--allow-all", "--unstable-net"],
      ...[`--config=${root}deno.json`, inside, JSON.stringify({ options, folder, build })],
    ],
    env: { PATH: searchPath(Deno.env.get("PATH")) },
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const forward = (signal: Deno.Signal) => () => {
    const pid = childOf(childOf(child.pid));
    try {
      if (pid !== null) Deno.kill(pid, signal);
      else child.kill("SIGKILL");
    } catch (error) {
      // It ends by itself just now.
      if (!(error instanceof Deno.errors.NotFound || error instanceof TypeError)) throw error;
    }
  };
  const terminate = forward("SIGTERM");
  const hangUp = forward("SIGHUP");
  const interrupt = forward("SIGUSR2");
  Deno.addSignalListener("SIGTERM", terminate);
  Deno.addSignalListener("SIGHUP", hangUp);
  // From the keyboard it has reached COMMAND already, and COMMAND decides.
  Deno.addSignalListener("SIGINT", () => isInForeground() || interrupt());
  const { code } = await child.status;
  return code;
}

async function main(): Promise<number> {
  const options = parseOptions(Deno.args);
  if (options === "help") {
    console.log(USAGE);
    return 0;
  }
  if (Deno.uid() !== 0) {
    console.error("lab: it makes network namespaces, which only root may; run it with sudo");
    return 1;
  }
  dieWithParent();
  // `deno task` changes to the project's folder and leaves the caller's here.
  return await runLab(options, Deno.env.get("INIT_CWD") ?? Deno.cwd());
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    console.error(`lab: ${error instanceof Error ? error.message : String(error)}`);
    if (error instanceof SyntaxError) console.error(USAGE);
    Deno.exit(error instanceof SyntaxError ? 2 : 1);
  }
}
