import assert from "node:assert/strict";
import { withKept } from "./own.ts";

const kept = (...entries: string[]) => {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder();
  return withKept(entries.map((entry) => encoder.encode(entry))).map((entry) => decoder.decode(entry));
};

Deno.test("withKept puts back what the runtime was not to see, and leaves everything else alone", () => {
  assert.deepEqual(kept("A=1", "PVD__NODE_OPTIONS=--require x y", "PVD__DENO_DIR=", "B%%=() { :; }"), [
    "A=1",
    "NODE_OPTIONS=--require x y",
    "B%%=() { :; }",
  ]);
  const others = ["PVD__LD_PRELOAD=/x", "PVD__DENO_DIRX=1", "PVD_SOCKET=/s", "PVD__", "PVD__OTEL_DENO"];
  assert.deepEqual(kept(...others), others);
});
