// How large each form is and how long it takes to start: the runtime alone, the bundles with and without their cache of
// compiled code, the compiled program, the package. In the lab of inside.ts; prints, asserts nothing.

import { bundledFiles } from "../../packaging/bundle.ts";
import { INSTALLED_DENO, INSTALLED_FOLDER, ownArchitecture } from "../../packaging/paths.ts";
import { programArgv } from "../../packaging/programs.ts";
import { LAB_FOLDER } from "../lab/paths.ts";
import { median } from "./numbers.ts";

const DIST = new URL("../../dist", import.meta.url).pathname;
const EMPTY = `${LAB_FOLDER}/empty.js`;
const MB = 1e6;

/** Milliseconds of each run of these arguments, as alice. */
export type Times = (argv: readonly string[]) => Promise<number[]>;

export async function benchSizes(times: Times): Promise<void> {
  const ms = async (...argv: string[]) => `${median(await times(argv)).toFixed(0)} ms`;
  Deno.writeTextFileSync(EMPTY, "");
  const files = bundledFiles(INSTALLED_FOLDER).map((file) => `${INSTALLED_FOLDER}/${file}`);
  const [deno = "", run = "", ...rest] = programArgv("bundle", "client", ownArchitecture(), ["--version"]);
  const parts = [
    `the runtime ${mb(sizeOf([INSTALLED_DENO]))}, an empty program in ${await ms(
      INSTALLED_DENO,
      "run",
      "--quiet",
      "--no-config",
      EMPTY,
    )}`,
    `the bundles ${mb(sizeOf(files))}, pvd --version in ${await ms(
      deno,
      run,
      "--no-code-cache",
      ...rest,
    )} without compiled code, ${await ms("pvd", "--version")} with it, as installed`,
    packages(),
    await compiled(ms),
  ];
  console.log(`forms: ${parts.join("; ")}`);
}

function packages(): string {
  const names = namesIn(DIST).filter((name) => name.endsWith(`_${ownArchitecture()}.deb`));
  const shown = names.map((name) => `the package ${mb(sizeOf([`${DIST}/${name}`]))} (${name})`);
  return shown.length > 0 ? shown.join(", ") : "the package: not made here (deno task package)";
}

async function compiled(ms: (...argv: string[]) => Promise<string>): Promise<string> {
  const programs = ["pvd", "pvd-helper", "pvd-fetcher"].map((name) => `${DIST}/${name}`);
  if (!programs.every(isThere)) return "compiled: not made here (deno task compile, which needs denort)";
  return `compiled ${mb(sizeOf(programs))}, pvd --version in ${await ms(programs[0] ?? "", "--version")}`;
}

function sizeOf(paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + Deno.statSync(path).size, 0);
}

function mb(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}

function namesIn(folder: string): string[] {
  return isThere(folder) ? [...Deno.readDirSync(folder)].map(({ name }) => name) : [];
}

function isThere(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
