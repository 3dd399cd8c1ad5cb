// Callers that fail, send what nobody asked for, or leave: against a real dbus-daemon(1) of the test's own.

import assert from "node:assert/strict";
import { close, namesIn, open } from "../../lib/linux/fd.ts";
import type { Authorisation } from "./dispatch.ts";
import { MAX_CALLS_PER_SENDER, MAX_CALLS_PER_UID } from "./in_flight.ts";
import * as bus from "./message.ts";
import { withBus } from "./testing.ts";

const MANAGER = "net.pvd1.Manager", PROPERTIES = "org.freedesktop.DBus.Properties";
const DOMAIN = "/net/pvd1/domain/mifpvd_1";
const SOCKET = [DOMAIN, "inet6", "stream", "tcp"];
const openFds = () => namesIn("/proc/self/fd").length;

/** The error's name, or "" where it is answered. */
async function errorOf(reply: Promise<unknown>): Promise<string> {
  try {
    await reply;
    return "";
  } catch (error) {
    if (error instanceof bus.BusError) return error.errorName;
    throw error;
  }
}

Deno.test("1000 failures and 1000 sockets leave no descriptor open", async () => {
  await withBus(async ({ caller, backend }) => {
    const null_ = open("/dev/null", 0);
    await caller.call("/net/pvd1", "org.freedesktop.DBus.Peer", "Ping");
    const before = openFds();
    for (let round = 0; round < 250; round++) {
      const fds = Array.from({ length: 16 }, () => open("/dev/null", 0));
      const calls = [
        caller.exchange("/net/pvd1", MANAGER, "OpenSocket", "hhh", [0, 1, 2], fds),
        caller.exchange("/net/pvd1", MANAGER, "constructor", "", []),
        caller.exchange("/net/pvd1", MANAGER, "OpenSocket", "osss", [DOMAIN, "packet", "raw", "all"]),
        caller.exchange("/nowhere", MANAGER, "OpenSocket", "osss", SOCKET, [open("/dev/null", 0)]),
      ];
      const names = await Promise.all(calls.map(errorOf));
      assert.deepEqual(names, [
        bus.INVALID_ARGS,
        bus.UNKNOWN_METHOD,
        "net.pvd1.Error.InvalidArgument",
        bus.UNKNOWN_OBJECT,
      ]);
    }
    for (let round = 0; round < 1000; round++) {
      (await caller.exchange("/net/pvd1", MANAGER, "OpenSocket", "osss", SOCKET)).fds.forEach(close);
    }
    assert.equal(backend.asked.length, 1000);
    assert.equal(openFds(), before);
    close(null_);
  });
});

Deno.test("a caller that sends 16 descriptors nobody asked for is answered, and they are closed", async () => {
  await withBus(async ({ caller }) => {
    const before = openFds();
    const fds = Array.from({ length: 16 }, () => open("/dev/null", 0));
    const reply = await caller.exchange("/net/pvd1", "org.freedesktop.DBus.Peer", "Ping", "", [], fds);
    assert.deepEqual(reply.body(), []);
    assert.equal(openFds(), before);
  });
});

Deno.test("a caller that points at a descriptor that it did not send gets an error, and the service goes on", async () => {
  await withBus(async ({ caller }) => {
    const reply = caller.exchange("/net/pvd1", MANAGER, "OpenSocket", "h", [7]);
    assert.equal(await errorOf(reply), bus.INVALID_ARGS);
    assert.deepEqual(await caller.call("/", "org.freedesktop.DBus.Peer", "Ping"), []);
  });
});

Deno.test("a caller that sends megabytes gets an error, again and again, and the service goes on", async () => {
  await withBus(async ({ caller }) => {
    const megabytes = "x".repeat(4 * 1024 * 1024);
    for (let round = 0; round < 3; round++) {
      const reply = caller.call("/net/pvd1", MANAGER, "Solicit", "s", [megabytes]);
      assert.equal(await errorOf(reply), bus.LIMITS_EXCEEDED);
    }
    const path = `/${"a".repeat(200_000)}`;
    caller.connection.send({ type: bus.METHOD_CALL, destination: "net.pvd1", path, member: "Ping" });
    assert.deepEqual(await caller.call("/", "org.freedesktop.DBus.Peer", "Ping"), []);
  });
});

