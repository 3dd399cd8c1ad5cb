import assert from "node:assert/strict";
import { hasSockets } from "./abort_sockets.ts";

const NONE = "TCP6: inuse 0\nUDP6: inuse 0\nUDPLITE6: inuse 0\nRAW6: inuse 5\nFRAG6: inuse 0 memory 0\n";

Deno.test("hasSockets counts TCP and UDP alone, and takes an unreadable file for some", () => {
  assert.equal(hasSockets(NONE), false);
  assert.equal(hasSockets(NONE.replace("TCP6: inuse 0", "TCP6: inuse 1")), true);
  assert.equal(hasSockets(NONE.replace("UDP6: inuse 0", "UDP6: inuse 12")), true);
  assert.equal(hasSockets(null), true);
});
