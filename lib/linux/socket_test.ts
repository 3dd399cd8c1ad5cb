import assert from "node:assert/strict";
import { namesIn, open } from "./fd.ts";
import { libc } from "./libc.ts";
import { readSealedMemfd, sealedMemfd } from "./memfd.ts";
import { isOf, peerCredentials, peerIsAlive, peerPidfd } from "./peer.ts";
import { hasEnded } from "./process.ts";
import { Reactor, waitReadable } from "./reactor.ts";
import * as socket from "./socket.ts";
import { EPOLLIN } from "./abi.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const buffer = new Uint8Array(65_536);
const openFds = () => namesIn("/proc/self/fd").length;

Deno.test("a message comes whole with its descriptors, and the end of the peer is told", () => {
  const [one, other] = socket.socketPair();
  const file = sealedMemfd("test", bytes("hello"));
  assert.equal(socket.receiveMessage(other, buffer, 8), null);
  assert.ok(socket.sendMessage(one, bytes("hi"), [file, file]));
  const received = socket.receiveMessage(other, buffer, 8);
  assert.equal(received?.length, 2);
  assert.equal(received?.fds.length, 2);
  assert.equal(
    new TextDecoder().decode(readSealedMemfd(received?.fds[1] ?? -1, Deno.uid() ?? -1, 100)),
    "hello",
  );
  socket.close(one);
  assert.deepEqual(socket.receiveMessage(other, buffer, 8), { length: 0, fds: [], truncated: false });
  socket.closeAll([other, file, ...received?.fds ?? []]);
});

Deno.test("descriptors that are more than are wanted are the receiver's to close, and there are no others", () => {
  const [one, other] = socket.socketPair();
  const file = open("/dev/null", 0);
  const before = openFds();
  for (const count of [1, 2, 16, 253]) {
    socket.sendMessage(one, bytes("x"), Array.from({ length: count }, () => file));
    const received = socket.receiveMessage(other, buffer, 0);
    assert.deepEqual([received?.truncated, received?.fds.length], [true, count]);
    socket.closeAll(received?.fds ?? []);
    assert.equal(openFds(), before);
  }
  socket.closeAll([one, other, file]);
});

Deno.test("a message of more than 64 KiB is not sent, and one that does not fit the buffer is told as cut", () => {
  const [one, other] = socket.socketPair();
  assert.throws(() => socket.sendMessage(one, new Uint8Array(65_537)), RangeError);
  socket.sendMessage(one, new Uint8Array(200));
  assert.equal(socket.receiveMessage(other, new Uint8Array(100), 0)?.truncated, true);
  socket.closeAll([one, other]);
});

Deno.test("a peer whose queue is full is told by false, not by waiting", () => {
  const [one, other] = socket.socketPair();
  let sent = 0;
  while (sent < 100_000 && socket.sendMessage(one, new Uint8Array(1000))) sent++;
  assert.ok(sent > 0 && sent < 100_000);
  socket.closeAll([one, other]);
});

Deno.test("hasHungUp: a peer that is gone is known to be, also while something of it is unread", () => {
  const [one, other] = socket.socketPair();
  assert.ok(!socket.hasHungUp(one));
  socket.sendMessage(other, new Uint8Array([1]));
  assert.ok(!socket.hasHungUp(one));
  socket.closeAll([other]);
  assert.ok(socket.hasHungUp(one));
  socket.closeAll([one]);
});

Deno.test("the kernel says who connected, also for a descriptor that was passed on", async () => {
  const folder = await Deno.makeTempDir();
  const listener = socket.listenUnix(`${folder}/s`, 0o600);
  const client = socket.connectUnix(`${folder}/s`);
  const accepted = socket.accept(listener) ?? -1;
  assert.equal(socket.accept(listener), null);
  assert.equal(peerCredentials(accepted).pid, Deno.pid);
  const pidfd = peerPidfd(accepted);
  assert.ok(!hasEnded(pidfd));
  assert.ok(peerIsAlive(accepted));
  socket.closeAll([listener, client, accepted, pidfd]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("where the kernel has no pidfd of a peer, a process of another person with its pid is not taken for it", async () => {
  const uid = Deno.uid() ?? 0;
  assert.ok(isOf({ pid: Deno.pid, uid }));
  assert.ok(!isOf({ pid: Deno.pid, uid: uid + 1 }));
  const child = new Deno.Command("/bin/cat", { stdin: "piped", stdout: "null" }).spawn();
  assert.ok(isOf({ pid: child.pid, uid }));
  await child.stdin.close();
  await child.status;
  assert.ok(!isOf({ pid: child.pid, uid }));
});

Deno.test("listenUnix: it listens already when it is opened to others, so that nobody is refused", async () => {
  const folder = await Deno.makeTempDir();
  const path = `${folder}/s`;
  const { chmod } = libc;
  let connected = -1;
  // The real call, and before it what its owner finds there.
  const value: typeof chmod = (name, mode) => {
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o600);
    connected = socket.connectUnix(path);
    return chmod(name, mode);
  };
  Object.defineProperty(libc, "chmod", { configurable: true, value });
  try {
    const listener = socket.listenUnix(path, 0o666);
    const accepted = socket.accept(listener) ?? -1;
    assert.ok(accepted >= 0 && connected >= 0);
    assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o666);
    socket.closeAll([listener, accepted, connected]);
  } finally {
    Object.defineProperty(libc, "chmod", { configurable: true, value: chmod });
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("connecting where nobody listens is an error that names the path", () => {
  assert.throws(() => socket.connectUnix("/nonexistent/s"), /\/nonexistent\/s.*ENOENT/);
});

Deno.test("a memfd that is not sealed, or not of the person who asks, is refused", () => {
  const file = open("/dev/null", 0);
  assert.throws(() => readSealedMemfd(file, 0, 100), /not a sealed memfd/);
  const sealed = sealedMemfd("test", bytes("hello"));
  assert.throws(() => readSealedMemfd(sealed, 4_000_000, 100), /somebody else/);
  assert.throws(() => readSealedMemfd(sealed, Deno.uid() ?? -1, 4), /too long/);
  socket.closeAll([file, sealed]);
});

Deno.test("Reactor: a callback that throws is told, and the others are still called", async () => {
  const [one, other] = socket.socketPair();
  const errors: unknown[] = [];
  const reactor = new Reactor((error) => errors.push(error));
  let calls = 0;
  reactor.add(other, EPOLLIN, () => {
    socket.receiveMessage(other, buffer, 0);
    if (++calls === 1) throw new Error("the first message is a bad one");
    reactor.stop();
  });
  socket.sendMessage(one, bytes("a"));
  socket.sendMessage(one, bytes("b"));
  await waitReadable(other);
  await reactor.run();
  assert.equal(errors.length, 1);
  assert.equal(calls, 2);
  socket.closeAll([one, other]);
});
