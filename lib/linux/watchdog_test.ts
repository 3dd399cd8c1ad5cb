import assert from "node:assert/strict";
import { EPOLLIN } from "./abi.ts";
import { close } from "./fd.ts";
import { Reactor } from "./reactor.ts";
import { openTimer, startWatchdog } from "./watchdog.ts";

Deno.test("openTimer is readable again and again, in the reactor's own loop", async () => {
  const reactor = new Reactor((error) => assert.fail(String(error)));
  const fd = openTimer(2);
  let times = 0;
  reactor.add(fd, EPOLLIN, () => {
    if (++times === 3) reactor.stop();
  });
  await reactor.run();
  assert.equal(times, 3);
  close(fd);
});

Deno.test("startWatchdog adds nothing to the reactor where nobody watches", () => {
  const added: number[] = [];
  const stop = startWatchdog({ add: (fd) => added.push(fd), remove: () => assert.fail() });
  stop();
  assert.deepEqual(added, []);
});

const PERIOD_MS = 1_000;
const TIMES = 4;

/** A service whose reactor turns for so many reports and is then held up by a callback that does not come back. */
const SERVICE = `
import { Reactor } from "${import.meta.resolve("./reactor.ts")}";
import { startWatchdog } from "${import.meta.resolve("./watchdog.ts")}";
const reactor = new Reactor((error) => { throw error; });
let times = 0;
const held = (ready) => (events) => {
  ready(events);
  if (++times < ${TIMES}) return;
  console.log("held up");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
};
startWatchdog({ add: (fd, events, ready) => reactor.add(fd, events, held(ready)), remove: () => {} });
await reactor.run();
`;

Deno.test("startWatchdog tells the manager in time, again and again, and not while the loop is held up", async () => {
  const folder = Deno.makeTempDirSync();
  const manager = Deno.listenDatagram({ transport: "unixpacket", path: `${folder}/notify` });
  const service = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      "--allow-all",
      `data:application/javascript,${encodeURIComponent(SERVICE)}`,
    ],
    env: { NOTIFY_SOCKET: `${folder}/notify`, WATCHDOG_USEC: `${PERIOD_MS * 1000}` },
    stdin: "null",
    stdout: "piped",
  }).spawn();
  try {
    let heardAt: number | null = null;
    for (let time = 0; time < TIMES; time++) {
      const [bytes] = await manager.receive();
      const now = performance.now();
      assert.equal(new TextDecoder().decode(bytes), "WATCHDOG=1\n");
      if (heardAt !== null) assert.ok(now - heardAt < PERIOD_MS, `${now - heardAt} ms between two`);
      heardAt = now;
    }
    const reader = service.stdout.getReader();
    assert.equal(new TextDecoder().decode((await reader.read()).value), "held up\n");
    await reader.cancel();
    const more = manager.receive().then(() => "it told", () => "nothing");
    const timer = setTimeout(() => manager.close(), PERIOD_MS * 1.5);
    assert.equal(await more, "nothing");
    clearTimeout(timer);
  } finally {
    service.kill("SIGKILL");
    await service.status;
    try {
      manager.close();
    } catch {
      // It is closed already.
    }
    Deno.removeSync(folder, { recursive: true });
  }
});
