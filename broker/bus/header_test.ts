import assert from "node:assert/strict";
import marshalling from "dbus-native/lib/message.js";
import fc from "fast-check";
import { frame } from "./header.ts";
import { Framer } from "./framing.ts";

const name = fc.stringMatching(/^[A-Za-z_:.\/]{0,40}$/);
const message = fc.record({
  type: fc.integer({ min: 1, max: 4 }),
  flags: fc.integer({ min: 0, max: 7 }),
  path: name,
  interface: name,
  member: name,
  errorName: name,
  destination: name,
  replySerial: fc.nat(0xffff_ffff),
});

Deno.test("frame: what it writes is read as it was meant, whatever fields there are", () => {
  fc.assert(
    fc.property(message, fc.integer({ min: 1, max: 0xffff_ffff }), fc.uint8Array(), (given, serial, body) => {
      const signature = body.length === 0 ? "" : "ay";
      const [read, ...others] = new Framer().push(frame(given, serial, signature, body, 0), []);
      assert.ok(read !== undefined && others.length === 0);
      const { type, flags, path, interface: iface, member, errorName, replySerial } = read;
      const { destination: _, ...wanted } = given;
      assert.deepEqual({ type, flags, path, interface: iface, member, errorName, replySerial }, wanted);
      assert.equal(read.serial, serial);
      assert.equal(read.signature, signature);
    }),
  );
});

Deno.test("frame: the library writes the same bytes for a call and for an answer", () => {
  const call = {
    type: 1,
    flags: 0,
    path: "/net/pvd1",
    interface: "net.pvd1.Manager",
    member: "Solicit",
    destination: "net.pvd1",
  };
  const answer = { type: 2, flags: 1, replySerial: 77, destination: ":1.20" };
  for (const each of [call, answer]) {
    const theirs: Uint8Array = marshalling.marshall({ ...each, serial: 5, signature: "", body: [] });
    assert.deepEqual([...sorted(frame(each, 5, "", new Uint8Array(0), 0))], [...sorted(theirs)]);
  }
});

/** The order of fields is free. */
function sorted(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes).sort();
}
