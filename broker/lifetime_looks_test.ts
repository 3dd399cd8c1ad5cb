import assert from "node:assert/strict";
import { LifetimeLooks } from "./lifetime_looks.ts";
import { FakeClock } from "./testing.ts";

function room() {
  const clock = new FakeClock();
  const due: string[] = [];
  let timers = 0;
  const looks = new LifetimeLooks({
    after: (delayMs, run) => {
      timers++;
      const cancel = clock.after(delayMs, run);
      return () => {
        timers--;
        cancel();
      };
    },
    onDue: (key) => due.push(`${key} ${clock.now - 1_000_000}`),
  });
  return { clock, due, looks, timers: () => timers };
}

Deno.test("LifetimeLooks has one timer a domain, the last one set", async () => {
  const { clock, due, looks, timers } = room();
  for (let inS = 100; inS > 0; inS--) looks.set("one", inS);
  looks.set("other", 3);
  assert.equal(timers(), 2);
  looks.set("one", 2.5);
  await clock.advance(1_000_000);
  assert.deepEqual(due, ["one 2500", "other 3000"]);
});

Deno.test("LifetimeLooks has no timer for what never comes, and none that was cancelled", async () => {
  const { clock, due, looks, timers } = room();
  looks.set("one", 5);
  looks.set("one", Infinity);
  looks.set("other", 5);
  looks.cancel("other");
  looks.cancel("nobody");
  assert.equal(timers(), 0);
  await clock.advance(1_000_000);
  assert.deepEqual(due, []);
});

Deno.test("LifetimeLooks looks once a day at what is years away, which no timer of the runtime waits for", async () => {
  const { clock, due, looks } = room();
  looks.set("one", 4_000_000_000);
  await clock.advance(86_400_000);
  assert.deepEqual(due, ["one 86400000"]);
});
