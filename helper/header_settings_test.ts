import assert from "node:assert/strict";
import { sensibleSettings } from "./header_settings.ts";

Deno.test("sensibleSettings: what a router says is written as it is, where a host can work with it", () => {
  for (
    const said of [
      { hopLimit: null, reachableTimeMs: null, retransTimerMs: null },
      { hopLimit: 1, reachableTimeMs: 100, retransTimerMs: 10 },
      { hopLimit: 64, reachableTimeMs: 30_000, retransTimerMs: 1000 },
      { hopLimit: 255, reachableTimeMs: 3_600_000, retransTimerMs: 60_000 },
    ]
  ) assert.deepEqual(sensibleSettings(said), said);
});

Deno.test("sensibleSettings: no wait is so long that it never ends, none so short that no answer comes in time", () => {
  const said = { hopLimit: 64, reachableTimeMs: 1, retransTimerMs: 0xffff_ffff };
  assert.deepEqual(sensibleSettings(said), { hopLimit: 64, reachableTimeMs: 100, retransTimerMs: 60_000 });
  assert.equal(sensibleSettings({ ...said, retransTimerMs: 1 }).retransTimerMs, 10);
  assert.equal(sensibleSettings({ ...said, retransTimerMs: 60_001 }).retransTimerMs, 60_000);
});
