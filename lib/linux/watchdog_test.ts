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
