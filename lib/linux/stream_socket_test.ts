import assert from "node:assert/strict";
import { close, closeAll, namesIn, open } from "./fd.ts";
import { connectStream, receiveBytes, sendBytes, streamPair } from "./stream_socket.ts";

const openFds = () => namesIn("/proc/self/fd").length;
const bytes = (text: string) => new TextEncoder().encode(text);

Deno.test("what one call receives ends behind the bytes that descriptors came with", () => {
  const before = openFds();
  const [one, other] = streamPair();
  const file = open("/dev/null", 0);
  sendBytes(one, bytes("a"));
  sendBytes(one, bytes("bb"), [file]);
  sendBytes(one, bytes("ccc"), [file, file]);
  sendBytes(one, bytes("dddd"));
  const buffer = new Uint8Array(100);
  const received = [];
  for (let next = receiveBytes(other, buffer, 8); next !== null; next = receiveBytes(other, buffer, 8)) {
    received.push([new TextDecoder().decode(buffer.subarray(0, next.length)), next.fds.length]);
    closeAll(next.fds);
  }
  assert.deepEqual(received, [["abb", 1], ["ccc", 2], ["dddd", 0]]);
  close(one);
  assert.equal(receiveBytes(other, buffer, 8)?.length, 0);
  closeAll([other, file]);
  assert.equal(openFds(), before);
});

Deno.test("sendBytes: takes what there is room for, and null says that there is none", () => {
  const [one, other] = streamPair();
  const counts: (number | null)[] = [];
  const many = new Uint8Array(1_000_000);
  do counts.push(sendBytes(one, many)); while (counts.at(-1) !== null);
  assert.ok(counts.length > 1);
  assert.ok(counts.every((count) => count === null || (count > 0 && count <= 65_536)));
  assert.throws(() => sendBytes(one, new Uint8Array(0)), RangeError);
  closeAll([one, other]);
});

Deno.test("connectStream: where nobody listens is an error that names the path", () => {
  assert.throws(() => connectStream("/nonexistent/s"), /\/nonexistent\/s.*ENOENT/);
});
