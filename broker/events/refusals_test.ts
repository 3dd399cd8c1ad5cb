// How refusals are counted and when they are told; the rest is in hub_test.ts.

import assert from "node:assert/strict";
import fc from "fast-check";
import { RefusalCounter, REFUSALS_APART_MS } from "./refusals.ts";

const BAD = {
  link: "eth1",
  source: "fe80::bad",
  reason: "hop limit is not 255",
  problem: "hop limit is 1, not 255",
};

Deno.test("RefusalCounter: the first is told at once, with who sent it; later ones wait for their second", () => {
  const counter = new RefusalCounter();
  assert.deepEqual(counter.note(BAD, 0), { ...BAD, count: 1, total: 1 });
  assert.equal(counter.nextDue(), Infinity);
  assert.equal(counter.note({ ...BAD, source: "fe80::2" }, 1), null);
  assert.equal(counter.nextDue(), REFUSALS_APART_MS);
  assert.deepEqual(counter.due(REFUSALS_APART_MS - 1), []);
  assert.deepEqual(counter.due(REFUSALS_APART_MS), [{ ...BAD, source: "fe80::2", count: 1, total: 2 }]);
  assert.deepEqual([counter.due(9e9), counter.nextDue()], [[], Infinity]);
});

Deno.test("any refusals: each is told once, and of no reason and link two within a second", () => {
  const refusal = fc.record({
    waitMs: fc.integer({ min: 0, max: 700 }),
    link: fc.constantFrom("eth1", "eth2"),
    reason: fc.constantFrom("one", "two", "three"),
  });
  fc.assert(fc.property(fc.array(refusal, { maxLength: 200 }), (refusals) => {
    const counter = new RefusalCounter();
    const told: { at: number; key: string; count: number; total: number }[] = [];
    const noted = new Map<string, number>();
    let now = 0;
    const tell = (each: ReturnType<RefusalCounter["due"]>[number]) =>
      told.push({ at: now, key: `${each.link} ${each.reason}`, count: each.count, total: each.total });
    for (const { waitMs, link, reason } of refusals) {
      const until = now + waitMs;
      // As a timer does it: at each moment when something is due.
      for (now = Math.min(until, counter.nextDue()); now < until; now = Math.min(until, counter.nextDue())) {
        counter.due(now).forEach(tell);
      }
      now = until;
      const key = `${link} ${reason}`;
      noted.set(key, (noted.get(key) ?? 0) + 1);
      const first = counter.note({ ...BAD, link, reason }, now);
      if (first !== null) tell(first);
    }
    now += REFUSALS_APART_MS;
    counter.due(now).forEach(tell);
    for (const [key, count] of noted) {
      const ofKey = told.filter((each) => each.key === key);
      assert.equal(ofKey.reduce((sum, each) => sum + each.count, 0), count);
      assert.equal(ofKey.at(-1)?.total, count);
      ofKey.forEach(({ at }, index) =>
        assert.ok(index === 0 || at - (ofKey[index - 1]?.at ?? 0) >= REFUSALS_APART_MS)
      );
    }
  }));
});
