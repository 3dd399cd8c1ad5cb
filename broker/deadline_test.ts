import assert from "node:assert/strict";
import { Deadline } from "./deadline.ts";
import { FakeClock } from "./testing.ts";
import { MAX_WAIT_MS } from "./timers.ts";

function room() {
  const clock = new FakeClock();
  const reached: number[] = [];
  const start = clock.now;
  const deadline = new Deadline({
    now: () => clock.now,
    after: clock.after,
    onReached: () => reached.push(clock.now - start),
  });
  return { clock, reached, start, deadline };
}

Deno.test("Deadline fires once, at the earliest moment that was brought", async () => {
  const { clock, reached, start, deadline } = room();
  for (const ms of [500, 200, 900]) deadline.bring(start + ms);
  await clock.advance(1000);
  assert.deepEqual(reached, [200]);
});

Deno.test("Deadline fires at once for a moment that has passed", async () => {
  const { clock, reached, start, deadline } = room();
  deadline.set(start - 5000);
  await clock.advance(0);
  assert.deepEqual(reached, [0]);
});

Deno.test("Deadline takes what is set in place of what was brought, and Infinity as nothing", async () => {
  const { clock, reached, start, deadline } = room();
  deadline.bring(start + 100);
  deadline.set(start + 300);
  await clock.advance(200);
  assert.deepEqual(reached, []);
  deadline.set(Infinity);
  await clock.advance(10_000);
  assert.deepEqual(reached, []);
});

Deno.test("Deadline looks again before long where the moment is far off, as a clock may jump", async () => {
  const { clock, reached, start, deadline } = room();
  deadline.set(start + 10 * MAX_WAIT_MS);
  await clock.advance(MAX_WAIT_MS);
  assert.deepEqual(reached, [MAX_WAIT_MS]);
});
