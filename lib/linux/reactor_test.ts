import assert from "node:assert/strict";
import { close } from "./fd.ts";
import { waitReadable } from "./reactor.ts";
import { sendMessage, socketPair } from "./socket.ts";

Deno.test("waitReadable: true as soon as something is there, false where nothing came in time", async () => {
  const [a, b] = socketPair();
  try {
    assert.equal(await waitReadable(a, 1), false);
    const waiting = waitReadable(a);
    sendMessage(b, new Uint8Array([1]));
    assert.equal(await waiting, true);
    assert.equal(await waitReadable(a, 0), true);
  } finally {
    close(a);
    close(b);
  }
});
