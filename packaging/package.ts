// `deno task package`: dist/pvd_VERSION_ARCH.deb, and a tarball with the same tree. Without denort, without network
// beyond npm, and without root: owners are set in the archives. Writes to one folder. In dist/ it replaces what it has
// made there before for the same architecture.

import config from "../deno.json" with { type: "json" };
import { bundlePrograms, stampVersion } from "./bundle.ts";
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
import { removeOlder } from "./older.ts";
import { type Architecture, architectureNamed, DOCUMENTS, type Form, ownArchitecture } from "./paths.ts";
import { runtimeOf } from "./runtime.ts";
import { runTool } from "./tools.ts";
import { filesIn, installTree } from "./tree.ts";
import { buildTime, buildVersion, commitOf } from "./version.ts";

const PROJECT = new URL("..", import.meta.url).pathname;
const DIST = `${PROJECT}dist`;
const USAGE =
  `usage: deno task package [amd64|arm64] [--form bundle|compiled] [--runtime FILE] [--out FOLDER] [--quick]
  amd64, arm64  the architecture that it is for; this machine's is the default
  --form        bundle, the default: JavaScript and a Deno; compiled: what \`deno task compile\` has made
  --runtime     a Deno of that architecture that is there, in place of this one, or of npm's for another architecture
  --out         where the package and the tarball go; dist/ is the default, where older ones go
  --quick       less compressed: for tests`;

interface Options {
  readonly architecture: Architecture;
  readonly form: Form;
  /** The Deno to package; null: the one of this version. */
  readonly runtime: string | null;
  readonly out: string;
  /** Larger, and made in seconds: for tests. */
  readonly quick: boolean;
}

/** Both archives' paths. Throws Error with what is missing. */
export async function makePackages({ architecture, form, runtime, out, quick }: Options): Promise<string[]> {
  const work = await Deno.makeTempDir({ prefix: "pvd-package-" });
  try {
    const root = `${work}/pvd`;
    const deno = form === "bundle" ? await runtimeOf(architecture, runtime, work) : null;
    const build = form === "bundle" ? `${work}/bundle` : DIST;
    const version = buildVersion(config.version, await commitOf(), buildTime());
    if (form === "bundle") {
      bundlePrograms(build);
      stampVersion(build, config.version, version);
    }
    installTree({ root, form, architecture, build, runtime: deno, version });
    await compress(`${root}/usr/share/man`);
    await Deno.mkdir(out, { recursive: true });
    const name = `${out}/pvd_${version}_${architecture}`;
    const tarball = `${name}.tar.gz`;
    await runTool("tar", [...owners(), "-czf", tarball, "-C", root, "."]);
    await addDebian(root, { version, architecture, form, installedKiB: kibibytes(root) });
    await runTool("dpkg-deb", [
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
  await runTool("gzip", ["-9n", `${root}${DOCUMENTS}/changelog`]);
  write(`${root}/usr/share/lintian/overrides/pvd`, lintianOverrides(), 0o644);
  const files = filesIn(root);
  const sums = await runTool("md5sum", ["--", ...files], root);
  write(`${root}/DEBIAN/md5sums`, sums, 0o644);
  write(`${root}/DEBIAN/control`, controlFile(about), 0o644);
  write(`${root}/DEBIAN/conffiles`, CONFFILES.map((path) => `${path}\n`).join(""), 0o644);
  for (const [name, text] of maintainerScripts(about)) write(`${root}/DEBIAN/${name}`, text, 0o755);
}

function owners(): string[] {
  return ["--owner=root:0", "--group=root:0", "--sort=name", `--mtime=@${Math.floor(buildTime() / 1000)}`];
}

async function compress(folder: string): Promise<void> {
  await runTool("gzip", ["-9n", ...filesIn(folder)], folder);
}

/** What dpkg-gencontrol(1) counts: each file in whole KiB, each folder as one. */
function kibibytes(root: string): number {
  return filesIn(root).reduce(
    (sum, file) => sum + Math.ceil(Deno.statSync(`${root}/${file}`).size / 1024),
    0,
  );
}

/** Null: not what the usage says. Pure. */
export function parseOptions(args: readonly string[]): Options | null {
  let architecture = ownArchitecture();
  let form: Form = "bundle";
  let runtime: string | null = null;
  let out = DIST;
  let quick = false;
  for (let index = 0; index < args.length; index++) {
    const arg = args[index] ?? "";
    if (arg === "--quick") {
      quick = true;
    } else if (arg === "--form" || arg === "--out" || arg === "--runtime") {
      const value = args[++index];
      if (value === undefined) return null;
      if (arg === "--out") out = value;
      else if (arg === "--runtime") runtime = value;
      else if (value === "bundle" || value === "compiled") form = value;
      else return null;
    } else {
      const named = architectureNamed(arg);
      if (named === null) return null;
      architecture = named;
    }
  }
  return { architecture, form, runtime, out, quick };
}

async function main(): Promise<number> {
  const options = parseOptions(Deno.args);
  if (options === null) {
    console.error(USAGE);
    return 64;
  }
  try {
    const made = await makePackages(options);
    if (options.out === DIST) await removeOlder(DIST, options.architecture, made);
    for (const path of made) console.log(path);
    return 0;
  } catch (error) {
    console.error(`package: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main());
