// `deno task package`: dist/pvd_VERSION_ARCH.deb, and a tarball with the same tree. Without denort, without network
// beyond npm, and without root: owners are set in the archives. Writes to one folder.

import config from "../deno.json" with { type: "json" };
import { bundlePrograms } from "./bundle.ts";
import {
  changelog,
  changelogDate,
  CONFFILES,
  controlFile,
  copyright,
  lintianOverrides,
  maintainerScripts,
  type Package,
} from "./deb.ts";
import { write } from "./install_programs.ts";
import { type Architecture, architectureNamed, ARCHITECTURES, type Form, ownArchitecture } from "./paths.ts";
import { filesIn, installTree } from "./tree.ts";

const PROJECT = new URL("..", import.meta.url).pathname;
const DOCUMENTS = "/usr/share/doc/pvd";
const USAGE = "usage: deno task package [amd64|arm64] [--form bundle|compiled] [--out FOLDER] [--quick]";

interface Options {
  readonly architecture: Architecture;
  readonly form: Form;
  readonly out: string;
  /** Larger, and made in seconds: for tests. */
  readonly quick: boolean;
}

/** Both archives' paths. Throws Error with what is missing. */
export async function makePackages({ architecture, form, out, quick }: Options): Promise<string[]> {
  const work = await Deno.makeTempDir({ prefix: "pvd-package-" });
  try {
    const root = `${work}/pvd`;
    const build = form === "bundle" ? `${work}/bundle` : `${PROJECT}dist`;
    if (form === "bundle") bundlePrograms(build);
    const runtime = form === "bundle" ? await runtimeOf(architecture, work) : null;
    installTree({ root, form, architecture, build, runtime });
    await compress(`${root}/usr/share/man`);
    await Deno.mkdir(out, { recursive: true });
    const { version } = config;
    const name = `${out}/pvd_${version}_${architecture}`;
    const tarball = `${name}.tar.gz`;
    await run("tar", [...owners(), "-czf", tarball, "-C", root, "."]);
    await addDebian(root, { version, architecture, form, installedKiB: kibibytes(root) });
    await run("dpkg-deb", [
      "--root-owner-group",
      ...quick ? ["-Zgzip", "-z1"] : [],
      "--build",
      root,
      `${name}.deb`,
    ]);
    return [`${name}.deb`, tarball];
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

async function addDebian(root: string, about: Package): Promise<void> {
  const license = await Deno.readTextFile(`${PROJECT}LICENSE`);
  write(`${root}${DOCUMENTS}/copyright`, copyright(license), 0o644);
  write(`${root}${DOCUMENTS}/changelog`, changelog(about, changelogDate(buildTime())), 0o644);
  await run("gzip", ["-9n", `${root}${DOCUMENTS}/changelog`]);
  write(`${root}/usr/share/lintian/overrides/pvd`, lintianOverrides(), 0o644);
  const files = filesIn(root);
  const { stdout } = await run("md5sum", ["--", ...files], root);
  write(`${root}/DEBIAN/md5sums`, stdout, 0o644);
  write(`${root}/DEBIAN/control`, controlFile(about), 0o644);
  write(`${root}/DEBIAN/conffiles`, CONFFILES.map((path) => `${path}\n`).join(""), 0o644);
  for (const [name, text] of maintainerScripts(about)) write(`${root}/DEBIAN/${name}`, text, 0o755);
}

/** The Deno that is packaged: this one, or for another architecture the one of the same version that npm has. */
async function runtimeOf(architecture: Architecture, work: string): Promise<string> {
  if (architecture === ownArchitecture()) return Deno.execPath();
  const name = ARCHITECTURES[architecture].npm;
  const folder = `${work}/runtime`;
  await Deno.mkdir(folder);
  await run("npm", ["pack", `${name}@${Deno.version.deno}`], folder);
  const [archive] = filesIn(folder);
  await run("tar", ["-xzf", archive ?? "", "package/deno"], folder);
  return `${folder}/package/deno`;
}

/** Seconds of SOURCE_DATE_EPOCH (reproducible-builds.org), or now; in ms. */
function buildTime(): number {
  const epoch = Number(Deno.env.get("SOURCE_DATE_EPOCH") ?? "");
  return Number.isSafeInteger(epoch) && epoch > 0 ? epoch * 1000 : Date.now();
}

function owners(): string[] {
  return ["--owner=root:0", "--group=root:0", "--sort=name", `--mtime=@${Math.floor(buildTime() / 1000)}`];
}

async function compress(folder: string): Promise<void> {
  await run("gzip", ["-9n", ...filesIn(folder)], folder);
}

/** What dpkg-gencontrol(1) counts: each file in whole KiB, each folder as one. */
function kibibytes(root: string): number {
  return filesIn(root).reduce(
    (sum, file) => sum + Math.ceil(Deno.statSync(`${root}/${file}`).size / 1024),
    0,
  );
}

async function run(program: string, args: readonly string[], cwd?: string): Promise<{ stdout: string }> {
  const command = new Deno.Command(program, {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { success, stdout, stderr } = await command.output().catch((error: unknown) => {
    if (error instanceof Deno.errors.NotFound) throw new Error(`the program ${program} is missing`);
    throw error;
  });
  const decoder = new TextDecoder();
  if (!success) throw new Error(`${program} failed: ${decoder.decode(stderr).trim()}`);
  return { stdout: decoder.decode(stdout) };
}

/** Null: not what the usage says. Pure. */
export function parseOptions(args: readonly string[]): Options | null {
  let architecture = ownArchitecture();
  let form: Form = "bundle";
  let out = `${PROJECT}dist`;
  let quick = false;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg === "--quick") {
      quick = true;
    } else if (arg === "--form" || arg === "--out") {
      const value = args[++index];
      if (value === undefined) return null;
      if (arg === "--out") out = value;
      else if (value === "bundle" || value === "compiled") form = value;
      else return null;
    } else {
      const named = architectureNamed(arg);
      if (named === null) return null;
      architecture = named;
    }
  }
  return { architecture, form, out, quick };
}

async function main(): Promise<number> {
  const options = parseOptions(Deno.args);
  if (options === null) {
    console.error(USAGE);
    return 64;
  }
  try {
    for (const path of await makePackages(options)) console.log(path);
    return 0;
  } catch (error) {
    console.error(`package: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main());
