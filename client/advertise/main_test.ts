// The command line of `pvd advertise`, and that what its document shows is what it takes.

import assert from "node:assert/strict";
import { parseArguments } from "./main.ts";

Deno.test("parseArguments takes a file, and one of --check and --once", () => {
  assert.deepEqual(parseArguments(["--config", "a.toml"]), { config: "a.toml", mode: "run" });
  assert.deepEqual(parseArguments(["--check", "--config=a.toml"]), { config: "a.toml", mode: "check" });
  assert.deepEqual(parseArguments(["--config", "a.toml", "--once"]), { config: "a.toml", mode: "once" });
});

Deno.test("parseArguments says what is wrong with a command line", () => {
  const wrong: [string[], string][] = [
    [[], "--config FILE is missing"],
    [["--config"], "--config FILE is missing"],
    [["--config", "a", "--check", "--once"], "--check and --once exclude each other"],
    [["--confg", "a"], "--confg is not known; did you mean --config?"],
    [["a\x1b.toml"], "a\\x1b.toml is not known"],
  ];
  for (const [args, problem] of wrong) assert.equal(parseArguments(args), problem);
});

Deno.test("docs/advertise.md shows example.toml as it is", () => {
  const document = Deno.readTextFileSync(new URL("../../docs/advertise.md", import.meta.url));
  const shown = /```toml\n(.*?)```/s.exec(document)?.[1] ?? "";
  const example = Deno.readTextFileSync(new URL("example.toml", import.meta.url));
  assert.ok(shown.startsWith("[[interface]]") && example.endsWith(shown));
});
