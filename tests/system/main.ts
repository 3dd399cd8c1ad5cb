// The second half of `deno task test`: everything that needs the lab. The lab's own tests run on the host, the
// others in one lab that is brought up once, those for Debian's radvd in a second one. Needs root; starts processes.

import { namesIn } from "../../lib/linux/fd.ts";
import { testedForm } from "../lab/installed.ts";
import { install, LAB_NEEDS, RADVD_NEEDS, TEST_NEEDS } from "../lab/packages.ts";
import { unpack } from "../lab/unpacked.ts";

const HERE = new URL("./", import.meta.url).pathname;
const SECURITY = new URL("../security/", import.meta.url).pathname;
const LAB = new URL("../lab/main.ts", import.meta.url).pathname;
/** Half a minute of it; it needs no lab. */
const FUZZ = new URL("../fuzz/fuzz_test.ts", import.meta.url).pathname;
const INFORMATION = new URL("../information/lab/information_test.ts", import.meta.url).pathname;
/** The lab itself, seen from outside. */
const ON_HOST = ["lab_test.ts"];
/** What wants other routers than ours. */
const WITH_RADVD = ["radvd_test.ts"];

function tests(): string[] {
  const found = [HERE, SECURITY].flatMap((folder) => namesIn(folder).map((name) => `${folder}${name}`));
  const elsewhere = [...ON_HOST, ...WITH_RADVD].map((name) => `${HERE}${name}`);
  return found.filter((path) => path.endsWith("_test.ts") && !elsewhere.includes(path)).sort();
}

async function testRun(prefix: readonly string[], files: readonly string[]): Promise<boolean> {
  const test = ["test", "--quiet", "--no-check", "--allow-all", "--unstable-net", ...files];
  const [program = "", ...args] = [...prefix, Deno.execPath(), ...test];
  const { success } = await new Deno.Command(program, { args, stdin: "null" }).spawn().status;
  return success;
}

/** Those that make namespaces of their own. */
async function ownRuns(): Promise<boolean[]> {
  const results: boolean[] = [];
  for (const script of ["bus", "information", "packaging"]) {
    const path = new URL(`../${script}/main.ts`, import.meta.url).pathname;
    const args = ["run", "--quiet", "--no-check", "--allow-all", path];
    results.push((await new Deno.Command(Deno.execPath(), { args, stdin: "null" }).spawn().status).success);
  }
  return results;
}

async function main(): Promise<number> {
  if (Deno.uid() !== 0) {
    console.error("the system tests make network namespaces, which only root may; run them with sudo");
    return 1;
  }
  install([...LAB_NEEDS, ...RADVD_NEEDS, ...TEST_NEEDS], console.error);
  unpack(console.error);
  console.log(`the lab has pvd as it is installed from the ${testedForm()} form`);
  const lab = [Deno.execPath(), "run", "--quiet", "--no-check", "--allow-all", LAB];
  const results = [
    await testRun([], [FUZZ]),
    await testRun([], ON_HOST.map((name) => `${HERE}${name}`)),
    await testRun([...lab, "--"], tests()),
    await testRun([...lab, "--routers", "radvd", "--"], WITH_RADVD.map((name) => `${HERE}${name}`)),
    await testRun([...lab, "--routers", "none", "--"], [INFORMATION]),
    ...await ownRuns(),
  ];
  return results.every((success) => success) ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
