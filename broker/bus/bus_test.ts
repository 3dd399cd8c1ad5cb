// Against a real dbus-daemon(1) of the test's own, with the clients that people have: dbus-send(1), gdbus(1).

import assert from "node:assert/strict";
import { close, namesIn, open, statusOf } from "../../lib/linux/fd.ts";
import { RouterTable, routerView } from "../events/routers.ts";
import { advertisement } from "../state/testing.ts";
import * as bus from "./message.ts";
import { exampleDomain, FakeBackend, type TestCaller, withBus } from "./testing.ts";

const MANAGER = "net.pvd1.Manager", PROPERTIES = "org.freedesktop.DBus.Properties";
const DOMAIN = "/net/pvd1/domain/mifpvd_1";
const SOCKET = [DOMAIN, "inet6", "stream", "tcp"];
const openFds = () => namesIn("/proc/self/fd").length;

async function printed(program: string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await new Deno.Command(program, { args: [...args], stdin: "null" }).output();
  return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
}

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

/** Resolves with the body of the next one. */
function nextSignal(caller: TestCaller, path: string, iface: string, member: string): Promise<bus.Body> {
  return new Promise((resolve) => {
    const match = { sender: "net.pvd1", path, interface: iface, member, arg0: null };
    const stop = caller.connection.onSignal(match, (body) => {
      stop();
      resolve(body);
    });
  });
}

Deno.test("gdbus introspects the manager, a domain and the old API", async () => {
  await withBus(async ({ bus: { address } }) => {
    const shown = (path: string) =>
      printed("gdbus", "introspect", "--address", address, "--dest", "net.pvd1", "--object-path", path);
    const manager = await shown("/net/pvd1");
    assert.match(manager, /interface net\.pvd1\.Manager/);
    assert.match(
      manager,
      /OpenSocket\(in\s+o domain,\s+in\s+s family,\s+in\s+s type,\s+in\s+s protocol,\s+out h socket\);/,
    );
    assert.match(manager, /RouterHeard\(s link,\s+s router\);/);
    assert.match(manager, /AdvertisementRefused\(s link,\s+s source,[^;]*\s+t count,\s+t total\);/);
    assert.match(manager, /GetManagedObjects\(out a\{oa\{sa\{sv\}\}\} objects\);/);
    const domain = await shown(DOMAIN);
    assert.match(domain, /readonly s Id = 'one\.example';/);
    assert.match(domain, /readonly a\(su\) Addresses = \[\('2001:db8:1::5', 64\)\];/);
    assert.match(domain, /readonly as Flags = \['http', 'header'\];/);
    const old = await shown("/org/freedesktop/PvDManager");
    assert.match(old, /get_by_id\(in\s+s pvd_id,\s+out a\(ssss\) pvds\);/);
    assert.match(old, /stateChanged\(s pvd_id\);/);
  });
});

Deno.test("dbus-send and gdbus get what the old API promises", async () => {
  await withBus(async ({ bus: { address } }) => {
    const call = (member: string, ...args: readonly string[]) =>
      printed(
        "gdbus",
        ...["call", "--address", address, "--dest", "org.freedesktop.PvDManager"],
        ...["--object-path", "/org/freedesktop/PvDManager"],
        ...["--method", `org.freedesktop.PvDManager.${member}`, ...args],
      );
    assert.equal(await call("get_by_id", "*"), "([('one.example', 'mifpvd-1', 'eth0', 'null')],)\n");
    assert.equal(await call("get_by_id", "one"), `([('', '', '', '""')],)\n`);
    assert.equal(await call("get_by_properties", '{"a":1}'), `([('', '', '', '""')],)\n`);
    assert.equal(await call("activate", "one.example", "1"), "('one.example', 'mifpvd-1', 'eth0', 'null')\n");
    const ping = ["--dest=net.pvd1", "--print-reply", "/", "org.freedesktop.DBus.Peer.Ping"];
    assert.match(await printed("dbus-send", `--bus=${address}`, ...ping), /^method return/);
  });
});

