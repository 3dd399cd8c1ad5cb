// Whose signals are heard. The bus's word that a well-known name has another owner is in connection_test.ts.

import assert from "node:assert/strict";
import { type Message, SIGNAL } from "./message.ts";
import { SignalListeners } from "./signals.ts";

const SIGNAL_MESSAGE: Message = {
  ...{ type: SIGNAL, flags: 0, serial: 1, replySerial: 0, path: "/s", interface: "a.b", member: "Said" },
  ...{ errorName: "", sender: ":1.5", signature: "s", fds: [], problem: null },
  body: () => ["text"],
};

Deno.test("a listener to a unique name hears that connection, and nobody else", () => {
  const listeners = new SignalListeners(() => Promise.resolve([]), () => {});
  const heard: unknown[] = [];
  const match = { sender: ":1.5", path: "/s", interface: "a.b", member: "Said", arg0: null };
  listeners.add(match, (body) => heard.push(...body), true);
  listeners.heard(SIGNAL_MESSAGE);
  listeners.heard({ ...SIGNAL_MESSAGE, sender: ":1.6" });
  listeners.heard({ ...SIGNAL_MESSAGE, sender: "" });
  assert.deepEqual(heard, ["text"]);
});
