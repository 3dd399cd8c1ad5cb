import assert from "node:assert/strict";
import { closeAll } from "../../lib/linux/fd.ts";
import { accept, connectUnix, listenUnix } from "../../lib/linux/socket.ts";
import { encodeSubject, peerSubject } from "./subject.ts";
import { ALICE } from "./testing.ts";

const { signal } = new AbortController();

Deno.test("encodeSubject: a process has the types that polkit wants, uid above all", () => {
  assert.deepEqual(encodeSubject(ALICE), ["unix-process", {
    pid: { signature: "u", value: 4242 },
    "start-time": { signature: "t", value: 123456n },
    uid: { signature: "i", value: 1000 },
  }]);
});

Deno.test("encodeSubject: a uid that polkit would take for none, or for another, is refused", () => {
  for (const uid of [-1, 0x8000_0000, 0xffff_ffff, 1.5]) assert.equal(encodeSubject({ ...ALICE, uid }), null);
  for (const pid of [0, -1, 0x8000_0000]) assert.equal(encodeSubject({ ...ALICE, pid }), null);
  for (const startTime of ["", "-1", "1e9", "x"]) assert.equal(encodeSubject({ ...ALICE, startTime }), null);
});

Deno.test("encodeSubject: only a unique bus name counts, one that can change hands is refused", () => {
  assert.deepEqual(encodeSubject({ kind: "bus", sender: ":1.42" }), ["system-bus-name", {
    name: { signature: "s", value: ":1.42" },
  }]);
  for (const sender of ["", "net.pvd1", "org.freedesktop.DBus", ":1", ":1.2 ", ":1.2\n"]) {
    assert.equal(encodeSubject({ kind: "bus", sender }), null);
  }
});

Deno.test("peerSubject: who connected, for as long as that process lives", async () => {
  const folder = Deno.makeTempDirSync();
  const listener = listenUnix(`${folder}/s`, 0o600);
  const client = connectUnix(`${folder}/s`);
  const accepted = accept(listener) ?? -1;
  const subject = await peerSubject(accepted, signal);
  assert.deepEqual([subject?.pid, subject?.uid], [Deno.pid, Deno.uid()]);
  assert.equal(subject?.stillThere(), true);
  closeAll([client, accepted]);

  const code = `import { connectUnix } from ${
    JSON.stringify(new URL("../../lib/linux/socket.ts", import.meta.url).href)
  };
    connectUnix(${
    JSON.stringify(`${folder}/s`)
  }); console.log("connected"); await Deno.stdin.read(new Uint8Array(1));`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", code],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = child.stdout.getReader();
  await output.read();
  const other = accept(listener) ?? -1;
  const theirs = await peerSubject(other, signal);
  assert.equal(theirs?.pid, child.pid);
  assert.equal(theirs?.stillThere(), true);
  await child.stdin.close();
  await child.status;
  assert.equal(theirs?.stillThere(), false);
  assert.equal(await peerSubject(other, signal), null);
  await output.cancel();
  closeAll([listener, other]);
  Deno.removeSync(folder, { recursive: true });
});
