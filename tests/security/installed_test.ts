// The installed form under attack: a hostile working folder, a hostile environment, and the runtime's own commands asked
// of the shipped programs. Runs in the lab.

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { DOCUMENTED_IDS, run, runAs, spawnAs } from "../lab/lab.ts";
import { outcome } from "../lab/lab.ts";
import { testedForm } from "../lab/installed.ts";
import { programArgv } from "../lab/installed.ts";
import { HOME_FOLDER } from "../lab/paths.ts";

const ID = DOCUMENTED_IDS.R1.explicit;
const FOLDER = `${HOME_FOLDER}/alice/hostile`;
const EVIL = 'console.log("EVIL"); require("node:fs").writeFileSync("EVIL", "");\n';

/** What a runtime looks for in the folder that it is started in, each leading to code that would show itself. */
const TRAPS: Readonly<Record<string, string>> = {
  "deno.json":
    '{"imports":{"node:module":"./evil.cjs"},"tasks":{"list":"touch EVIL"},"unstable":["x"],"lock":"l"}',
  "deno.jsonc": "{ broken",
  "package.json": '{"type":"commonjs","main":"evil.cjs","dependencies":{"left-pad":"1"}}',
  "import_map.json": "{ broken",
  "tsconfig.json": "{ broken",
  ".npmrc": "registry=http://127.0.0.1:1\n//:_authToken=${X",
  ".env": "DENO_DIR=.\nNODE_OPTIONS=--require ./evil.cjs\n",
  "evil.cjs": EVIL,
  "list": EVIL,
  "list.ts": EVIL,
  "main.js": EVIL,
};

async function inTrap(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  await run(["rm", "-rf", FOLDER]);
  await run(["install", "-d", "-o", "alice", FOLDER]);
  for (const [name, text] of Object.entries(TRAPS)) Deno.writeTextFileSync(`${FOLDER}/${name}`, text);
  const result = await outcome(spawnAs("alice", argv, { folder: FOLDER, environment }));
  const left = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) => !(name in TRAPS))
    .sort();
  return { ...result, left };
}

Deno.test("installed: a working folder full of configuration for the runtime changes nothing", async () => {
  const expected = await runAs("alice", ["pvd", "list"]);
  deepStrictEqual(await inTrap(["pvd", "list"], { HOME: FOLDER }), { ...expected, left: [] });
  const ran = await inTrap(["pvd", "run", ID, "echo", "fine"], { HOME: FOLDER });
  deepStrictEqual(ran, { status: 0, stdout: "fine\n", stderr: "", left: [] });
});

for (
  const [name, value] of [
    ["NODE_OPTIONS", "--require ./evil.cjs"],
    ["DENO_V8_FLAGS", "--help"],
    ["DENO_DIR", "."],
    ["OTEL_DENO", "true"],
    ["DENO_CERT", "/nonexistent"],
    ["DENO_TLS_CA_STORE", "bogus"],
    ["NODE_EXTRA_CA_CERTS", "/nonexistent"],
    ["DENO_INTERNAL_CHILD_ENTRYPOINT", "./evil.cjs"],
    ["DENO_CONDITIONS", "evil"],
    ["DENO_JOBS", "x"],
    ["HOME", "/proc"],
  ] as const
) {
  Deno.test(`installed: ${name}=${value} is the program's, and does nothing to pvd`, async () => {
    const { status, stdout, stderr, left } = await inTrap(["pvd", "run", ID, "printenv", name], {
      [name]: value,
    });
    deepStrictEqual([status, stdout, stderr, left], [0, `${value}\n`, "", []]);
  });
}

Deno.test("installed: without HOME it works, and nothing is written into a home that there is", async () => {
  const home = `${HOME_FOLDER}/alice`;
  const before = [...Deno.readDirSync(home)].map(({ name }) => name).sort();
  const { stdout } = await runAs("alice", ["env", "-i", "/usr/bin/pvd", "run", ID, "env"]);
  strictEqual(stdout, "");
  await runAs("alice", ["pvd", "list"]);
  deepStrictEqual([...Deno.readDirSync(home)].map(({ name }) => name).sort(), before);
});

Deno.test("installed: a program has the environment byte for byte, with what a shell would drop", async () => {
  const odd = ["A=1", "BASH_FUNC_x%%=() { :; }", "a-b=", "NODE_OPTIONS=a  'b' $c"];
  const { stdout } = await runAs("alice", ["env", "-i", ...odd, "/usr/bin/pvd", "run", ID, "env", "-0"]);
  deepStrictEqual(stdout.split("\0").filter((entry) => entry !== "").sort(), odd.toSorted());
});

for (const party of ["helper", "broker", "fetcher", "client"] as const) {
  Deno.test(`installed: the ${party} asked to eval, run or repl as the runtime would does none of it`, async () => {
    const script = `${HOME_FOLDER}/alice/proof.js`;
    Deno.writeTextFileSync(script, "console.log(6 * 7 * 101)");
    try {
      for (const args of [["eval", "console.log(6 * 7 * 101)"], ["run", script], ["repl"], [script]]) {
        const argv = [
          "env",
          "-i",
          "DENO_NO_UPDATE_CHECK=1",
          "HOME=/nonexistent",
          ...programArgv(party, args),
        ];
        const { stdout, stderr } = await runAs("alice", argv, { input: "console.log(6 * 7 * 101)\n" });
        strictEqual(/4242/.test(stdout + stderr), false, `${args[0]}: ${stdout}${stderr}`);
      }
    } finally {
      Deno.removeSync(script);
    }
  });
}

Deno.test("installed: programs, runtime and code cache are root's, and nobody else can write them", async () => {
  const folders = ["/usr/lib/pvd", "/usr/bin/pvd", ...testedForm() === "bundle" ? ["/var/cache/pvd"] : []];
  const { stdout, status } = await run([
    "find",
    ...folders,
    // The mode of a symbolic link says nothing (symlink(7)); where there is no node, the runtime's cache has some.
    ...["(", "!", "-uid", "0", "-o", "!", "-type", "l", "-perm", "/022", ")"],
    "-print",
  ]);
  deepStrictEqual([status, stdout], [0, ""]);
  match((await run(["find", ...folders, "-type", "f"])).stdout, /pvd-helper/);
});