Deno.test("everything can be read at once, and domains found by what they are", async () => {
  const other = { ...exampleDomain, id: "two.example", handle: "mifpvd-2", link: "eth1" };
  const backend = new FakeBackend([exampleDomain, other]);
  await withBus(
    async ({ caller }) => {
      const [all] = await caller.call("/net/pvd1", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects");
      assert.ok(typeof all === "object" && all !== null);
      assert.deepEqual(Object.keys(all), [DOMAIN, "/net/pvd1/domain/mifpvd_2"]);
      const find = (criteria: Record<string, bus.Variant>) =>
        caller.call("/net/pvd1", MANAGER, "FindDomains", "a{sv}", [criteria]);
      assert.deepEqual(await find({}), [[DOMAIN, "/net/pvd1/domain/mifpvd_2"]]);
      const onEth1 = { link: bus.variant("s", "eth1"), kind: bus.variant("s", "explicit") };
      assert.deepEqual(await find(onEth1), [["/net/pvd1/domain/mifpvd_2"]]);
      assert.deepEqual(await find({ id: bus.variant("s", "one.example\n") }), [[]]);
      for (
        const criteria of [
          { colour: bus.variant("s", "red") },
          { id: bus.variant("u", 1) },
          Object.fromEntries([["__proto__", bus.variant("s", "x")]]),
        ]
      ) assert.equal(await errorOf(find(criteria)), "net.pvd1.Error.InvalidArgument");
    },
    undefined,
    backend,
  );
});

Deno.test("a socket and a namespace come as descriptors of the very file that was opened", async () => {
  const before = openFds();
  await withBus(async ({ caller, backend }) => {
    const wanted = statusOf(0).identity;
    const ours = open("/proc/self/ns/net", 0);
    backend.open = () => Promise.resolve(open("/proc/self/ns/net", 0));
    for (
      const [member, signature, body] of [["OpenSocket", "osss", SOCKET], ["OpenNamespace", "o", [
        DOMAIN,
      ]]] as const
    ) {
      const { fds, body: read } = await caller.exchange("/net/pvd1", MANAGER, member, signature, body);
      assert.deepEqual(read(), [0]);
      assert.equal(fds.length, 1);
      assert.equal(statusOf(fds[0] ?? -1).identity, statusOf(ours).identity);
      assert.notEqual(statusOf(fds[0] ?? -1).identity, wanted);
      fds.forEach(close);
    }
    close(ours);
    assert.deepEqual(backend.asked, ["socket mifpvd-1 inet6 stream tcp", "namespace mifpvd-1"]);
  });
  assert.equal(openFds(), before);
});

Deno.test("gdbus monitor shows one signal a change, and none for a renewal", async () => {
  await withBus(async ({ bus: { address }, backend, caller }) => {
    const monitor = new Deno.Command("gdbus", {
      args: ["monitor", "--address", address, "--dest", "net.pvd1"],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const lines = monitor.stdout.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const until = async (pattern: RegExp) => {
      while (!pattern.test(text)) {
        const { value, done } = await lines.read();
        if (done) throw new Error(`gdbus monitor ended: ${text}`);
        text += value;
      }
    };
    try {
      // It asks for the signals before it asks for the owner.
      await until(/is owned by/);
      text = "";
      const routers = exampleDomain.routers.map((each) => ({ ...each, validUntil: 9_999_999 }));
      const renewed = { ...exampleDomain, routers };
      const change = nextSignal(caller, DOMAIN, PROPERTIES, "PropertiesChanged");
      backend.set([renewed]);
      backend.set([{ ...renewed, mtu: 1400 }]);
      await change;
      const gone = nextSignal(caller, "/net/pvd1", "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved");
      backend.set([]);
      assert.deepEqual(await gone, [DOMAIN, ["net.pvd1.Domain"]]);
      await until(/InterfacesRemoved[\s\S]*stateChanged[^\n]*\n/);
      assert.deepEqual(text.trim().split("\n"), [
        `${DOMAIN}: org.freedesktop.DBus.Properties.PropertiesChanged ('net.pvd1.Domain', {'Mtu': <uint32 1400>}, @as [])`,
        "/org/freedesktop/PvDManager: org.freedesktop.PvDManager.stateChanged ('one.example',)",
        `/net/pvd1: org.freedesktop.DBus.ObjectManager.InterfacesRemoved (objectpath '${DOMAIN}', ['net.pvd1.Domain'])`,
        "/org/freedesktop/PvDManager: org.freedesktop.PvDManager.stateChanged ('one.example',)",
      ]);
    } finally {
      monitor.kill();
      await monitor.status;
      await lines.cancel();
    }
  });
});

Deno.test("routers that are heard and lost, and what is refused, are signals of the manager", async () => {
  await withBus(async ({ backend, caller }) => {
    const head = { timeMs: 0, link: "eth1" };
    const router = { ...head, address: "fe80::1" };
    const refused = { source: "fe80::2", reason: "too short", problem: "7 octets\\x1b", count: 3, total: 17 };
    const told = ["RouterHeard", "RouterLost", "AdvertisementRefused"].map((member) =>
      nextSignal(caller, "/net/pvd1", "net.pvd1.Manager", member)
    );
    // Listening is three questions to the bus, one after the other, each answered before what is asked behind it.
    for (let turn = 0; turn < 4; turn++) {
      await caller.call("/net/pvd1", MANAGER, "FindDomains", "a{sv}", [{}]);
    }
    const record = new RouterTable().hear(
      { link: "eth1", linkIndex: 2, router: "fe80::1", now: 0 },
      advertisement(),
    );
    assert.ok(record !== null);
    backend.tellRouter({ event: "routerHeard", ...router, router: routerView(record, null, 0) });
    backend.tellRouter({ event: "routerLost", ...router });
    backend.tellRouter({ event: "advertisementRefused", ...head, ...refused });
    assert.deepEqual(await Promise.all(told), [
      ["eth1", "fe80::1"],
      ["eth1", "fe80::1"],
      ["eth1", "fe80::2", "too short", "7 octets\\x1b", 3n, 17n],
    ]);
  });
});

Deno.test("when the bus goes away and comes back, the service is on it again and its calls ended", async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  await withBus(async ({ bus: daemon, caller, logs, logged, newCaller, service }) => {
    const pending = errorOf(caller.exchange("/net/pvd1", MANAGER, "OpenSocket", "osss", SOCKET));
    const signal = await asked.promise;
    await daemon.stop();
    assert.equal(await pending, bus.DISCONNECTED);
    await logs(/no system bus/);
    assert.equal(signal.aborted, true);
    assert.equal(service.connection.connected, false);
    const before = logged.length;
    await daemon.start();
    await logs(/on the system bus as org.freedesktop.PvDManager/, before);
    const again = await newCaller();
    assert.deepEqual(await again.call("/", "org.freedesktop.DBus.Peer", "Ping"), []);
  }, (_subject, _action, _details, _interactive, signal) => {
    asked.resolve(signal);
    return new Promise(() => {});
  });
});
