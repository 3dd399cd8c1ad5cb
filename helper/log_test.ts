import assert from "node:assert/strict";

/** What a program prints that logs a line in between, with such a standard error. */
async function around(stderr: string): Promise<string> {
  const module = JSON.stringify(new URL("log.ts", import.meta.url).href);
  const script =
    `import { log } from ${module}; console.log("before"); log("info", "a line"); console.log("after");`;
  const { stdout } = await new Deno.Command("/bin/sh", {
    args: ["-c", `"$0" eval --quiet "$1" 2>${stderr}`, Deno.execPath(), script],
    stdout: "piped",
  }).output();
  return new TextDecoder().decode(stdout);
}

Deno.test("log: a line that cannot be written is lost, and nothing else", async () => {
  assert.equal(await around("/dev/full"), "before\nafter\n");
});

Deno.test("log: a line goes to standard error, with whose it is", async () => {
  assert.equal(await around("&1"), "before\npvd-helper: a line\nafter\n");
});