Deno.test("a property that somebody writes to stays as it is", async () => {
  await withBus(async ({ caller }) => {
    const set = caller.call(DOMAIN, PROPERTIES, "Set", "ssv", [
      "net.pvd1.Domain",
      "Id",
      bus.variant("s", "mine"),
    ]);
    assert.equal(await errorOf(set), bus.PROPERTY_READ_ONLY);
    const get = await caller.call(DOMAIN, PROPERTIES, "Get", "ss", ["net.pvd1.Domain", "Id"]);
    assert.deepEqual(get, [bus.variant("s", "one.example")]);
  });
});

Deno.test("ids and links with control characters name nothing, and break nothing", async () => {
  await withBus(async ({ caller, backend }) => {
    for (const id of ["one.example\n", "\x1b[31m", "\u202e", "a\u2028b", "\x7f"]) {
      const reply = await caller.call(
        "/org/freedesktop/PvDManager",
        "org.freedesktop.PvDManager",
        "get_by_id",
        "s",
        [id],
      );
      assert.deepEqual(reply, [[["", "", "", '""']]]);
      await caller.call("/net/pvd1", MANAGER, "Solicit", "s", [id]);
    }
    assert.equal(backend.asked.length, 5);
  });
});

Deno.test("a caller that leaves between question and answer gets nothing, and what was opened is closed", async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  const answer = Promise.withResolvers<Authorisation>();
  await withBus(async ({ caller, newCaller, backend }) => {
    const leaver = await newCaller();
    const gone = errorOf(leaver.exchange("/net/pvd1", MANAGER, "OpenSocket", "osss", SOCKET));
    const signal = await asked.promise;
    const left = new Promise((resolve) => signal.addEventListener("abort", resolve));
    leaver.connection.stop();
    await left;
    assert.equal(await gone, bus.DISCONNECTED);
    answer.resolve({ allowed: true, asked: false });
    await caller.call("/", "org.freedesktop.DBus.Peer", "Ping");
    assert.deepEqual(backend.asked, []);
  }, (_subject, _action, _details, _interactive, signal) => {
    asked.resolve(signal);
    return answer.promise;
  });
});

Deno.test("one caller cannot fill the service with questions for another", async () => {
  const questions: ((answer: Authorisation) => void)[] = [];
  await withBus(async ({ caller, newCaller }) => {
    const greedy = await newCaller();
    const replies = Array.from(
      { length: MAX_CALLS_PER_SENDER + 10 },
      () => errorOf(greedy.exchange("/net/pvd1", MANAGER, "RemoveDomain", "o", [DOMAIN])),
    );
    const names = await Promise.all(replies.slice(MAX_CALLS_PER_SENDER));
    assert.deepEqual(new Set(names), new Set(["net.pvd1.Error.LimitExceeded"]));
    const other = errorOf(caller.exchange("/net/pvd1", MANAGER, "RemoveDomain", "o", [DOMAIN]));
    await caller.call("/", "org.freedesktop.DBus.Peer", "Ping");
    for (const answer of questions) answer({ allowed: false, reason: "no" });
    assert.equal(await other, "net.pvd1.Error.NotAuthorized");
    await Promise.all(replies);
  }, () => new Promise((resolve) => void questions.push(resolve)));
});

Deno.test("one person with nine connections cannot fill the service either: the bus says whose each is", async () => {
  const questions: ((answer: Authorisation) => void)[] = [];
  await withBus(async ({ caller, newCaller }) => {
    const remove = (one: typeof caller) =>
      errorOf(one.exchange("/net/pvd1", MANAGER, "RemoveDomain", "o", [DOMAIN]));
    const waiting: Promise<string>[] = [];
    for (let count = 0; count < MAX_CALLS_PER_UID / MAX_CALLS_PER_SENDER; count++) {
      const other = await newCaller();
      for (let each = 0; each < MAX_CALLS_PER_SENDER; each++) waiting.push(remove(other));
      // Until all that it asked is with polkit.
      while (questions.length < waiting.length) await other.call("/", "org.freedesktop.DBus.Peer", "Ping");
    }
    assert.equal(await remove(caller), "net.pvd1.Error.LimitExceeded");
    for (const answer of questions) answer({ allowed: false, reason: "no" });
    assert.deepEqual(new Set(await Promise.all(waiting)), new Set(["net.pvd1.Error.NotAuthorized"]));
  }, () => new Promise((resolve) => void questions.push(resolve)));
});
