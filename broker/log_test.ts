import assert from "node:assert/strict";
import { logLine } from "./log.ts";

Deno.test("logLine is one line with its priority, whatever the text", () => {
  assert.equal(logLine("<6>", "ready"), "<6>ready\n");
  assert.equal(logLine("<3>", "a\nb\u001b[0m"), "<3>a\\x0ab\\x1b[0m\n");
  assert.equal(logLine("<4>", "\\x0a escaped before"), "<4>\\x0a escaped before\n");
  assert.equal(logLine("<7>", "x".repeat(5000)).length, 1004);
});
