import assert from "node:assert/strict";
import { parseArguments } from "./main.ts";

Deno.test("parseArguments takes a settings file and --allow-root, and nothing else", () => {
  assert.deepEqual(parseArguments([]), { config: null, allowRoot: false });
  assert.deepEqual(parseArguments(["--config", "/a", "--allow-root"]), { config: "/a", allowRoot: true });
  assert.deepEqual(parseArguments(["--config=/a"]), { config: "/a", allowRoot: false });
  for (
    const wrong of [["--config"], ["--config="], ["--config", "/a", "--config", "/b"], ["x"], ["--help=1"]]
  ) {
    assert.equal(parseArguments(wrong), null, wrong.join(" "));
  }
});
