import assert from "node:assert/strict";
import { libc } from "./libc.ts";
import { ownStartTime, startTimeIn } from "./own.ts";
import { StartTimes, startTimes } from "./start_time.ts";

const NOBODY = 0x7fff_fff0;
const [ALICE, BOB] = [64_101, 64_102];

Deno.test("StartTimes: a process has one and keeps it, a pid that is not used has none", async () => {
  const mine = ownStartTime();
  assert.match(mine ?? "", /^[0-9]+$/);
  assert.deepEqual([await startTimes.of(Deno.pid, ALICE), await startTimes.of(NOBODY, ALICE)], [mine, null]);
});

Deno.test("startTimeIn: a program whose name looks like fields changes nothing", () => {
  const rest = Array.from({ length: 40 }, (_, index) => index + 4);
  assert.equal(startTimeIn(`1 (a) S 1) R ${rest.join(" ")}\n`), "22");
  assert.equal(startTimeIn(""), null);
});

Deno.test("StartTimes: whose process never answers waits with all that is his, and others do not", async () => {
  const { promise: never, resolve } = Promise.withResolvers<bigint>();
  let held = true;
  const all = new StartTimes((...values) => held ? never : libc.pread_elsewhere(...values));
  const first = all.of(Deno.pid, ALICE);
  await Promise.resolve();
  const second = all.of(Deno.pid, ALICE);
  let answered = false;
  second.then(() => answered = true);
  await new Promise((done) => setTimeout(done));
  held = false;
  assert.equal(await all.of(Deno.pid, BOB), ownStartTime());
  assert.ok(!answered);
  resolve(0n);
  assert.deepEqual(await Promise.all([first, second]), [null, ownStartTime()]);
});

Deno.test("StartTimes: one who asks and asks meanwhile is refused in the end, and nobody else is", async () => {
  const { promise: never, resolve } = Promise.withResolvers<bigint>();
  const all = new StartTimes(() => never);
  const asked = Array.from({ length: 256 }, () => all.of(Deno.pid, ALICE));
  await assert.rejects(all.of(Deno.pid, ALICE), /busy/);
  const others = all.of(Deno.pid, BOB);
  resolve(0n);
  assert.deepEqual([...new Set(await Promise.all([...asked, others]))], [null]);
});
