// The command lines of the installed programs: read as text. Started is the second half of the command alone, with other
// modules behind it.

import assert from "node:assert/strict";
import {
  architectureNamed,
  ARCHITECTURES,
  COMMAND_MODULE,
  INSTALLED_COMMAND,
  INSTALLED_FOLDER,
  RUN_MODULE,
} from "./paths.ts";
import { permissionFlags } from "./permissions.ts";
import { launchers, programArgv } from "./programs.ts";

const ARCHITECTURE_NAMES = ["amd64", "arm64"] as const;

Deno.test("launchers fit into what the kernel reads of a first line, and no shell is in them", () => {
  for (const architecture of ARCHITECTURE_NAMES) {
    for (const [path, text] of launchers(architecture)) {
      const [first = ""] = text.split("\n");
      assert.ok(first.length <= 255, `${path} ${first.length}`);
      assert.match(first, /^#!\/usr\/bin\/env -S /);
      assert.doesNotMatch(first, /\bsh\b/);
    }
    assert.ok(
      launchers(architecture).get("/usr/lib/pvd/command")?.includes(ARCHITECTURES[architecture].libc),
    );
  }
});

Deno.test("the command drops the name of the script before it, also where the person's variable is not UTF-8", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const text = launchers("amd64").get(INSTALLED_COMMAND) ?? "";
    for (const [file, name] of [[RUN_MODULE, "run"], [COMMAND_MODULE, "all"]] as const) {
      Deno.mkdirSync(`${folder}/${file}`.replace(/\/[^/]*$/, ""));
      const said = `console.log("${name}", ...args); Deno.exit(0);`;
      Deno.writeTextFileSync(`${folder}/${file}`, `export function start(args) { ${said} }`);
    }
    const script = `${folder}/command.js`;
    Deno.writeTextFileSync(script, text.replace(/^#!.*\n/, "").replaceAll(INSTALLED_FOLDER, folder));
    const started = (setting: string, ...args: readonly string[]) => {
      const line = `${setting} exec "$@"`;
      const runtime = [
        Deno.execPath(),
        "run",
        "--quiet",
        "--no-config",
        "--allow-env",
        "--allow-read",
        script,
      ];
      const { stdout, stderr } = new Deno.Command("/bin/bash", {
        args: ["-c", line, "bash", ...runtime, ...args],
      }).outputSync();
      const decoder = new TextDecoder();
      return decoder.decode(stdout) + decoder.decode(stderr);
    };
    for (const value of ["", "--flag", "$'\\xff'"]) {
      assert.equal(started(`PVD__NODE_OPTIONS=${value}`, "/usr/bin/pvd", "run", "x"), "run run x\n", value);
      assert.equal(started(`PVD__NODE_OPTIONS=${value}`, "/usr/bin/pvd", "list"), "all list\n", value);
    }
    assert.equal(started("", "list"), "all list\n");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("programArgv closes the runtime: no configuration, no remote or npm module, no question", () => {
  for (const party of ["client", "broker", "helper", "fetcher", "advertise"] as const) {
    const argv = programArgv("bundle", party, "amd64");
    for (const flag of ["--no-config", "--no-remote", "--no-npm", "--cached-only", "--no-prompt"]) {
      assert.ok(argv.includes(flag), `${party} ${flag}`);
    }
    assert.equal(argv[0], "/usr/lib/pvd/deno");
    assert.ok(!argv.some((flag) => /allow-all|allow-run|allow-write|^-A$/.test(flag)), party);
  }
  assert.deepEqual(programArgv("compiled", "broker", "amd64", ["broker"]), ["/usr/bin/pvd", "broker"]);
});

Deno.test("permissionFlags: what parses the network has no files, and who fetches has the network alone", () => {
  assert.deepEqual(permissionFlags(["fetcher"], "amd64"), ["--allow-net"]);
  assert.ok(
    !permissionFlags(["broker"], "amd64").some((flag) => /--allow-(read|write|net|run)\b/.test(flag)),
  );
  assert.deepEqual(permissionFlags(["helper"], "arm64"), [
    "--allow-read=/",
    "--allow-ffi=/lib/aarch64-linux-gnu/libc.so.6",
  ]);
});

Deno.test("permissionFlags of several parties is all that each of them may, once", () => {
  const flags = permissionFlags(["client", "advertise", "broker"], "amd64");
  assert.equal(new Set(flags.map((flag) => flag.replace(/=.*/, ""))).size, flags.length);
  for (const party of ["client", "advertise", "broker"] as const) {
    for (const flag of permissionFlags([party], "amd64")) assert.ok(flags.includes(flag), `${party} ${flag}`);
  }
});

Deno.test("architectureNamed knows Debian's names and the kernel's, and no other machine", () => {
  assert.deepEqual(["amd64", "x86_64", "arm64", "aarch64", "riscv64", ""].map(architectureNamed), [
    "amd64",
    "amd64",
    "arm64",
    "arm64",
    null,
    null,
  ]);
});
