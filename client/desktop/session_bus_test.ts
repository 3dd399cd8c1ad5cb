// The session bus, asked: a real dbus-daemon, on a path and on an abstract name, with a real owner of a name; and
// buses that hang, lie or are not there.

import assert from "node:assert/strict";
import { methodCall, readNames, readReply, readU32 } from "./dbus_message.ts";
import { busAddresses, namesOwned } from "./session_bus.ts";

const DAEMON = "/usr/bin/dbus-daemon";
const PYTHON_BUS = "/usr/lib/python3/dist-packages/dbus/__init__.py";
const NAME = "org.mozilla.firefox.ZGVmYXVsdA__";
/** A real bus answers at once, but not on a busy machine. */
const LONG_MS = 30_000;
const OWNER = `
import dbus, sys
bus = dbus.bus.BusConnection(sys.argv[1])
bus.request_name(sys.argv[2])
print("owned", flush=True)
sys.stdin.read()
`;

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  let text = "";
  while (!text.includes("\n")) {
    const { value, done } = await reader.read();
    if (done) break;
    text += new TextDecoder().decode(value);
  }
  reader.releaseLock();
  return text.split("\n")[0] ?? "";
}

/** With a bus and somebody on it who owns NAME; `listen` is what the daemon listens at. */
async function withBus(
  listen: string,
  action: (address: string, owner: number) => Promise<void>,
): Promise<void> {
  const daemon = new Deno.Command(DAEMON, {
    args: ["--session", "--nofork", "--nosyslog", `--address=${listen}`, "--print-address"],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    const address = await firstLine(daemon.stdout);
    const owner = new Deno.Command("/usr/bin/python3", {
      args: ["-c", OWNER, address, NAME],
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    try {
      assert.equal(await firstLine(owner.stdout), "owned");
      await action(address, owner.pid);
    } finally {
      await owner.stdin.close();
      await owner.stdout.cancel();
      await owner.status;
    }
  } finally {
    daemon.kill("SIGTERM");
    await daemon.stdout.cancel();
    await daemon.status;
  }
}

const environment = (values: Readonly<Record<string, string>>) => ({ get: (name: string) => values[name] });

for (const kind of ["path", "abstract"]) {
  Deno.test({
    name: `namesOwned finds who owns a name on a real bus, at ${
      kind === "path" ? "a path" : "an abstract name"
    }`,
    ignore: !isThere(DAEMON) || !isThere(PYTHON_BUS),
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        await withBus(`unix:${kind}=${folder}/bus`, async (address, owner) => {
          const at = environment({ DBUS_SESSION_BUS_ADDRESS: address });
          assert.deepEqual(await namesOwned(at, (name) => name === NAME, LONG_MS), [{
            name: NAME,
            pid: owner,
          }]);
          assert.deepEqual(await namesOwned(at, () => false, LONG_MS), []);
          const all = await namesOwned(at, () => true, LONG_MS);
          assert(all.some(({ name }) => name === "org.freedesktop.DBus"));
        });
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

Deno.test("namesOwned: without a bus, or with one that hangs or talks nonsense, there are none and nobody waits long", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/bus`;
  const at = environment({ DBUS_SESSION_BUS_ADDRESS: `unix:path=${path}` });
  assert.deepEqual(await namesOwned(environment({}), () => true), []);
  assert.deepEqual(await namesOwned(at, () => true), []);
  const answers = [
    "",
    "REJECTED\r\n",
    "OK 1\r\nB\x02\x00\x01\xff\xff\xff\xff\x01\x00\x00\x00\xff\xff\xff\xff",
    "OK 1\r\nl\x02\x00\x01\xff\xff\xff\xff\x01\x00\x00\x00\xff\xff\xff\xff",
    "OK 1\r\nl\x02\x00\x01\x00\x00\x00\x00\x01\x00\x00\x00\x08\x00\x00\x00\x05\x01v\x00\x01\x00\x00\x00",
  ];
  const listener = Deno.listen({ transport: "unix", path });
  try {
    for (const answer of answers) {
      const asked = namesOwned(at, () => true);
      const peer = await listener.accept();
      await peer.write(Uint8Array.from(answer, (character) => character.charCodeAt(0)));
      assert.deepEqual(await asked, []);
      peer.close();
    }
  } finally {
    listener.close();
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("busAddresses reads addresses as the specification writes them, else the bus of the login", () => {
  const of = (address: string) => busAddresses(environment({ DBUS_SESSION_BUS_ADDRESS: address }));
  assert.deepEqual(of("unix:path=/run/user/1/bus"), [{ path: "/run/user/1/bus" }]);
  assert.deepEqual(of("unix:abstract=/tmp/dbus-x,guid=0a"), [{ abstract: "/tmp/dbus-x" }]);
  assert.deepEqual(of("tcp:host=x;unix:guid=1,path=/a%20b;unix:runtime=yes"), [{ path: "/a b" }]);
  assert.deepEqual(busAddresses(environment({ XDG_RUNTIME_DIR: "/run/user/1" })), [{
    path: "/run/user/1/bus",
  }]);
  assert.deepEqual(busAddresses(environment({})), []);
});

Deno.test("readReply waits for the whole message, takes no more, and never reads past its end", () => {
  const call = methodCall(7, "GetConnectionUnixProcessID", "org.example");
  for (let length = 0; length < call.length; length++) {
    assert.equal(readReply(call.subarray(0, length)), null);
  }
  const twice = Uint8Array.of(...call, ...call);
  // A call is no reply: it answers nothing and has no body for us.
  assert.deepEqual(readReply(twice), { value: { to: null, body: null }, length: call.length });
  assert.throws(() => readNames(Uint8Array.of(8, 0, 0, 0, 255, 0, 0, 0, 0)), SyntaxError);
  assert.throws(() => readU32(Uint8Array.of(1, 2)), SyntaxError);
  assert.deepEqual([readNames(null), readU32(null)], [[], null]);
});
