import assert from "node:assert/strict";
import { open } from "../lib/linux/fd.ts";
import { accept, closeAll, connectUnix, listenUnix } from "../lib/linux/socket.ts";
import { callerOf, isService } from "./launch.ts";

/** A socket whose other end is this process, and its uid. */
async function withClient(body: (client: number, uid: number) => void): Promise<void> {
  const folder = Deno.makeTempDirSync();
  const listener = listenUnix(`${folder}/s`, 0o600);
  const other = connectUnix(`${folder}/s`);
  const client = accept(listener) ?? assert.fail("nobody connected");
  try {
    body(client, Deno.uid() ?? assert.fail("no uid"));
  } finally {
    closeAll([listener, other, client]);
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("callerOf: a person is who the kernel says", () =>
  withClient((client, uid) => {
    const { pid, uid: found } = callerOf(client, [64_100, 64_103]);
    assert.deepEqual([pid, found], [Deno.pid, uid]);
  }));

Deno.test("callerOf: a service of pvd's starts no programs", () =>
  withClient((client, uid) => {
    if (uid === 0) assert.equal(callerOf(client, [0]).uid, 0);
    else assert.throws(() => callerOf(client, [64_100, uid]), { code: "notAuthorized" });
  }));

Deno.test("isService: broker and fetcher are, people are not, nor is root, whoever the broker is", () => {
  assert.deepEqual([64_100, 64_103, 1000].map((uid) => isService(uid, [64_100, 64_103])), [
    true,
    true,
    false,
  ]);
  assert.ok(!isService(0, [0, 64_103]));
});

Deno.test("callerOf: what is no socket is nobody's", () => {
  const file = open("/dev/null", 0);
  assert.throws(() => callerOf(file, []), /SO_PEERCRED/);
  closeAll([file]);
});
