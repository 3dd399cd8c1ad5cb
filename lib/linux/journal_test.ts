import assert from "node:assert/strict";
import { journalStreamOf, linePrefix } from "./journal.ts";

Deno.test("linePrefix is journald's priority for the journal, and a word for a person", () => {
  assert.equal(linePrefix(4, true), "<4>");
  assert.equal(linePrefix(4, false), "warning: ");
  assert.equal(linePrefix(6, false), "");
});

Deno.test("journalStreamOf writes device and inode as JOURNAL_STREAM does", () => {
  assert.equal(journalStreamOf("0:9:12345"), "9:12345");
  assert.equal(journalStreamOf("8:1:7"), "2049:7");
  assert.equal(journalStreamOf("259:65536:7"), `${(259 << 8) + 65536 * 4096}:7`);
});

Deno.test("a log line to a file has no priority, and to what JOURNAL_STREAM names it has one", async () => {
  const script = new URL("journal.ts", import.meta.url).href;
  const code =
    `import { priorityPrefix } from "${script}"; Deno.stdout.writeSync(new TextEncoder().encode(priorityPrefix(4)))`;
  const run = async (stream: (stat: Deno.FileInfo) => string) => {
    const path = await Deno.makeTempFile();
    const stat = await Deno.stat(path);
    // exec, so that standard error is that file and the variable names it.
    const command = new Deno.Command("sh", {
      args: ["-c", 'exec "$0" eval --quiet "$1" 2> "$2"', Deno.execPath(), code, path],
      env: { JOURNAL_STREAM: stream(stat) },
    });
    const { stdout } = await command.output();
    await Deno.remove(path);
    return new TextDecoder().decode(stdout);
  };
  assert.equal(await run(({ dev, ino }) => `${dev}:${ino}`), "<4>");
  assert.equal(await run(({ dev, ino }) => `${dev}:${(ino ?? 0) + 1}`), "warning: ");
  assert.equal(await run(() => ""), "warning: ");
});
