import assert from "node:assert/strict";
import { WakeUp } from "./wake_up.ts";

Deno.test("WakeUp tells once of a sleep, however often it looks, and how long it was", () => {
  let sleptMs = 3_600_000;
  const told: number[] = [];
  const wakeUp = new WakeUp(() => sleptMs, (ms) => told.push(ms));
  wakeUp.look();
  sleptMs += 90_000;
  wakeUp.look();
  wakeUp.look();
  sleptMs += 2_000;
  wakeUp.look();
  assert.deepEqual(told, [90_000, 2_000]);
});

Deno.test("WakeUp takes no notice of what two clocks' readings differ by, nor of a date that is set", () => {
  const readings = [0, 12, 0.4, -3, 499];
  const told: number[] = [];
  const wakeUp = new WakeUp(() => readings.shift() ?? 0, (ms) => told.push(ms));
  for (let look = 0; look < 5; look++) wakeUp.look();
  assert.deepEqual(told, []);
});
