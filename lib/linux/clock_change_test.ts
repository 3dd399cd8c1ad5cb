import assert from "node:assert/strict";
import { drainClockChange, openClockChange } from "./clock_change.ts";
import { close } from "./fd.ts";
import { Reactor } from "./reactor.ts";
import { bootTimeMs, sleptMs } from "./time.ts";
import { EPOLLIN } from "./abi.ts";

Deno.test("openClockChange is readable for a jump alone: while the clock just runs, nothing wakes the reader", async () => {
  const errors: unknown[] = [];
  const reactor = new Reactor((error) => errors.push(error));
  const fd = openClockChange();
  let woken = 0;
  reactor.add(fd, EPOLLIN, () => woken++);
  const running = reactor.run();
  drainClockChange(fd);
  await new Promise((resolve) => setTimeout(resolve, 50));
  reactor.stop();
  await running;
  close(fd);
  assert.deepEqual([woken, errors], [0, []]);
});

Deno.test("sleptMs stays the same while the machine is awake, and is less than its time since the start", () => {
  const first = sleptMs();
  assert.ok(first < bootTimeMs());
  assert.ok(Math.abs(sleptMs() - first) < 20);
});
