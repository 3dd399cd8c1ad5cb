import assert from "node:assert/strict";
import { close, open } from "./fd.ts";
import { ForeignDescriptors, MAX_UNCLOSED } from "./foreign.ts";
import { makePipe } from "./pipe.ts";
import { sealedMemfd } from "./memfd.ts";
import { socketPair } from "./socket.ts";

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

Deno.test("pipes, sockets and memory are closed at once, on this thread", () => {
  const threads = new Threads();
  const fds = [...Object.values(makePipe()), ...socketPair(), sealedMemfd("test", new Uint8Array(1))];
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

Deno.test("whoever's file system does not answer keeps one thread waiting, and nobody else's files", async () => {
  const threads = new Threads();
  const foreign = new ForeignDescriptors(threads.close);
  const [hers, second, third] = [file(), file(), file()];
  foreign.close([hers, second], 1000);
  foreign.close([third], 1000);
  assert.deepEqual(threads.fds, [hers]);
  const his = file();
  foreign.close([his], 1001);
  assert.deepEqual(threads.fds, [hers, his]);
  await threads.answer();
  assert.deepEqual(threads.fds, [his, second]);
  for (let count = 0; count < 3; count++) await threads.answer();
  assert.deepEqual([hers, second, third, his].filter(isOpen), []);
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
  assert.equal(threads.waiting.length, 16);
  while (threads.waiting.length > 0) await threads.answer();
  assert.deepEqual(fds.filter(isOpen), []);
});
