import assert from "node:assert/strict";
import { close, duplicate, namesIn, open, statusOf } from "./fd.ts";

Deno.test("duplicate: the same file under another number, and closing one leaves the other", () => {
  const before = namesIn("/proc/self/fd").length;
  const one = open("/proc/self/ns/net", 0);
  const other = duplicate(one);
  assert.notEqual(one, other);
  assert.equal(statusOf(one).identity, statusOf(other).identity);
  close(other);
  assert.ok(statusOf(one).identity !== "");
  close(one);
  assert.equal(namesIn("/proc/self/fd").length, before);
});
