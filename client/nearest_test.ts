// "Did you mean": what is near enough to be offered, and what is not.

import assert from "node:assert/strict";
import { nearest } from "./nearest.ts";

const WORDS = ["list", "show", "status", "solicit", "run", "--json", "--socket"];

Deno.test("nearest finds the word with one slip, two in longer words, or only its beginning typed", () => {
  for (
    const [typed, meant] of [["lsit", "list"], ["shwo", "show"], ["statsu", "status"], ["sttaus", "status"]]
  ) {
    assert.equal(nearest(typed ?? "", WORDS), meant);
  }
  assert.equal(nearest("--jsno", WORDS), "--json");
  assert.equal(nearest("solic", WORDS), "solicit");
  assert.equal(nearest("rum", WORDS), "run");
});

Deno.test("nearest is silent where nothing is near, whatever the length", () => {
  for (const typed of ["", "x", "-", "--", "quux", "x".repeat(100_000)]) {
    assert.equal(nearest(typed, WORDS), null);
  }
});
