import assert from "node:assert/strict";
import { attached, MAX_INTERVAL_MS, SILENT, solicited, startSoliciting, stopSoliciting } from "./solicit.ts";

Deno.test("startSoliciting sends at once when a link comes up", () => {
  assert.equal(startSoliciting(SILENT, 5000).nextAt, 5000);
});

Deno.test("startSoliciting again waits four seconds after the last one", () => {
  const sent = solicited(startSoliciting(SILENT, 1000), 1000, 0.5);
  assert.equal(startSoliciting(sent, 1500).nextAt, 5000);
});

Deno.test("attached begins anew at once, and after a moment where the carrier comes and goes", () => {
  let schedule = startSoliciting(SILENT, 0);
  for (let count = 0; count < 5; count++) schedule = solicited(schedule, schedule.nextAt, 0.5);
  const { lastAt } = schedule;
  assert.deepEqual(attached(schedule, lastAt + 1500), { nextAt: lastAt + 1500, intervalMs: 0, lastAt });
  assert.equal(attached(schedule, lastAt + 10).nextAt, lastAt + 1000);
  assert.equal(solicited(attached(schedule, lastAt + 1500), lastAt + 1500, 0.5).intervalMs, 4000);
});

Deno.test("solicited backs off as RFC 7559: 4 s, doubled each time, an hour at most", () => {
  let schedule = startSoliciting(SILENT, 0);
  const gaps = [];
  for (let count = 0; count < 13; count++) {
    const at = schedule.nextAt;
    schedule = solicited(schedule, at, 0.5);
    gaps.push((schedule.nextAt - at) / 1000);
  }
  assert.deepEqual(gaps, [4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600, 3600]);
});

Deno.test("solicited stays within a tenth of chance around each interval", () => {
  for (const [random, firstMs, mostMs] of [[0, 3600, 0.9], [1, 4400, 1.1]] as const) {
    let schedule = solicited(SILENT, 0, random);
    assert.ok(Math.abs(schedule.intervalMs - firstMs) < 1e-6);
    for (let count = 0; count < 20; count++) schedule = solicited(schedule, 0, random);
    assert.ok(schedule.intervalMs <= MAX_INTERVAL_MS * mostMs + 1e-6);
  }
});

Deno.test("stopSoliciting ends it until something starts it", () => {
  assert.equal(stopSoliciting(startSoliciting(SILENT, 0)).nextAt, Infinity);
});
