// Becoming another program: by a path of any bytes, and what is left of this one where that fails. In processes of
// their own, which are gone afterwards.

import assert from "node:assert/strict";

const EXEC = new URL("./exec.ts", import.meta.url).href;
/** "prog" and a byte that no UTF-8 has. */
const NAME = [0x70, 0x72, 0x6f, 0x67, 0xff];

async function run(folder: string, program: string, ...args: string[]): Promise<string> {
  const child = new Deno.Command(program, {
    args,
    cwd: folder,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
  const { stdout, stderr } = await child.output();
  assert.equal(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout);
}

/** What a process says that becomes the program at `path`; `afterwards` is what it does where it cannot. */
function become(folder: string, path: readonly number[], afterwards: string): Promise<string> {
  const words = `["it", "a"].map((word) => new TextEncoder().encode(word))`;
  return run(
    folder,
    Deno.execPath(),
    "eval",
    `import { becomeProgram } from ${JSON.stringify(EXEC)};
     try { becomeProgram(Uint8Array.from(${JSON.stringify(path)}), ${words}, [], 0); }
     catch (error) { ${afterwards} }`,
  );
}

async function inFolder(action: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("becomeProgram takes a path that is not UTF-8, byte by byte", () =>
  inFolder(async (folder) => {
    const script = '#!/bin/sh\necho "became $1"\n';
    await run(folder, "/bin/bash", "-c", `printf '%s' "$1" > $'prog\\xff'; chmod 755 *`, "bash", script);
    assert.equal(await become(folder, NAME, "console.log(error.message);"), "became a\n");
  }));

Deno.test("becomeProgram that fails says why, and the process goes on as before", () =>
  inFolder(async (folder) => {
    const ignored = "/^SigIgn:.*/m.exec(Deno.readTextFileSync('/proc/self/status'))[0]";
    const afterwards = `await new Promise((resolve) => setTimeout(resolve, 1));
      console.log(error.errnoName, ${ignored});`;
    const said = await become(folder, NAME, afterwards);
    const [, errno, signals = ""] = /^(\w+) SigIgn:\s*(\w+)\n$/.exec(said) ?? assert.fail(said);
    assert.equal(errno, "ENOENT");
    const SIGPIPE = 13n;
    assert.equal(BigInt(`0x${signals}`) >> (SIGPIPE - 1n) & 1n, 1n);
  }));
