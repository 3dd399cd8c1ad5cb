import assert from "node:assert/strict";
import { close } from "./fd.ts";
import { checkedListener, passedDescriptors } from "./listen_fds.ts";
import { listenUnix, socketPair } from "./socket.ts";

Deno.test("passedDescriptors takes what was passed to this process alone", () => {
  assert.equal(passedDescriptors(7, "7", "1"), 1);
  assert.equal(passedDescriptors(7, "7", "0"), 0);
  assert.equal(passedDescriptors(7, "8", "1"), 0);
  assert.equal(passedDescriptors(7, null, "1"), 0);
  assert.equal(passedDescriptors(7, "7", null), 0);
  for (const [pid, fds] of [["x", "1"], ["7", "-1"], ["7", "1 "], ["7", "99999"], ["", ""]] as const) {
    assert.throws(() => passedDescriptors(7, pid, fds), SyntaxError, `${pid} ${fds}`);
  }
});

Deno.test("checkedListener takes a listening SEQPACKET socket, and refuses a connected one and nothing", () => {
  const folder = Deno.makeTempDirSync();
  const listener = listenUnix(`${folder}/socket`, 0o600);
  const pair = socketPair();
  try {
    assert.equal(checkedListener(listener), listener);
    for (const fd of pair) assert.throws(() => checkedListener(fd), /no Unix SEQPACKET socket that listens/);
    assert.throws(() => checkedListener(1_000_000), /getsockopt SO_DOMAIN/);
  } finally {
    [listener, ...pair].forEach(close);
    Deno.removeSync(folder, { recursive: true });
  }
});
