// The package that is tested, and the same with a higher version, for the upgrade. Writes to one folder.

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

/** Builds it, or takes `given`. Throws Error with what dpkg-deb(1) said. */
export async function buildPackages(folder: string, form: Form, given: string | null): Promise<Packages> {
  const options = { architecture: ownArchitecture(), form, runtime: null, out: folder, quick: true };
  const first = given ?? (await makePackages(options))[0];
  if (first === undefined) throw new Error("no package was built");
  const tree = `${folder}/second`;
  await dpkgDeb(["--raw-extract", first, tree]);
  const control = `${tree}/DEBIAN/control`;
  const text = Deno.readTextFileSync(control);
  const version = /^Version: (.*)$/m.exec(text)?.[1];
  if (version === undefined) throw new Error(`${first}: no version`);
  const secondVersion = `${version}+next`;
  Deno.writeTextFileSync(control, text.replace(/^Version: .*$/m, `Version: ${secondVersion}`));
  const second = `${folder}/second.deb`;
  // Not compressed: it is unpacked once, on this machine.
  await dpkgDeb(["-Znone", "--root-owner-group", "--build", tree, second]);
  const compiled = isThere(`${tree}/usr/lib/pvd/pvd-helper`);
  Deno.removeSync(tree, { recursive: true });
  return {
    form: compiled ? "compiled" : "bundle",
    first,
    second,
    version,
    secondVersion,
    size: Deno.statSync(first).size,
  };
}

async function dpkgDeb(args: readonly string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command("dpkg-deb", {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) throw new Error(`dpkg-deb failed: ${new TextDecoder().decode(stderr).trim()}`);
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
