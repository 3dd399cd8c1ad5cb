import assert from "node:assert/strict";
import { O_NOCTTY, O_NONBLOCK, O_RDWR } from "../../lib/linux/abi.ts";
import { close, open, writeAll } from "../../lib/linux/fd.ts";
import { allocate } from "../../lib/linux/memory.ts";
import {
  openPty,
  type Pty,
  rawSettings,
  readTerminal,
  setTerminalSettings,
  terminalSettings,
  writeTerminal,
} from "../../lib/linux/pty.ts";
import { Reactor } from "../../lib/linux/reactor.ts";
import { Relay } from "./relay.ts";

const NOT_WAITING = O_RDWR | O_NONBLOCK | O_NOCTTY;

/** `person.master` is the keyboard and the screen, `program.slave` what the program has. */
async function withRelay(
  use: (person: Pty, program: Pty, relay: Relay, hangUps: () => number) => Promise<void>,
): Promise<void> {
  const person = openPty();
  const program = openPty();
  for (const { slave } of [person, program]) setTerminalSettings(slave, rawSettings(terminalSettings(slave)));
  const errors: unknown[] = [];
  const reactor = new Reactor((error) => errors.push(error));
  let hangUps = 0;
  const terminal = open(`/proc/self/fd/${person.slave}`, NOT_WAITING);
  const relay = new Relay(reactor, terminal, program.master, () => hangUps++);
  const running = reactor.run();
  try {
    await use(person, program, relay, () => hangUps);
  } finally {
    reactor.stop();
    await running;
    for (const fd of [terminal, person.slave, program.slave, program.master, person.master]) close(fd);
  }
  assert.deepEqual(errors, []);
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 1));

/** Writes all of it into a terminal or its master, or reads so many bytes from one, without waiting in the kernel. */
async function typeInto(fd: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const count = writeTerminal(fd, bytes.slice(at, at + 1000));
    if (typeof count === "number") at += count;
    else await turn();
  }
}

async function readFrom(fd: number, length: number, slowly = false): Promise<Uint8Array> {
  const all = new Uint8Array(length);
  const buffer = allocate(997);
  for (let at = 0; at < length;) {
    const count = readTerminal(fd, buffer);
    if (typeof count === "number") {
      all.set(buffer.subarray(0, count), at);
      at += count;
    }
    if (count === "later" || slowly) await turn();
  }
  return all;
}

const pattern = (length: number) => allocate(length).map((_, index) => (index * 7 + (index >> 8)) & 0xff);

Deno.test("Relay: all bytes of a program come to a person who reads slowly, in order", async () => {
  await withRelay(async (person, program) => {
    const bytes = pattern(300_000);
    const writer = open(`/proc/self/fd/${program.slave}`, NOT_WAITING);
    try {
      const [read] = await Promise.all([
        readFrom(person.master, bytes.length, true),
        typeInto(writer, bytes),
      ]);
      assert.ok(read.every((byte, at) => byte === bytes[at]));
    } finally {
      close(writer);
    }
  });
});

Deno.test("Relay: nothing that is typed is read until it is wanted, and then all of it, in order", async () => {
  await withRelay(async (person, program, relay) => {
    const bytes = pattern(2000);
    await typeInto(person.master, bytes);
    await turn();
    const reader = open(`/proc/self/fd/${program.slave}`, NOT_WAITING);
    try {
      assert.equal(readTerminal(reader, allocate(10)), "later");
      relay.setReading(true);
      const read = await readFrom(reader, bytes.length);
      assert.ok(read.every((byte, at) => byte === bytes[at]));
    } finally {
      close(reader);
    }
  });
});

Deno.test("Relay: what a program wrote before it ended is on the terminal when it is finished", async () => {
  await withRelay(async (person, program, relay) => {
    writeAll(program.slave, pattern(3000));
    await relay.finish();
    assert.equal((await readFrom(person.master, 3000)).length, 3000);
  });
});
