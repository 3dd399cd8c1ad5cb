// A moment of the fuzzer in every test run, always with the same packets at the start.

import assert from "node:assert/strict";
import { checkBytes, fuzzParser } from "../../tests/fuzz/ndp_fuzz.ts";

Deno.test("fuzzParser: bent packets never throw, and what is valid builds to the same", () => {
  const { runs, valid } = fuzzParser(1, 8801);
  assert.ok(runs > 0);
  assert.ok(valid > 0, "no bent packet was valid, so nothing was tested");
});

Deno.test("parseMessage: 64 KiB of nested containers are answered", () => {
  // Each container claims all that follows it, as far as a length goes.
  const bytes = new Uint8Array(65_528);
  bytes[0] = 134;
  for (let at = 16; at < bytes.length; at += 8) {
    bytes[at] = 63;
    const left = (bytes.length - at) / 8;
    const inItsRow = 255 - ((at - 16) / 8) % 255;
    bytes[at + 1] = Math.min(left, inItsRow);
  }
  assert.equal(checkBytes(bytes), true);
});

Deno.test("parseMessage: 64 KiB of options of 8 octets are answered", () => {
  const bytes = new Uint8Array(65_528);
  bytes[0] = 134;
  for (let at = 16; at < bytes.length; at += 8) bytes.set([200, 1], at);
  assert.equal(checkBytes(bytes), true);
});
