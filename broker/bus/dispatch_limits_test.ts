// How much of what waits one caller, and one person with many connections, may have.

import assert from "node:assert/strict";
import { close } from "../../lib/linux/fd.ts";
import { settled } from "../testing.ts";
import { Callers } from "./callers.ts";
import type { Authorisation } from "./dispatch.ts";
import { call, DOMAIN, errorOf, MANAGER, room, SOCKET } from "./dispatch_room.ts";
import { MAX_CALLS_PER_SENDER, MAX_CALLS_PER_UID } from "./in_flight.ts";
import { BusError } from "./message.ts";
import { allowAll, exampleDomain, FakeBackend } from "./testing.ts";

Deno.test("one caller's open questions are limited; others are served, and it is again when one is answered", async () => {
  const questions: ((answer: Authorisation) => void)[] = [];
  const one = room(() => new Promise((resolve) => void questions.push(resolve)));
  const ask = (sender: string) => call("/net/pvd1", MANAGER, "RemoveDomain", "o", [DOMAIN], { sender });
  for (let count = 0; count < MAX_CALLS_PER_SENDER; count++) {
    assert.equal(await errorOf(ask(":1.7"), one), "");
  }
  assert.equal(await errorOf(ask(":1.7"), one), "net.pvd1.Error.LimitExceeded");
  one.sent.length = 0;
  assert.equal(await errorOf(ask(":1.9"), one), "");
  questions[0]?.({ allowed: false, reason: "no" });
  await settled();
  one.sent.length = 0;
  assert.equal(await errorOf(ask(":1.7"), one), "");
  assert.equal(one.dispatcher.waiting, MAX_CALLS_PER_SENDER + 1);
});

Deno.test("one person on nine connections is refused, another is served, and the first again after an answer", async () => {
  const questions: ((answer: Authorisation) => void)[] = [];
  const one = room(() => new Promise((resolve) => void questions.push(resolve)));
  const ask = (sender: string) => {
    one.sent.length = 0;
    return errorOf(call("/net/pvd1", MANAGER, "RemoveDomain", "o", [DOMAIN], { sender }), one);
  };
  for (let count = 0; count < MAX_CALLS_PER_UID; count++) {
    assert.equal(await ask(`:1.${Math.floor(count / MAX_CALLS_PER_SENDER)}`), "");
  }
  assert.equal(await ask(":1.8"), "net.pvd1.Error.LimitExceeded");
  assert.match(
    String(one.sent.at(-1)?.body),
    /^256 of user 1's requests wait for an answer already; try again/,
  );
  assert.equal(await ask(":2.0"), "");
  assert.equal(one.dispatcher.waiting, MAX_CALLS_PER_UID + 1);
  questions[0]?.({ allowed: false, reason: "no" });
  await settled();
  assert.equal(await ask(":1.8"), "");
});

Deno.test("a caller of whom the bus does not say whose it is is refused, and polkit is not asked", async () => {
  const silent = new Callers(() => Promise.reject(new BusError("org.freedesktop.DBus.Error.NoReply", "")));
  const one = room(() => assert.fail("polkit was asked"), new FakeBackend([exampleDomain]), silent.uidOf);
  const open = call("/net/pvd1", MANAGER, "OpenSocket", "osss", SOCKET);
  assert.equal(await errorOf(open, one), "net.pvd1.Error.Failed");
  assert.match(String(one.sent.at(-1)?.body), /the bus does not say whose connection this is; try again/);
  assert.deepEqual([one.backend.asked, one.dispatcher.waiting], [[], 0]);
});

Deno.test("whose a connection is is asked once while it lasts, and not at all for what waits for nobody", async () => {
  const asked: string[] = [];
  const callers = new Callers((sender) => {
    asked.push(sender);
    return Promise.resolve([1000]);
  });
  const one = room(allowAll, new FakeBackend([exampleDomain]), callers.uidOf);
  const open = () => call("/net/pvd1", MANAGER, "OpenSocket", "osss", SOCKET);
  await errorOf(call("/net/pvd1", "", "Ping"), one);
  await errorOf(call("/net/pvd1", MANAGER, "Solicit", "s", [""]), one);
  assert.deepEqual(asked, []);
  await errorOf(open(), one);
  await errorOf(open(), one);
  assert.deepEqual(asked, [":1.7"]);
  callers.gone(":1.8");
  await errorOf(open(), one);
  assert.equal(asked.length, 1);
  callers.gone(":1.7");
  await errorOf(open(), one);
  assert.equal(asked.length, 2);
  for (const message of one.sent) (message.fds ?? []).forEach(close);
});
