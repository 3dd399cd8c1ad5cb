// RFC 4861 6.2.4 to 6.2.6 with a clock of its own, then floods of solicitations made at random.

import assert from "node:assert/strict";
import fc from "fast-check";
import * as plan from "./schedule.ts";
import type { Timing } from "./settings.ts";

const TIMING: Timing = {
  minIntervalMs: 200_000,
  maxIntervalMs: 600_000,
  minDelayBetweenRasMs: 3000,
  finalAdvertisements: 3,
};
const HOST = "fe80::1";
const middle = () => 0.5;

/** The times of the first `count` multicast rounds after `schedule`. */
function multicastTimes(start: plan.Schedule, count: number, chance: plan.Chance): number[] {
  let schedule = start;
  const times: number[] = [];
  while (times.length < count) {
    const nowMs = plan.nextAtMs(schedule);
    const due = plan.due(schedule, nowMs, chance);
    if (due.multicast) times.push(nowMs);
    schedule = due.schedule;
  }
  return times;
}

function gaps(times: readonly number[]): number[] {
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}

/** A schedule whose first round has gone out at `nowMs`. */
function advertised(nowMs: number, timing = TIMING): plan.Schedule {
  return plan.due(plan.startSchedule(timing, nowMs), nowMs, middle).schedule;
}

Deno.test("due: the first round goes out at once, the next two 16 s later each, then the interval holds", () => {
  assert.deepEqual(multicastTimes(plan.startSchedule(TIMING, 1000), 5, middle), [
    1000,
    17_000,
    33_000,
    433_000,
    833_000,
  ]);
});

Deno.test("due: intervals are spread from the shortest to the longest", () => {
  for (const [chance, intervalMs] of [[0, 200_000], [0.25, 300_000], [1, 600_000]] as const) {
    const times = multicastTimes(plan.startSchedule(TIMING, 0), 8, () => chance);
    assert.deepEqual(new Set(gaps(times.slice(3))), new Set([intervalMs]));
  }
});

Deno.test("due: initial rounds of a short interval are not stretched to 16 s", () => {
  const timing = { ...TIMING, minIntervalMs: 3000, maxIntervalMs: 4000 };
  assert.deepEqual(gaps(multicastTimes(plan.startSchedule(timing, 0), 5, middle)), [3500, 3500, 3500, 3500]);
});

Deno.test("due: nothing is due before its time, and asking changes nothing", () => {
  const schedule = advertised(0);
  const { multicast, unicast, schedule: after } = plan.due(schedule, 15_999, middle);
  assert.deepEqual([multicast, unicast, after], [false, [], schedule]);
});

Deno.test("solicited: a host is answered by unicast within half a second, the interval goes on", () => {
  const before = advertised(0);
  const schedule = plan.solicited(before, HOST, 1, 5000, middle);
  assert.equal(plan.nextAtMs(schedule), 5250);
  const due = plan.due(schedule, 5250, middle);
  assert.deepEqual([due.multicast, due.unicast], [false, [HOST]]);
  assert.equal(plan.nextAtMs(due.schedule), before.multicastAtMs);
});

Deno.test("solicited: a host that asks again before its answer gets one answer, when the first was due", () => {
  const once = plan.solicited(advertised(0), HOST, 1, 5000, middle);
  assert.equal(plan.solicited(once, HOST, 1, 5100, () => 0), once);
});

Deno.test("solicited: without an address the answer is multicast, and starts the interval anew", () => {
  const schedule = plan.solicited(advertised(0), null, 1, 5000, middle);
  assert.equal(plan.nextAtMs(schedule), 5250);
  const due = plan.due(schedule, 5250, middle);
  assert.deepEqual([due.multicast, due.schedule.multicastAtMs], [true, 21_250]);
});

Deno.test("solicited: a multicast answer waits until three seconds after the last round, and the random delay", () => {
  assert.equal(plan.solicited(advertised(1000), null, 1, 1500, middle).multicastAtMs, 4250);
});

