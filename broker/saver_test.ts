import assert from "node:assert/strict";
import { Saver } from "./saver.ts";
import { FakeClock } from "./testing.ts";
import { EMPTY_STATE } from "./state/types.ts";

async function room() {
  const folder = await Deno.makeTempDir();
  const clock = new FakeClock();
  let asked = 0;
  const saver = new Saver({
    file: `${folder}/state.json`,
    boot: "0",
    after: clock.after,
    log: (_level, message) => assert.fail(message),
    state: () => (asked++, EMPTY_STATE),
  });
  return { saver, clock, times: () => asked, leave: () => Deno.remove(folder, { recursive: true }) };
}

Deno.test("Saver: a domain's end is in the file at once, and of a thousand ends in a row few are written alone", async () => {
  const { saver, clock, times, leave } = await room();
  saver.ended();
  assert.equal(times(), 1);
  for (let count = 0; count < 1_000; count++) saver.ended();
  assert.equal(times(), 1);
  await clock.advance(100);
  assert.equal(times(), 2);
  await clock.advance(100);
  saver.ended();
  assert.equal(times(), 3);
  await leave();
});

Deno.test("Saver: what came is written soon, renewed lifetimes seldom", async () => {
  const { saver, clock, times, leave } = await room();
  saver.changed(false);
  await clock.advance(4_999);
  assert.equal(times(), 0);
  saver.changed(true);
  await clock.advance(100);
  assert.equal(times(), 1);
  await clock.advance(10_000);
  assert.equal(times(), 1);
  await leave();
});
