import assert from "node:assert/strict";
import { joinEmptyKeyring, sessionKeyring } from "./keyring.ts";

Deno.test("joinEmptyKeyring: this thread has another session keyring than before, each time", {
  ignore: sessionKeyring() === null,
}, () => {
  const seen = new Set([sessionKeyring()]);
  for (let count = 0; count < 3; count++) {
    joinEmptyKeyring();
    seen.add(sessionKeyring());
  }
  assert.equal(seen.size, 4);
});
