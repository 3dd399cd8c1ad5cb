import assert from "node:assert/strict";
import { FakeClock, withReactor } from "../testing.ts";
import { busSocketPath } from "./address.ts";
import { BusConnection } from "./connection.ts";
import { BusError, DISCONNECTED, NO_REPLY } from "./message.ts";
import { withBus } from "./testing.ts";

Deno.test("where there is no bus, one line says so, however often it is tried, and calls are refused", async () => {
  await withReactor(async (reactor, folder) => {
    const clock = new FakeClock();
    const logged: string[] = [];
    const connection = new BusConnection({
      address: `unix:path=${folder}/nobody`,
      uid: 0,
      names: ["net.pvd1"],
      reactor,
      after: clock.after,
      log: (level, line) => void logged.push(`${level} ${line}`),
      onCall: () => {},
      onGone: () => {},
    });
    connection.start();
    await clock.advance(600_000);
    assert.equal(logged.length, 1);
    assert.match(logged[0] ?? "", /^warning no system bus .*ENOENT.*client socket works without it/);
    await assert.rejects(
      connection.call("a.b", "/", "a.b", "C", "", [], 1000),
      (error) => error instanceof BusError && error.errorName === DISCONNECTED,
    );
    connection.stop();
    await clock.advance(600_000);
    assert.equal(logged.length, 1);
  });
});

Deno.test("a bus that lets in and then says nothing is left after a while, and tried again", async () => {
  await withReactor(async (reactor, folder) => {
    const server = Deno.listen({ transport: "unix", path: `${folder}/bus` });
    const clock = new FakeClock();
    const logged: string[] = [];
    const connection = new BusConnection({
      address: `unix:path=${folder}/bus`,
      uid: 0,
      names: [],
      reactor,
      after: clock.after,
      log: (_level, line) => void logged.push(line),
      onCall: () => {},
      onGone: () => {},
    });
    connection.start();
    const silent = await server.accept();
    await clock.advance(60_000);
    assert.match(logged.at(-1) ?? "", /the bus does not answer/);
    const again = await server.accept();
    connection.stop();
    silent.close();
    again.close();
    server.close();
  });
});

Deno.test("a call that is not answered in time, to nobody, or to one who leaves, ends with its error", async () => {
  await withBus(async ({ caller, newCaller }) => {
    const other = await newCaller();
    const nameOf = async (destination: string, timeoutMs: number) => {
      try {
        // The other one never answers what it is asked.
        return await caller.connection.call(destination, "/", "a.b", "C", "", [], timeoutMs);
      } catch (error) {
        return error instanceof BusError ? error.errorName : error;
      }
    };
    const { connection } = other;
    assert.equal(await nameOf(other.name, 1), NO_REPLY);
    assert.equal(await nameOf("not.there", 10_000), "org.freedesktop.DBus.Error.ServiceUnknown");
    const left = nameOf(other.name, 10_000);
    await caller.connection.call("net.pvd1", "/", "org.freedesktop.DBus.Peer", "Ping", "", [], 10_000);
    connection.stop();
    assert.equal(await left, NO_REPLY);
  });
});

Deno.test("a signal is heard from the owner of the name alone, also when the name changes hands", async () => {
  await withBus(async ({ caller, newCaller }) => {
    const one = await newCaller();
    const other = await newCaller();
    const name = "test.signaller";
    const claim = (who: typeof one) =>
      who.connection.call(
        ...["org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus"] as const,
        ...["RequestName", "su", [name, 0], 10_000] as const,
      );
    const heard: unknown[] = [];
    let last = Promise.withResolvers<void>();
    const match = { sender: name, path: "/s", interface: "a.b", member: "Said", arg0: null };
    caller.connection.onSignal(match, ([text]) => {
      heard.push(text);
      if (text === "last") last.resolve();
    });
    const say = (who: typeof one, text: string) =>
      who.connection.send({
        type: 4,
        path: "/s",
        interface: "a.b",
        member: "Said",
        signature: "s",
        body: [text],
      });
    const done = async (who: typeof one) => {
      await caller.connection.call("net.pvd1", "/", "org.freedesktop.DBus.Peer", "Ping", "", [], 10_000);
      say(who, "last");
      await last.promise;
      last = Promise.withResolvers();
    };
    await claim(one);
    await caller.connection.call("net.pvd1", "/", "org.freedesktop.DBus.Peer", "Ping", "", [], 10_000);
    say(other, "forged");
    say(one, "true");
    await done(one);
    await claim(other);
    one.connection.stop();
    await caller.connection.call("net.pvd1", "/", "org.freedesktop.DBus.Peer", "Ping", "", [], 10_000);
    say(other, "true too");
    await done(other);
    assert.deepEqual(heard, ["true", "last", "true too", "last"]);
  });
});

Deno.test("busSocketPath: the first Unix path, its escapes undone", () => {
  assert.equal(busSocketPath("unix:path=/run/dbus/system_bus_socket"), "/run/dbus/system_bus_socket");
  assert.equal(busSocketPath("tcp:host=a,port=1;unix:guid=1,path=/a%20b"), "/a b");
  for (const address of ["", "unix:", "unix:abstract=x", "tcp:path=/x", "unix:path=%"]) {
    assert.throws(() => busSocketPath(address), SyntaxError);
  }
});
