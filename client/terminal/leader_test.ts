import assert from "node:assert/strict";
import { ANY_SHELL, type Command, JOB_SHELLS, leaderOf } from "./leader.ts";

const encoder = new TextEncoder();
const texts = (bytes: readonly Uint8Array[]) => bytes.map((each) => new TextDecoder().decode(each));

function command(argv: readonly string[], environment: readonly string[] = []): Command {
  return {
    argv: argv.map((word) => encoder.encode(word)),
    environment: environment.map((entry) => encoder.encode(entry)),
  };
}

/** The leader as it is started, but without a terminal: job control is then off, the rest is the same. */
async function lead(shell: string, foreground: boolean, program: Command, ignored: readonly number[] = []) {
  const { argv, environment } = leaderOf(program, { shell, foreground, pid: Deno.pid, ignored });
  const [file = "", ...args] = texts(argv);
  const pairs = texts(environment).map((entry) => {
    const equals = entry.indexOf("=");
    return [entry.slice(0, equals), entry.slice(equals + 1)];
  });
  const { code, stdout } = await new Deno.Command(file, {
    args,
    clearEnv: true,
    env: Object.fromEntries(pairs),
    stdin: "null",
    stderr: "null",
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout) };
}

for (const shell of [JOB_SHELLS[0], ANY_SHELL]) {
  for (const foreground of [true, false]) {
    const where = `${shell} in the ${foreground ? "foreground" : "background"}`;

    Deno.test(`leaderOf: arguments and environment arrive as they are, by ${where}`, async () => {
      const environment = [
        "PATH=/usr/bin:/bin",
        "IFS=x",
        "a.b%%=() { x; }",
        "PWD=/nowhere",
        "e0=not ours",
        "E=a=b\n'\"$x",
      ];
      const program = command(["/usr/bin/env", "-0"], environment);
      const { code, stdout } = await lead(shell, foreground, program);
      assert.equal(code, 0);
      assert.deepEqual(stdout.split("\0").slice(0, -1).toSorted(), environment.toSorted());
      const given = ["", "a b", "-n", "$(x)", "ä\n"];
      const printed = await lead(shell, foreground, command(["/usr/bin/printf", "%s\\0", ...given]));
      assert.deepEqual(printed.stdout.split("\0").slice(0, -1), given);
    });

    Deno.test(`leaderOf: the program's status is the leader's, by ${where}`, async () => {
      for (const status of [0, 7, 148]) {
        assert.equal(
          (await lead(shell, foreground, command(["/bin/sh", "-c", `exit ${status}`]))).code,
          status,
        );
      }
      assert.equal((await lead(shell, foreground, command(["/bin/sh", "-c", "kill -9 $$"]))).code, 137);
      assert.equal((await lead(shell, foreground, command(["/no/such/file"]))).code, 127);
    });

    Deno.test(`leaderOf: the program has ignored what it is to ignore, and the leader has not, by ${where}`, async () => {
      const show = command(["/bin/grep", "-h", "^SigIgn:", "/proc/self/status"]);
      const bits = async (ignored: readonly number[]) => {
        const { stdout } = await lead(shell, foreground, show, ignored);
        return BigInt(`0x${stdout.trim().split(/\s+/)[1]}`) & (1n << 0n | 1n << 9n | 1n << 11n);
      };
      assert.equal(await bits([]), 0n);
      assert.equal(await bits([1, 10, 12]), 1n << 0n | 1n << 9n | 1n << 11n);
    });
  }
}

Deno.test("leaderOf: no value of the environment stands among the arguments, which everybody can read", () => {
  const { argv } = leaderOf(command(["/bin/true"], ["TOKEN=hidden-word"]), {
    shell: JOB_SHELLS[0],
    foreground: true,
    pid: 1,
    ignored: [],
  });
  assert.ok(!texts(argv).join("\n").includes("hidden-word"));
  assert.ok(!texts(argv).join("\n").includes("TOKEN"));
});

Deno.test("leaderOf: a program whose path holds = is not taken for a variable", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/a=b`, "#!/bin/sh\necho started $1\n", { mode: 0o755 });
    const { stdout } = await lead(JOB_SHELLS[0], true, command([`${folder}/a=b`, "c"]));
    assert.equal(stdout, "started c\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("leaderOf: an environment of too many entries is refused with their number", () => {
  const many = Array.from({ length: 20_000 }, (_, index) => `v${index}=`);
  const how = { shell: JOB_SHELLS[0], foreground: true, pid: 1, ignored: [] };
  assert.throws(() => leaderOf(command(["/bin/true"], many), how), /environment of 20000 entries/);
});
