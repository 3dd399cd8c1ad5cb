import assert from "node:assert/strict";
import { MAX_PROGRAMS_PER_UID } from "../lib/protocol.ts";
import { Places } from "./places.ts";

Deno.test("places: a person who has all of them gets no other until one is left, and others get theirs", () => {
  const places = new Places();
  const taken = Array.from({ length: MAX_PROGRAMS_PER_UID }, () => places.take(1000));
  assert.throws(() => places.take(1000), { code: "limitExceeded" });
  places.take(1001);
  const [first = assert.fail()] = taken;
  // However often it is said.
  places.leave(first);
  places.leave(first);
  places.take(1000);
  assert.throws(() => places.take(1000), /256 programs run already; end one first/);
});
