// Lifetimes, sizes and widths as people read them.

import assert from "node:assert/strict";
import { cut, durationText, lifetimeText, messageText, sizeText, widthOf } from "./text.ts";

Deno.test("durationText gives the two largest units, without an empty one", () => {
  const known = [[0, "0 s"], [59, "59 s"], [60, "1 min"], [61, "1 min 1 s"], [3600, "1 h"], [
    90_061,
    "1 d 1 h",
  ]] as const;
  for (const [seconds, text] of known) assert.equal(durationText(seconds), text);
  assert.equal(durationText(86_401), "1 d");
});

Deno.test("lifetimeText tells no end from the end", () => {
  assert.deepEqual([null, 0, 5].map(lifetimeText), ["no end", "ends now", "5 s left"]);
});

Deno.test("sizeText uses binary units", () => {
  assert.deepEqual([512, 1_572_864].map(sizeText), ["0.5 KiB", "1.5 MiB"]);
});

Deno.test("cut keeps both ends, whole characters, and never more than the width", () => {
  assert.equal(cut("abcdefghij", 10), "abcdefghij");
  assert.equal(cut("abcdefghij", 7), "abc…hij");
  assert.equal(cut("日本語日本語", 6), "日…語");
  for (let width = 1; width < 14; width++) assert(widthOf(cut("日本a語日b本語", width)) <= width);
});

Deno.test("messageText makes raw text safe and does not escape twice what is escaped", () => {
  assert.equal(messageText("a\x1b\\x1b\n"), "a\\x1b\\x1b\\x0a");
});
