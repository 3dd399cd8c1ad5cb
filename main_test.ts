// The `pvd` command as a process: help, version, the exit statuses of failures, and what `pvd run` may import.

import assert from "node:assert/strict";
import config from "./deno.json" with { type: "json" };
import { endOf, type FakePeer, startPvd, withFakeBroker } from "./client/testing.ts";

Deno.test("pvd, pvd --help and pvd help COMMAND print help and end with 0", async () => {
  for (const args of [[], ["--help"], ["help", "run"], ["run", "-h"], ["broker", "--help"]]) {
    const { status, stdout, stderr } = await endOf(startPvd(args));
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^usage: pvd /m);
  }
});

Deno.test("pvd --version prints the version of deno.json", async () => {
  assert.deepEqual(await endOf(startPvd(["--version"])), {
    status: 0,
    stdout: `pvd ${config.version}\n`,
    stderr: "",
  });
});

Deno.test("a command line that is not understood ends with 2 and one sentence, as JSON where that is asked for", async () => {
  const plain = await endOf(startPvd(["lsit"]));
  assert.deepEqual([plain.status, plain.stdout], [2, ""]);
  assert.match(plain.stderr, /^pvd: .*did you mean list\?.*\n$/);
  const json = await endOf(startPvd(["show", "--json"]));
  assert.deepEqual([json.status, json.stderr], [2, ""]);
  assert.equal(JSON.parse(json.stdout).error.code, "usage");
});

Deno.test("without a broker every command that asks it ends with 69, one sentence, or valid JSON", async () => {
  for (const args of [["list"], ["show", "office"], ["status"], ["solicit"]]) {
    const env = { PVD_SOCKET: "/nonexistent/pvd.sock" };
    const plain = await endOf(startPvd(args, { env }));
    assert.deepEqual([plain.status, plain.stdout], [69, ""]);
    assert.match(plain.stderr, /^pvd: the pvd broker is not running .*\/nonexistent\/pvd\.sock.*\n$/);
    const json = await endOf(startPvd([...args, "--json"], { env }));
    assert.deepEqual([json.status, json.stderr], [69, ""]);
    assert.deepEqual(Object.keys(JSON.parse(json.stdout)), ["version", "error"]);
    assert.equal(JSON.parse(json.stdout).error.code, "unavailable");
  }
});

Deno.test("a refusal of the broker ends with 1 and its message, escaped", async () => {
  const script = async (peer: FakePeer) => {
    await peer.next();
    peer.say({ type: "error", code: "noSuchLink", message: "no link \x1b[2J\n" });
    await peer.next();
  };
  const { status, stdout, stderr } = await withFakeBroker(
    script,
    (path) => endOf(startPvd(["--socket", path, "solicit", "\x1b[2J\n"])),
  );
  assert.deepEqual([status, stdout], [1, ""]);
  assert.match(stderr, /^pvd: no link \\x1b\[2J\\x0a; .*\n$/);
});

Deno.test("what nobody expected ends with 70 and one sentence, and PVD_DEBUG=1 shows where", async () => {
  // Without permission to make foreign calls nothing works: a defect as good as any.
  const main = new URL("./main.ts", import.meta.url).pathname;
  const start = (env: Record<string, string>, ...args: string[]) => {
    const deno = ["run", "--quiet", "--no-lock", "--no-prompt", "--allow-env", "--allow-read", main, ...args];
    return endOf(
      new Deno.Command(Deno.execPath(), { args: deno, env, stdout: "piped", stderr: "piped" }).spawn(),
    );
  };
  const plain = await start({}, "list");
  assert.equal(plain.status, 70);
  assert.match(plain.stderr, /^pvd: this is a defect in pvd: .*; PVD_DEBUG=1 shows where\n$/);
  assert.match((await start({ PVD_DEBUG: "1" }, "list")).stderr, /\n +at /);
});

Deno.test("a reader that stops listening ends pvd as SIGPIPE would, without a word", async () => {
  const main = new URL("./main.ts", import.meta.url).pathname;
  const pvd = `${Deno.execPath()} run --quiet --no-lock -A ${main}`;
  // The reader is gone before anything is written: pvd starts only when the pipe's other end is closed.
  const line = `{ read -r _ <&3; ${pvd} --help; echo $? >&2; } 3<"$1" | { exec <&-; echo >"$1"; }`;
  const folder = await Deno.makeTempDir();
  try {
    await new Deno.Command("mkfifo", { args: [`${folder}/gone`] }).output();
    const { stderr } = await new Deno.Command("/bin/bash", { args: ["-c", line, "bash", `${folder}/gone`] })
      .output();
    assert.equal(new TextDecoder().decode(stderr), "141\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

interface Graph {
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly isDynamic?: boolean;
      readonly code?: { readonly specifier?: string };
    }[];
  }[];
}

async function importsOf(file: string): Promise<Map<string, string[]>> {
  const path = new URL(file, import.meta.url).pathname;
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json", "--no-lock", path] })
    .output();
  const graph: Graph = JSON.parse(new TextDecoder().decode(stdout));
  return new Map(graph.modules.map(({ specifier, dependencies }) => [
    specifier,
    (dependencies ?? []).filter((each) => !each.isDynamic).flatMap((each) => each.code?.specifier ?? []),
  ]));
}

Deno.test("pvd run imports nothing before the program runs but client/ and lib/: no node:, no package", async () => {
  const graph = await importsOf("./main.ts");
  const root = new URL("./", import.meta.url).href;
  const reached = new Set([`${root}main.ts`, `${root}client/run.ts`]);
  for (const module of reached) for (const each of graph.get(module) ?? []) reached.add(each);
  assert(reached.has(`${root}lib/linux/libc.ts`), "the graph was read");
  for (const module of reached) {
    assert.match(module.replace(root, "./"), /^\.\/(main\.ts|client\/[a-z_/]+\.ts|lib\/[a-z_/]+\.ts)$/);
  }
  for (const costly of ["replies_test.ts", "list.ts", "show.ts", "help.ts", "decode.ts"]) {
    assert(!reached.has(`${root}client/${costly}`), costly);
  }
});
