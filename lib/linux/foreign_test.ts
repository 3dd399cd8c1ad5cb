import assert from "node:assert/strict";
import { close, closeAll, open } from "./fd.ts";
import { closeMessageSocket, ForeignDescriptors, MAX_UNCLOSED } from "./foreign.ts";
import { makePipe } from "./pipe.ts";
import { sealedMemfd } from "./memfd.ts";
import { openFolder } from "./process.ts";
import { receiveMessage, sendMessage, socketPair } from "./socket.ts";

const isOpen = (fd: number) => {
  try {
    Deno.readLinkSync(`/proc/self/fd/${fd}`);
    return true;
  } catch {
    return false;
  }
};
const file = () => open("/dev/null", 0);

/** Closes only what it is told to, as threads that wait for file systems do. */
class Threads {
  readonly waiting: { readonly fd: number; readonly answer: () => void }[] = [];
  readonly close = (fd: number): Promise<void> =>
    new Promise((answer) => {
      this.waiting.push({ fd, answer: () => (close(fd), answer()) });
    });

  get fds(): number[] {
    return this.waiting.map(({ fd }) => fd);
  }

  /** The first one that waits has its answer. */
  async answer(): Promise<void> {
    this.waiting.shift()?.answer();
    await Promise.resolve();
    await Promise.resolve();
  }
}

Deno.test("pipes, memory and what is only named are closed at once, on this thread", () => {
  const threads = new Threads();
  const fds = [...Object.values(makePipe()), openFolder("/"), sealedMemfd("test", new Uint8Array(1))];
  new ForeignDescriptors(threads.close).close(fds, 1000);
  assert.deepEqual(fds.filter(isOpen), []);
  assert.deepEqual(threads.fds, []);
});

Deno.test("files are closed by other threads", async () => {
  const foreign = new ForeignDescriptors();
  const fds = [file(), file(), file()];
  foreign.close(fds, 1000);
  while (fds.some(isOpen)) await new Promise((done) => setTimeout(done));
});

Deno.test("whoever's file systems do not answer keep as many threads as a launch has descriptors, and nobody else's files", async () => {
  const threads = new Threads();
  const foreign = new ForeignDescriptors(threads.close);
  const hers = Array.from({ length: 8 }, file);
  foreign.close(hers.slice(0, 3), 1000);
  foreign.close(hers.slice(3), 1000);
  assert.deepEqual(threads.fds, hers.slice(0, 6));
  const his = file();
  foreign.close([his], 1001);
  assert.deepEqual(threads.fds, [...hers.slice(0, 6), his]);
  await threads.answer();
  assert.deepEqual(threads.fds, [...hers.slice(1, 6), his, hers[6]]);
  while (threads.waiting.length > 0) await threads.answer();
  assert.deepEqual([...hers, his].filter(isOpen), []);
});

Deno.test("an owner is stuck as soon as one of his takes long to close, and no longer than that", async () => {
  let now = 0;
  const threads = new Threads();
  const foreign = new ForeignDescriptors(threads.close, () => now);
  foreign.close([file(), file()], 1000);
  now = 2_000;
  assert.equal(foreign.isStuck(1000), false);
  now = 2_001;
  assert.deepEqual([foreign.isStuck(1000), foreign.isStuck(1001)], [true, false]);
  await threads.answer();
  assert.equal(foreign.isStuck(1000), true);
  await threads.answer();
  assert.equal(foreign.isStuck(1000), false);
});

Deno.test("closeMessageSocket: what waits unread is closed as files are, and the other end reads what was said before", async () => {
  const [ours, theirs] = socketPair();
  const passed = file();
  sendMessage(theirs, new Uint8Array(3), [passed]);
  sendMessage(theirs, new Uint8Array(3));
  sendMessage(ours, new Uint8Array([7]));
  closeMessageSocket(ours, 1000);
  const buffer = new Uint8Array(8);
  assert.equal(receiveMessage(theirs, buffer, 0)?.length, 1);
  // Unread messages would have made an error of this (ECONNRESET).
  assert.equal(receiveMessage(theirs, buffer, 0)?.length, 0);
  assert.throws(() => sendMessage(theirs, new Uint8Array(1)), /EPIPE/);
  assert.ok(!isOpen(ours));
  closeAll([theirs, passed]);
  await Promise.resolve();
});

Deno.test("an owner is full only while too much of his own is not closed", async () => {
  const threads = new Threads();
  const foreign = new ForeignDescriptors(threads.close);
  const fds = Array.from({ length: MAX_UNCLOSED + 1 }, file);
  foreign.close(fds.slice(1), 1000);
  assert.equal(foreign.isFull(1000), false);
  foreign.close(fds.slice(0, 1), 1000);
  assert.deepEqual([foreign.isFull(1000), foreign.isFull(1001)], [true, false]);
  await threads.answer();
  assert.equal(foreign.isFull(1000), false);
  while (threads.waiting.length > 0) await threads.answer();
  assert.deepEqual(fds.filter(isOpen), []);
});

Deno.test("many owners whose file systems do not answer leave threads for what else needs one", async () => {
  const threads = new Threads();
  const foreign = new ForeignDescriptors(threads.close);
  const fds = Array.from({ length: 40 }, file);
  fds.forEach((fd, index) => foreign.close([fd], 1000 + index));
  assert.equal(threads.waiting.length, 20);
  while (threads.waiting.length > 0) await threads.answer();
  assert.deepEqual(fds.filter(isOpen), []);
});