Deno.test("solicited: a round that is sooner than the answer would be is the answer", () => {
  const schedule = advertised(0);
  assert.deepEqual(plan.solicited(schedule, null, 1, schedule.multicastAtMs - 100, middle), schedule);
});

Deno.test("solicited: a round larger than the allowance is answered by unicast once a second", () => {
  let schedule = plan.solicited(advertised(0), "fe80::1", 1000, 5000, middle);
  schedule = plan.solicited(schedule, "fe80::2", 1000, 5500, middle);
  schedule = plan.solicited(schedule, "fe80::3", 1000, 6000, middle);
  assert.deepEqual([...schedule.answers.keys()], ["fe80::1", "fe80::3"]);
});

Deno.test("changedSchedule: a change is told at once, but three seconds after the last round", () => {
  assert.equal(plan.changedSchedule(advertised(0), TIMING, 10_000).multicastAtMs, 10_000);
  const schedule = plan.changedSchedule(advertised(9000), TIMING, 10_000);
  assert.deepEqual(gaps(multicastTimes(schedule, 4, middle)), [16_000, 16_000, 400_000]);
  assert.equal(schedule.multicastAtMs, 12_000);
});

Deno.test("failedSchedule: a round that could not be sent is tried again soon, not an interval later", () => {
  assert.equal(plan.failedSchedule(advertised(0), 10).multicastAtMs, 3010);
});

Deno.test("goodbyeTimesMs: three rounds, three seconds apart, the first as soon as multicast may", () => {
  assert.deepEqual(plan.goodbyeTimesMs(advertised(1000), 2000), [4000, 7000, 10_000]);
  assert.deepEqual(plan.goodbyeTimesMs(advertised(1000, { ...TIMING, finalAdvertisements: 1 }), 60_000), [
    60_000,
  ]);
  assert.deepEqual(plan.goodbyeTimesMs(advertised(1000, { ...TIMING, finalAdvertisements: 0 }), 60_000), []);
});

const solicitation = fc.record({
  afterMs: fc.integer({ min: 0, max: 400 }),
  host: fc.option(fc.integer({ min: 1, max: 500 })),
  chance: fc.double({ min: 0, max: 1, noNaN: true }),
});

Deno.test("no flood of solicitations brings multicast rounds closer together, or more unicast than the allowance", () => {
  fc.assert(
    fc.property(
      fc.array(solicitation, { maxLength: 300 }),
      fc.integer({ min: 1, max: 300 }),
      (flood, messages) => {
        let schedule = plan.startSchedule(TIMING, 0);
        let nowMs = 0;
        const multicastAtMs: number[] = [];
        const unicastAtMs: number[] = [];
        const step = (untilMs: number) => {
          for (let atMs = plan.nextAtMs(schedule); atMs <= untilMs; atMs = plan.nextAtMs(schedule)) {
            const due = plan.due(schedule, atMs, middle);
            if (due.multicast) multicastAtMs.push(atMs);
            unicastAtMs.push(...due.unicast.map(() => atMs));
            schedule = due.schedule;
          }
        };
        for (const { afterMs, host, chance } of flood) {
          nowMs += afterMs;
          step(nowMs);
          schedule = plan.solicited(
            schedule,
            host === null ? null : `fe80::${host}`,
            messages,
            nowMs,
            () => chance,
          );
          assert.ok(schedule.answers.size <= plan.MAX_WAITING_ANSWERS);
          assert.ok(
            plan.nextAtMs(schedule) <= nowMs + TIMING.minDelayBetweenRasMs + plan.MAX_RA_DELAY_TIME_MS,
          );
        }
        step(nowMs + 10_000);
        assert.ok(
          gaps(multicastAtMs).every((gapMs) => gapMs >= TIMING.minDelayBetweenRasMs),
        );
        // A full bucket at the start, what it gains in the time, and the round that may overdraw it.
        const perSecond = Math.max(plan.UNICAST_MESSAGES_PER_SECOND, messages);
        assert.ok(unicastAtMs.length * messages <= perSecond * (1 + (nowMs + 1) / 1000));
        assert.equal(schedule.answers.size, 0);
      },
    ),
  );
});
