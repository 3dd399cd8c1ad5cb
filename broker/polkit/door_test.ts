import assert from "node:assert/strict";
import { closeAll } from "../../lib/linux/fd.ts";
import { socketPair } from "../../lib/linux/socket.ts";
import { authoriseByPolkit } from "./door.ts";
import { answered, FakeBus, TV } from "./testing.ts";

const { signal } = new AbortController();

Deno.test("authoriseByPolkit: polkit is asked about the process at the other end", async () => {
  const bus = new FakeBus();
  const pair = socketPair();
  assert.deepEqual(await authoriseByPolkit(bus, [])(pair[0], "net.pvd1.use", TV, false, signal), {
    allowed: true,
    asked: false,
  });
  const [question] = bus.calls;
  const [kind, subject]: unknown[] = Array.isArray(question?.body[0]) ? question.body[0] : [];
  assert.equal(kind, "unix-process");
  assert.deepEqual(Reflect.get(Object(subject), "pid"), { signature: "u", value: Deno.pid });
  assert.deepEqual(Reflect.get(Object(subject), "uid"), { signature: "i", value: Deno.uid() });
  bus.answer = () => Promise.resolve(answered(false, false));
  assert.equal((await authoriseByPolkit(bus, [])(pair[0], "net.pvd1.use", TV, false, signal)).allowed, false);
  closeAll(pair);
});

Deno.test("authoriseByPolkit: the uids of the settings do not need polkit, others do", async () => {
  const bus = new FakeBus();
  bus.answer = () => Promise.reject(new Error("there is none"));
  const pair = socketPair();
  const mine = Deno.uid() ?? -1;
  const allowed = async (uids: number[]) =>
    (await authoriseByPolkit(bus, uids)(pair[0], "net.pvd1.use", TV, false, signal)).allowed;
  assert.deepEqual([await allowed([mine]), await allowed([]), await allowed([mine + 1])], [
    true,
    false,
    false,
  ]);
  closeAll(pair);
});
