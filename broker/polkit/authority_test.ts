// The real polkit, and hostile ones on a real bus, are in tests/bus; here is what only the code itself shows.

import assert from "node:assert/strict";
import { ASKING_MS, checkAuthorization, onChanged, QUICK_MS } from "./authority.ts";
import { ALICE, answered, FakeBus, FakeBusError, TV } from "./testing.ts";

const NO_REPLY = "org.freedesktop.DBus.Error.NoReply";
const reasonOf = async (bus: FakeBus, interactive = false) => {
  const decision = await checkAuthorization(bus, ALICE, "net.pvd1.use", TV, interactive);
  return decision.allowed ? "" : decision.reason;
};

Deno.test("checkAuthorization: somebody is asked only where polkit wants it and the caller allows it", async () => {
  const bus = new FakeBus();
  assert.deepEqual(await checkAuthorization(bus, ALICE, "net.pvd1.use", TV, true), {
    allowed: true,
    asked: false,
  });
  assert.deepEqual(bus.calls.map(({ timeoutMs, body }) => [timeoutMs, body[3]]), [[QUICK_MS, 0]]);

  bus.answer = (flags) => Promise.resolve(flags === 1 ? answered(true, false) : answered(false, true));
  assert.match(await reasonOf(bus), /needs a password, and the request did not allow polkit to ask/);
  assert.deepEqual(await checkAuthorization(bus, ALICE, "net.pvd1.use", TV, true), {
    allowed: true,
    asked: true,
  });
  assert.deepEqual(bus.calls.slice(-1).map(({ timeoutMs, body }) => [timeoutMs, body[3]]), [[ASKING_MS, 1]]);
});

Deno.test("checkAuthorization: each question can be taken back by a name of its own", async () => {
  const bus = new FakeBus();
  await Promise.all([reasonOf(bus), reasonOf(bus), reasonOf(bus)]);
  const names = bus.calls.map(({ body }) => body[4]);
  assert.equal(new Set(names).size, 3);
  assert.ok(!names.includes(""));
});

Deno.test("checkAuthorization: every error is a denial that says what would help", async () => {
  const bus = new FakeBus();
  const rejecting = async (error: Error) => {
    bus.answer = () => Promise.reject(error);
    return await reasonOf(bus);
  };
  const dbus = "org.freedesktop.DBus.Error", polkit = "org.freedesktop.PolicyKit1.Error";
  assert.match(await rejecting(new FakeBusError(`${dbus}.ServiceUnknown`)), /^polkit is not running/);
  assert.match(await rejecting(new FakeBusError(`${dbus}.Disconnected`)), /^the system bus is not there/);
  assert.match(
    await rejecting(new FakeBusError(`${polkit}.NotAuthorized`)),
    /net\.pvd1\.policy is installed/,
  );
  assert.match(
    await rejecting(new FakeBusError(`${polkit}.Failed`, "no\nway")),
    /could not decide .*: no\\x0away; an administrator can look at polkit's log$/,
  );
  assert.match(await rejecting(new FakeBusError(NO_REPLY)), /did not answer .* within 20 s/);
  assert.match(await rejecting(new TypeError("a defect of ours")), /was not understood and counts as a no; /);
});

Deno.test("checkAuthorization: a question without an answer is taken back at polkit", async () => {
  const bus = new FakeBus();
  bus.answer = () => Promise.reject(new FakeBusError(NO_REPLY));
  await reasonOf(bus);
  const [asked, cancelled] = bus.calls;
  assert.deepEqual([cancelled?.member, cancelled?.body], ["CancelCheckAuthorization", [asked?.body[4]]]);
});

Deno.test("checkAuthorization: a caller that has left already is not asked about", async () => {
  const bus = new FakeBus();
  const decision = await checkAuthorization(bus, ALICE, "net.pvd1.use", TV, true, AbortSignal.abort());
  assert.ok(!decision.allowed);
  assert.deepEqual(bus.calls, []);
});

Deno.test("checkAuthorization: a caller that leaves with polkit's yes under way is denied", async () => {
  const bus = new FakeBus();
  const leaving = new AbortController();
  bus.answer = () => {
    queueMicrotask(() => leaving.abort());
    return Promise.resolve(answered(true, false));
  };
  const decision = await checkAuthorization(bus, ALICE, "net.pvd1.use", TV, true, leaving.signal);
  assert.ok(!decision.allowed);
});

Deno.test("checkAuthorization: details that polkit would not get whole are refused and not asked about", async () => {
  const bus = new FakeBus();
  for (
    const [details, problem] of [
      [{ ...TV, domain: "" }, /names no domain; /],
      [{ ...TV, domain: "tv.example.org\n" }, /control character; /],
      [{ ...TV, domain: "x".repeat(1025) }, /too long; /],
      [{ ...TV, link: "x".repeat(16) }, /too long; /],
    ] as const
  ) {
    const decision = await checkAuthorization(bus, ALICE, "net.pvd1.use", details, true);
    assert.ok(!decision.allowed);
    assert.match(decision.reason, problem);
  }
  assert.deepEqual(bus.calls, []);
});

Deno.test("onChanged: other rules and another polkit count, its end does not", () => {
  const bus = new FakeBus();
  let changes = 0;
  const stop = onChanged(bus, () => changes++);
  bus.signal("Changed", []);
  bus.signal("NameOwnerChanged", ["org.freedesktop.PolicyKit1", ":1.4", ""]);
  assert.equal(changes, 1);
  bus.signal("NameOwnerChanged", ["org.freedesktop.PolicyKit1", "", ":1.9"]);
  assert.equal(changes, 2);
  stop();
  bus.signal("Changed", []);
  assert.equal(changes, 2);
});
