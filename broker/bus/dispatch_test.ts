import assert from "node:assert/strict";
import { namesIn, open } from "../../lib/linux/fd.ts";
import { settled } from "../testing.ts";
import type { Authorisation, AuthoriseCall } from "./dispatch.ts";
import { call, DOMAIN, errorOf, MANAGER, room, SOCKET } from "./dispatch_room.ts";
import * as bus from "./message.ts";
import { allowAll, exampleDomain, FakeBackend } from "./testing.ts";

const openFds = () => namesIn("/proc/self/fd").length;
const PROPERTIES = "org.freedesktop.DBus.Properties";

Deno.test("what is not in the table does not exist, also where JavaScript has such a name", async () => {
  for (const name of ["constructor", "__proto__", "toString", "emit", "hasOwnProperty", "valueOf", "then"]) {
    assert.equal(await errorOf(call("/net/pvd1", MANAGER, name)), bus.UNKNOWN_METHOD, name);
    assert.equal(await errorOf(call("/net/pvd1", "", name)), bus.UNKNOWN_METHOD, name);
    assert.equal(await errorOf(call("/net/pvd1", `net.${name}`, "Ping")), bus.UNKNOWN_INTERFACE, name);
    assert.equal(await errorOf(call(`/${name}`, MANAGER, "Ping")), bus.UNKNOWN_OBJECT, name);
    assert.equal(await errorOf(call(DOMAIN.replace("mifpvd_1", name), MANAGER, "Ping")), bus.UNKNOWN_OBJECT);
    const get = (property: string) => call(DOMAIN, PROPERTIES, "Get", "ss", ["net.pvd1.Domain", property]);
    assert.equal(await errorOf(get(name)), bus.UNKNOWN_PROPERTY, name);
    const all = call(DOMAIN, PROPERTIES, "GetAll", "s", [name]);
    assert.equal(await errorOf(all), bus.UNKNOWN_INTERFACE, name);
  }
});

Deno.test("paths that only look like a domain's are none", async () => {
  for (
    const name of ["mifpvd_2", "mifpvd_01", "mifpvd_1_", "mifpvd", "mifpvd_1/x", "", "MIFPVD_1", "mifpvd__1"]
  ) {
    const path = `/net/pvd1/domain/${name}`;
    assert.equal(await errorOf(call(path, PROPERTIES, "GetAll", "s", [""])), bus.UNKNOWN_OBJECT, path);
    const open = call("/net/pvd1", MANAGER, "OpenSocket", "osss", [path, "inet6", "stream", "tcp"]);
    assert.equal(await errorOf(open), "net.pvd1.Error.NoSuchDomain", path);
  }
});

Deno.test("arguments of another signature are refused before a byte of them is read", async () => {
  const body = () => assert.fail("it was read");
  for (const signature of ["", "s", "os", "ossss", "a{sv}", "(osss)", "vvvv", "hhhh"]) {
    const message = call("/net/pvd1", MANAGER, "OpenSocket", signature, [], { body });
    assert.equal(await errorOf(message), bus.INVALID_ARGS, signature);
  }
  const unreadable = call("/net/pvd1", MANAGER, "Solicit", "s", [], {
    body: () => {
      throw new RangeError("past the end");
    },
  });
  assert.equal(await errorOf(unreadable), bus.INVALID_ARGS);
  const long = call("/net/pvd1", MANAGER, "Solicit", "s", [], { body, problem: "too long" });
  assert.equal(await errorOf(long), bus.LIMITS_EXCEEDED);
});

Deno.test("the interface may be left out, and every object has the standard ones", async () => {
  for (const path of ["/", "/net", "/net/pvd1", "/net/pvd1/domain", DOMAIN, "/org/freedesktop/PvDManager"]) {
    for (const member of ["Ping", "Introspect"]) {
      assert.equal(await errorOf(call(path, "", member)), "", `${path} ${member}`);
    }
  }
});

Deno.test("properties are read one by one and together, and never written", async () => {
  const one = room();
  one.dispatcher.handle(call(DOMAIN, PROPERTIES, "Get", "ss", ["net.pvd1.Domain", "Id"]));
  assert.deepEqual(one.sent.at(-1)?.body, [bus.variant("s", "one.example")]);
  one.dispatcher.handle(call(DOMAIN, PROPERTIES, "GetAll", "s", ["net.pvd1.Domain"]));
  const [all] = one.sent.at(-1)?.body ?? [];
  assert.ok(typeof all === "object" && all !== null && "Addresses" in all);
  assert.deepEqual(all.Addresses, bus.variant("a(su)", [["2001:db8:1::5", 64]]));
  const set = call(DOMAIN, PROPERTIES, "Set", "ssv", [
    "net.pvd1.Domain",
    "State",
    bus.variant("s", "failed"),
  ]);
  assert.equal(await errorOf(set, one), bus.PROPERTY_READ_ONLY);
});

