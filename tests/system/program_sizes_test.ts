// How much of arguments and environment `pvd run` takes, beside what the kernel itself starts, and what is said above
// that. Runs in the lab, as alice.

import { deepStrictEqual, match, ok } from "node:assert/strict";
import { MAX_VARIABLES } from "../../lib/protocol.ts";
import { DOCUMENTED_IDS, type Outcome, runAs } from "../lab/lab.ts";

const ID = DOCUMENTED_IDS.R1.explicit;

/** A line of bash, as alice, with the stack's limit that people have. */
function line(text: string, environment: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  return runAs("alice", ["bash", "-c", `ulimit -Ss 8192; ${text}`], { environment });
}

/** Tries sizes of arguments: what the kernel starts, and what pvd makes of nearly as much. Prints the results as JSON. */
const SIZES = `
import json, subprocess, sys
def attempt(command, total):
    pieces, rest = divmod(total, 100000)
    words = ["x" * 99999] * pieces + ["y" * max(rest - 1, 0)]
    try:
        done = subprocess.run(command + words, env={"PATH": "/usr/bin:/bin"}, capture_output=True, timeout=60)
    except OSError as error:
        return [error.errno, ""]
    return [done.returncode, done.stderr.decode()]
taken, refused = 1000000, 4000000
while refused - taken > 1:
    middle = (taken + refused) // 2
    if attempt(["/bin/true"], middle)[0] == 0: taken = middle
    else: refused = middle
pvd = ["pvd", "run", sys.argv[1], "/bin/true"]
print(json.dumps({"taken": taken, "below": attempt(pvd, taken - 4096),
    "near": [attempt(pvd, taken - less) for less in range(0, 3072, 256)]}))
`;

Deno.test("program: 4 KiB less than the kernel starts are started, and with more it is one sentence and 125 or 126", async () => {
  const { stdout, stderr } = await line('/usr/bin/python3 -c "$SIZES" "$ID"', { ID, SIZES });
  const results: { taken: number; below: [number, string]; near: [number, string][] } = JSON.parse(stdout);
  ok(results.taken > 2_000_000, stderr);
  deepStrictEqual(results.below, [0, ""]);
  const E2BIG = 7;
  const refused = results.near.filter(([status]) => status !== 0);
  ok(refused.length > 0);
  for (const [status, said] of refused) {
    // What the kernel does not even start as pvd is said by whoever wanted to start it.
    if (status === E2BIG && said === "") continue;
    ok(status === 125 || status === 126, `${status} ${said}`);
    match(said, /^[^\n]*(too long|limit)[^\n]*\n$/);
  }
});

Deno.test("program: one variable more than a program can have is one sentence and 125", async () => {
  const start = (count: number) => line(`exec env -i $(seq -f V%g=x ${count}) /usr/bin/pvd run ${ID} true`);
  deepStrictEqual(await start(MAX_VARIABLES), { status: 0, stdout: "", stderr: "" });
  const { status, stdout, stderr } = await start(MAX_VARIABLES + 1);
  deepStrictEqual([status, stdout], [125, ""]);
  match(stderr, /^pvd: cannot start true [^\n]*10001 variables[^\n]*10000[^\n]*\n$/);
});

Deno.test("program: variables that pvd can be started with, and no program in a PvD, are one sentence and 125", async () => {
  const value = "x".repeat(200);
  const { status, stdout, stderr } = await line(
    `exec env -i $(seq -f V%g=${value} 9000) /usr/bin/pvd run ${ID} true`,
  );
  deepStrictEqual([status, stdout], [125, ""]);
  match(
    stderr,
    /^pvd: cannot start true [^\n]* too long for the kernel[^\n]*: pass fewer or shorter ones\n$/,
  );
});
