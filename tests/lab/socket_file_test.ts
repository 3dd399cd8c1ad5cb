import assert from "node:assert/strict";
import { close, listenUnix } from "../../lib/linux/socket.ts";
import { SocketFile } from "./socket_file.ts";

Deno.test("SocketFile: neither that the old one goes nor that a new one is made is enough, before it is opened to all", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/client.sock`;
  close(listenUnix(path, 0o666));
  const witness = Deno.watchFs(folder);
  const events = witness[Symbol.asyncIterator]();
  const file = new SocketFile(path);
  const story: string[] = [];
  const said = file.changed().then(() => story.push("said"));
  /** Until a watcher can have told of it; the other one has its turn, too. */
  const seen = async () => {
    await events.next();
    for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
  };
  try {
    await Deno.remove(path);
    await seen();
    story.push("removed");
    const listener = listenUnix(path, 0o600);
    await seen();
    story.push("opened");
    await Deno.chmod(path, 0o666);
    await said;
    assert.deepEqual(story, ["removed", "opened", "said"]);
    close(listener);
  } finally {
    witness.close();
    file.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("SocketFile: one that is there anew before it is waited for is there", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/client.sock`;
  const file = new SocketFile(path);
  const listener = listenUnix(path, 0o666);
  await file.changed();
  close(listener);
  file.close();
  await Deno.remove(folder, { recursive: true });
});