Deno.test("what the table guards is not done, and nothing opened, when polkit says no", async () => {
  const asked: unknown[] = [];
  const denied: Authorisation = { allowed: false, reason: "because" };
  const one = room((subject, action, details, interactive) => {
    asked.push([subject, action, details, interactive]);
    return Promise.resolve(denied);
  });
  const flags = bus.ALLOW_INTERACTIVE_AUTHORIZATION;
  for (
    const message of [
      call("/net/pvd1", MANAGER, "OpenSocket", "osss", SOCKET),
      call("/net/pvd1", MANAGER, "OpenNamespace", "o", [DOMAIN], { flags }),
      call("/net/pvd1", MANAGER, "RemoveDomain", "o", [DOMAIN]),
    ]
  ) {
    assert.equal(await errorOf(message, one), "net.pvd1.Error.NotAuthorized");
    assert.deepEqual(one.sent.at(-1)?.body, ["because"]);
  }
  const subject = { kind: "bus", sender: ":1.7" };
  const details = { domain: "one.example", kind: "explicit", link: "eth0", program: "" };
  assert.deepEqual(asked, [
    [subject, "net.pvd1.use", details, false],
    [subject, "net.pvd1.open-namespace", details, true],
    [subject, "net.pvd1.manage", details, false],
  ]);
  assert.deepEqual(one.backend.asked, []);
});

Deno.test("sockets are named, and what is no internet socket is refused before polkit is asked", async () => {
  const one = room(() => assert.fail("polkit was asked"));
  for (
    const [family, type, protocol] of [
      ["unix", "stream", ""],
      ["netlink", "raw", "route"],
      ["packet", "raw", "all"],
      ["inet6", "raw", "icmp"],
      ["inet6", "stream", "udp"],
      ["inet6", "stream", ""],
      ["10", "1", "6"],
      ["inet6 stream", "tcp", ""],
      ["__proto__", "", ""],
    ]
  ) {
    const message = call("/net/pvd1", MANAGER, "OpenSocket", "osss", [DOMAIN, family, type, protocol]);
    assert.equal(await errorOf(message, one), "net.pvd1.Error.InvalidArgument", family);
  }
});

Deno.test("a domain that is not ready, or ended while polkit was asked, opens nothing", async () => {
  const failed = new FakeBackend([{ ...exampleDomain, state: "failed", problem: "no link" }]);
  const open = () => call("/net/pvd1", MANAGER, "OpenSocket", "osss", SOCKET);
  assert.equal(await errorOf(open(), room(allowAll, failed)), "net.pvd1.Error.NotReady");
  const backend = new FakeBackend([exampleDomain]);
  const ends: AuthoriseCall = () => {
    backend.set([]);
    return Promise.resolve({ allowed: true, asked: false });
  };
  assert.equal(await errorOf(open(), room(ends, backend)), "net.pvd1.Error.NoSuchDomain");
  assert.deepEqual([...failed.asked, ...backend.asked], []);
});

Deno.test("a caller that leaves while polkit is asked is not answered, and nothing is opened for it", async () => {
  const answer = Promise.withResolvers<Authorisation>();
  const signals: AbortSignal[] = [];
  const one = room((_subject, _action, _details, _interactive, signal) => {
    signals.push(signal);
    return answer.promise;
  });
  one.dispatcher.handle(call("/net/pvd1", MANAGER, "OpenSocket", "osss", SOCKET));
  await settled();
  one.dispatcher.gone(":1.8");
  assert.equal(signals[0]?.aborted, false);
  one.dispatcher.gone(":1.7");
  answer.resolve({ allowed: true, asked: false });
  await settled();
  assert.equal(signals[0]?.aborted, true);
  assert.deepEqual([one.sent, one.backend.asked, one.dispatcher.waiting], [[], [], 0]);
});

Deno.test("a caller that leaves while its socket is opened is not answered, and the socket is closed", async () => {
  const before = openFds();
  const opened = Promise.withResolvers<number>();
  const one = room();
  one.backend.open = () => opened.promise;
  one.dispatcher.handle(call("/net/pvd1", MANAGER, "OpenSocket", "osss", SOCKET));
  await settled();
  assert.equal(one.backend.asked.length, 1);
  one.dispatcher.gone(null);
  opened.resolve(open("/dev/null", 0));
  await settled();
  assert.deepEqual(one.sent, []);
  assert.equal(openFds(), before);
});

Deno.test("a caller that wants no answer gets none, and what was opened is closed", async () => {
  const before = openFds();
  const one = room();
  const flags = bus.NO_REPLY_EXPECTED;
  one.dispatcher.handle(call("/net/pvd1", MANAGER, "OpenSocket", "osss", SOCKET, { flags }));
  one.dispatcher.handle(call("/net/pvd1", MANAGER, "Nonsense", "", [], { flags }));
  await settled();
  assert.equal(one.backend.asked.length, 1);
  assert.deepEqual(one.sent, []);
  assert.equal(openFds(), before);
});

Deno.test("descriptors that nobody asked for are closed, whatever the call", async () => {
  const before = openFds();
  const fds = () => Array.from({ length: 16 }, () => open("/dev/null", 0));
  assert.equal(await errorOf(call("/net/pvd1", "", "Ping", "", [], { fds: fds() })), "");
  assert.equal(await errorOf(call("/nowhere", "", "Ping", "", [], { fds: fds() })), bus.UNKNOWN_OBJECT);
  assert.equal(await errorOf(call("/net/pvd1", "", "Ping", "h", [0], { fds: fds() })), bus.INVALID_ARGS);
  assert.equal(openFds(), before);
});

Deno.test("a defect is answered without its details, and logged with them", async () => {
  const one = room();
  one.backend.open = () => Promise.reject(new TypeError("secret inside"));
  assert.equal(
    await errorOf(call("/net/pvd1", MANAGER, "OpenSocket", "osss", SOCKET), one),
    "net.pvd1.Error.Failed",
  );
  assert.doesNotMatch(String(one.sent.at(-1)?.body), /secret/);
  assert.match(one.logged.join(), /secret inside/);
});
