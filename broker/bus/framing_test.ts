import assert from "node:assert/strict";
import { close, namesIn, open } from "../../lib/linux/fd.ts";
import { encodeMessage } from "./codec.ts";
import { Framer, ProtocolError } from "./framing.ts";
import { type Body, MAX_BODY_BYTES, MAX_HEADER_BYTES, METHOD_CALL, variant } from "./message.ts";

const openFds = () => namesIn("/proc/self/fd").length;
const nulls = (count: number) => Array.from({ length: count }, () => open("/dev/null", 0));

function call(serial: number, signature: string, body: Body, fds: readonly number[] = [], path = "/a") {
  return encodeMessage({ type: METHOD_CALL, path, member: "Do", signature, body }, serial, fds);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

Deno.test("messages come out as they went in, however the stream is cut", () => {
  const body = ["text", [1, 2], ["a", true], { one: variant("u", 5), two: variant("as", ["x"]) }, 5n, -1];
  const bytes = joined(call(1, "", []), call(2, "sau(sb)a{sv}ti", body), call(3, "s", ["end"]));
  for (const size of [1, 2, 15, 16, 17, 64, bytes.length]) {
    const framer = new Framer();
    const messages = [];
    for (let at = 0; at < bytes.length; at += size) {
      messages.push(...framer.push(bytes.subarray(at, at + size), []));
    }
    assert.deepEqual(messages.map(({ serial }) => serial), [1, 2, 3]);
    assert.deepEqual(messages.map((each) => each.body()), [[], body, ["end"]]);
    assert.equal(messages[1]?.path, "/a");
    assert.equal(messages[1]?.interface, "");
  }
});

Deno.test("a dictionary's key that JavaScript uses itself is a key like any other", () => {
  const criteria = Object.fromEntries([["__proto__", variant("s", "x")], ["constructor", variant("s", "y")]]);
  const [message] = new Framer().push(call(1, "a{sv}", [criteria]), []);
  const [read] = message?.body() ?? [];
  assert.ok(typeof read === "object" && read !== null);
  assert.deepEqual(Object.keys(read), ["__proto__", "constructor"]);
  assert.equal(Object.getPrototypeOf(read), Object.prototype);
});

Deno.test("a text that holds NUL is sent with a mark in its place, and everything else with it", () => {
  const [message] = new Framer().push(call(1, "ss", ["a\0b", "c"]), []);
  assert.deepEqual(message?.body(), ["a\ufffdb", "c"]);
});

Deno.test("descriptors go to the last message that begins in the chunk they came with", () => {
  const framer = new Framer();
  const [one = -1, other = -1] = nulls(2);
  const bytes = joined(call(1, "s", ["no"]), call(2, "h", [0], [one]));
  const first = framer.push(bytes.subarray(0, bytes.length - 3), [one]);
  assert.deepEqual(first.map(({ fds }) => fds), [[]]);
  const second = framer.push(joined(bytes.subarray(bytes.length - 3), call(3, "h", [0], [other])), [other]);
  assert.deepEqual(second.map(({ fds }) => fds), [[one], [other]]);
  second.forEach(({ fds }) => fds.forEach(close));
});

Deno.test("a message that says it brings other descriptors than came does not get the next one's", () => {
  const before = openFds();
  const framer = new Framer();
  const [stray = -1, right = -1] = nulls(2);
  const [lies] = framer.push(call(1, "hh", [0, 1], [1, 1]), [stray]);
  assert.deepEqual(lies?.fds, []);
  assert.match(lies?.problem ?? "", /did not arrive/);
  const [honest] = framer.push(call(2, "h", [0], [right]), [right]);
  assert.deepEqual(honest?.fds, [right]);
  assert.equal(honest?.problem, null);
  close(right);
  assert.equal(openFds(), before);
});

Deno.test("a body over the limit is passed over without being kept, and what follows is read", () => {
  const framer = new Framer();
  const bytes = joined(call(1, "s", ["x".repeat(3 * MAX_BODY_BYTES)]), call(2, "s", ["next"]));
  const messages = [];
  for (let at = 0; at < bytes.length; at += 1000) {
    messages.push(...framer.push(bytes.slice(at, at + 1000), []));
  }
  assert.deepEqual(messages.map(({ serial }) => serial), [1, 2]);
  assert.match(messages[0]?.problem ?? "", /over 65536 bytes/);
  assert.deepEqual(messages[1]?.body(), ["next"]);
});

Deno.test("a header over the limit is dropped with its descriptors, and what follows is read", () => {
  const before = openFds();
  const framer = new Framer();
  const fds = nulls(3);
  const long = call(1, "hhh", [0, 1, 2], fds, `/${"a".repeat(MAX_HEADER_BYTES)}`);
  const bytes = joined(long, call(2, "s", ["next"]));
  const messages = [...framer.push(bytes.subarray(0, 40), fds), ...framer.push(bytes.subarray(40), [])];
  assert.deepEqual(messages.map(({ serial }) => serial), [2]);
  assert.equal(openFds(), before);
});

Deno.test("a bus that sends something else than D-Bus is told apart, and no descriptor stays open", () => {
  const before = openFds();
  for (
    const head of [
      "HTTP/1.1 200 OK\r\n",
      "l\x01\0\x02............",
      "l\x01\0\x01\xff\xff\xff\x7f\x01\0\0\0\0\0\0\0",
    ]
  ) {
    const framer = new Framer();
    const [kept = -1, stray = -1] = nulls(2);
    const start = call(1, "h", [0], [kept]);
    framer.push(start.subarray(0, start.length - 1), [kept]);
    const bytes = joined(
      start.subarray(start.length - 1),
      new Uint8Array([...head].map((each) => each.charCodeAt(0))),
    );
    assert.throws(() => framer.push(bytes, [stray]), ProtocolError);
    framer.stop();
    assert.equal(openFds(), before);
  }
});

Deno.test("what had begun when the connection ended leaves no descriptor open", () => {
  const before = openFds();
  const framer = new Framer();
  const fds = nulls(2);
  framer.push(call(1, "hhs", [0, 1, "never"], fds).subarray(0, 50), fds);
  framer.stop();
  assert.equal(openFds(), before);
});

Deno.test("a body whose bytes do not fit its signature costs that message alone", () => {
  const bytes = call(1, "s", ["text"]);
  // The text's length, far past the end.
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(bytes.length - 9, 5000, true);
  const messages = new Framer().push(joined(bytes, call(2, "s", ["next"])), []);
  assert.throws(() => messages[0]?.body());
  assert.deepEqual(messages[1]?.body(), ["next"]);
});
