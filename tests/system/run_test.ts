// `pvd run`: a person's program in a domain behaves as if the shell had started it, has no privilege, and reaches
// what its domain reaches. Runs in the lab, as alice, who is authorised, and bob, who is not.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { CELLS, tryCell, trySocketsInTwoDomains } from "../demo/cells.ts";
import {
  DOCUMENTED_IDS,
  firstLine,
  type Outcome,
  outcome,
  runAs,
  type RunOptions,
  spawnAs,
} from "../lab/lab.ts";
import { HOME_FOLDER } from "../lab/paths.ts";

const ID = DOCUMENTED_IDS.R1.explicit;

function inDomain(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  return runAs("alice", ["pvd", "run", ID, ...argv], options);
}

for (const cell of CELLS) {
  Deno.test(`pvd run: ${cell.kind} ${cell.id}, ${cell.server}: ${cell.expected}`, async () => {
    strictEqual(await tryCell(cell), cell.expected);
  });
}

Deno.test("pvd run: a program may hold a socket of each of two domains", async () => {
  const { problem } = await trySocketsInTwoDomains();
  strictEqual(problem, null);
});

Deno.test("pvd run: the three streams are the person's own", async () => {
  const result = await inDomain(["sh", "-c", "cat; echo to stderr >&2"], { input: "from stdin\n" });
  deepStrictEqual(result, { status: 0, stdout: "from stdin\n", stderr: "to stderr\n" });
});

Deno.test("pvd run: a megabyte goes through unharmed", async () => {
  const input = "0123456789abcdef".repeat(65_536);
  const { stdout } = await inDomain(["cat"], { input });
  ok(stdout === input);
});

Deno.test("pvd run: the program's status is pvd's", async () => {
  strictEqual((await inDomain(["sh", "-c", "exit 42"])).status, 42);
});

Deno.test("pvd run: a signal that ends the program ends in 128 and its number", async () => {
  strictEqual((await inDomain(["sh", "-c", "kill -KILL $$"])).status, 137);
});

Deno.test("pvd run: a command that is not there is 127, one that cannot be executed 126", async () => {
  strictEqual((await inDomain(["no-such-command"])).status, 127);
  strictEqual((await inDomain(["/etc/passwd"])).status, 126);
});

Deno.test("pvd run: a signal to pvd goes to the program", async () => {
  const script = "trap 'echo got it; exit 9' TERM; echo up; while :; do sleep 0.05; done";
  const child = spawnAs("alice", ["pvd", "run", ID, "sh", "-c", script]);
  strictEqual(await firstLine(child), "up");
  child.kill("SIGTERM");
  const { status, stdout } = await outcome(child);
  deepStrictEqual([status, stdout], [9, "got it\n"]);
});

Deno.test("pvd run: the working folder is the person's own", async () => {
  const { stdout } = await inDomain(["pwd"], { folder: `${HOME_FOLDER}/alice` });
  strictEqual(stdout, `${HOME_FOLDER}/alice\n`);
});

Deno.test("pvd run: the environment is the person's own, and nothing is added to it", async () => {
  const environment = { PVD_TEST: "ä\n=x", LD_TEST: "1" };
  const [inside, outside] = await Promise.all([
    inDomain(["env", "-0"], { environment }),
    runAs("alice", ["env", "-0"], { environment }),
  ]);
  const sorted = ({ stdout }: Outcome) =>
    stdout.split("\0").filter((entry) => !entry.startsWith("_=")).sort();
  deepStrictEqual(sorted(inside), sorted(outside));
});

Deno.test("pvd run: arguments arrive as they were given", async () => {
  const given = ["", "a b", "--json", "-h", "'\"$x\\", "ä\n"];
  const { stdout } = await inDomain(["printf", "%s\\0", ...given]);
  deepStrictEqual(stdout.split("\0").slice(0, -1), given);
});

Deno.test("pvd run: the program has the person's uid, gid and groups, and no others", async () => {
  const [inside, outside] = await Promise.all([inDomain(["id"]), runAs("alice", ["id"])]);
  strictEqual(inside.stdout, outside.stdout);
});

Deno.test("pvd run: the program has no capability and can get none", async () => {
  const { stdout } = await inDomain(["grep", "-E", "^(Cap|NoNewPrivs|Uid|Gid)", "/proc/self/status"]);
  for (const set of ["Inh", "Prm", "Eff", "Bnd", "Amb"]) {
    match(stdout, new RegExp(`^Cap${set}:\\s0{16}$`, "m"));
  }
  match(stdout, /^NoNewPrivs:\s1$/m);
  match(stdout, /^Uid:(\s64101){4}$/m);
});

Deno.test("pvd run: the program has the three streams and no other descriptor", async () => {
  // The shell's own glob opens the folder: one number more than it was started with, and none of it is kept.
  const { stdout } = await inDomain(["sh", "-c", "for fd in /proc/$$/fd/*; do echo ${fd##*/}; done"]);
  deepStrictEqual(stdout.trim().split("\n").filter((fd) => Number(fd) < 10 && fd !== "3"), ["0", "1", "2"]);
});

Deno.test("pvd run: the resolver file is the domain's, and the host's own is as it was", async () => {
  const [inside, outside] = await Promise.all([
    inDomain(["cat", "/etc/resolv.conf"]),
    runAs("alice", ["cat", "/etc/resolv.conf"]),
  ]);
  deepStrictEqual(inside.stdout.match(/^nameserver .*$/gm), [
    "nameserver 2001:db8:1::1",
    "nameserver 2001:db8:10::2",
  ]);
  match(inside.stdout, /^search www\.example-10\.hr example-10\.hr$/m);
  match(outside.stdout, /the lab's client host/);
});

Deno.test("pvd run: without a domain there is no way to either server", async () => {
  for (const address of ["2001:db8:10::2", "2001:db8:20::2"]) {
    const { stderr } = await runAs("alice", ["bash", "-c", `exec 3<>/dev/tcp/${address}/80`]);
    match(stderr, /Network is unreachable/);
  }
});

Deno.test("pvd run: who is not authorised is refused, and nothing is started", async () => {
  const { status, stdout, stderr } = await runAs("bob", ["pvd", "run", ID, "echo", "started"]);
  deepStrictEqual([status, stdout], [125, ""]);
  match(stderr, /net\.pvd1\.use .*needs a password.*polkit rule/);
});

Deno.test("pvd run: an unknown domain is refused, and nothing is started", async () => {
  const { status, stdout } = await runAs("alice", ["pvd", "run", "no-such-domain", "echo", "started"]);
  deepStrictEqual([status, stdout], [125, ""]);
});

Deno.test("pvd run: fifty programs at once all run and all end", async () => {
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, index) => inDomain(["echo", String(index)])),
  );
  deepStrictEqual(
    results.map(({ stdout }) => stdout.trim()),
    Array.from({ length: 50 }, (_, index) => String(index)),
  );
});
