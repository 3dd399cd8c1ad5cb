// The package that is tested, and what upgrades it: this source's, with a higher version. Writes to one folder.

import { makePackages } from "../../packaging/package.ts";
import { type Form, ownArchitecture } from "../../packaging/paths.ts";

export interface Packages {
  readonly form: Form;
  /** Paths. */
  readonly first: string;
  readonly second: string;
  readonly version: string;
  readonly secondVersion: string;
  /** Bytes of the first. */
  readonly size: number;
}

/** The first is built, or `given`: then an older one may be upgraded. The second is always this source's, in the form that
 * the first has. Throws Error with what dpkg-deb(1) said, and where `given` is newer than this source. */
export async function buildPackages(folder: string, form: Form, given: string | null): Promise<Packages> {
  const first = given ?? await build(`${folder}/first`, form);
  const version = await field(first, "Version");
  const firstForm = await formOf(first);
  const next = given === null ? first : await build(`${folder}/next`, firstForm);
  const secondVersion = `${await field(next, "Version")}+next`;
  if (!await isNewer(secondVersion, version)) {
    throw new Error(`${first} is version ${version}, newer than this source; test it from its own`);
  }
  const tree = `${folder}/tree`;
  await dpkgDeb(["--raw-extract", next, tree]);
  const control = `${tree}/DEBIAN/control`;
  const text = Deno.readTextFileSync(control);
  Deno.writeTextFileSync(control, text.replace(/^Version: .*$/m, `Version: ${secondVersion}`));
  const second = `${folder}/second.deb`;
  // Not compressed: it is unpacked once, on this machine.
  await dpkgDeb(["-Znone", "--root-owner-group", "--build", tree, second]);
  Deno.removeSync(tree, { recursive: true });
  return { form: firstForm, first, second, version, secondVersion, size: Deno.statSync(first).size };
}

/** The path of this source's package. */
async function build(out: string, form: Form): Promise<string> {
  const options = { architecture: ownArchitecture(), form, runtime: null, out, quick: true };
  const [deb] = await makePackages(options);
  if (deb === undefined) throw new Error("no package was built");
  return deb;
}

async function field(deb: string, name: string): Promise<string> {
  return (await dpkgDeb(["--field", deb, name])).trim();
}

/** By its helper, which is a binary where it was compiled. */
async function formOf(deb: string): Promise<Form> {
  return / \.\/usr\/lib\/pvd\/pvd-helper$/m.test(await dpkgDeb(["--contents", deb])) ? "compiled" : "bundle";
}

/** As Debian compares versions (deb-version(7)). */
async function isNewer(one: string, other: string): Promise<boolean> {
  const { success } = await new Deno.Command("dpkg", { args: ["--compare-versions", one, "gt", other] })
    .output();
  return success;
}

/** What it prints. */
async function dpkgDeb(args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("dpkg-deb", {
    args: [...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`dpkg-deb failed: ${new TextDecoder().decode(stderr).trim()}`);
  return new TextDecoder().decode(stdout);
}
