import assert from "node:assert/strict";
import { close, writeAll } from "./fd.ts";
import { allocate } from "./memory.ts";
import {
  copyWindowSize,
  isControllingTerminal,
  isInForeground,
  openPty,
  rawSettings,
  readTerminal,
  setTerminalSettings,
  terminalSettings,
  windowSize,
  writeTerminal,
} from "./pty.ts";

function withPty(use: (master: number, slave: number) => void): void {
  const { master, slave } = openPty();
  try {
    use(master, slave);
  } finally {
    close(master);
    close(slave);
  }
}

function read(fd: number): string | number {
  const buffer = allocate(4096);
  const count = readTerminal(fd, buffer);
  return typeof count === "number" ? new TextDecoder().decode(buffer.subarray(0, count)) : count;
}

Deno.test("openPty: what is written on the slave comes out of the master, as the settings say", () => {
  withPty((master, slave) => {
    assert.equal(read(master), "later");
    writeAll(slave, new TextEncoder().encode("a\n"));
    assert.equal(read(master), "a\r\n");
    const before = terminalSettings(slave);
    assert.ok(setTerminalSettings(slave, rawSettings(before)));
    writeAll(slave, new TextEncoder().encode("a\n"));
    assert.equal(read(master), "a\n");
    assert.ok(setTerminalSettings(master, before));
    assert.deepEqual(terminalSettings(slave), before);
  });
});

Deno.test("writeTerminal: a terminal that nobody reads takes so much and then says later", () => {
  withPty((master, slave) => {
    setTerminalSettings(slave, rawSettings(terminalSettings(slave)));
    const bytes = allocate(4096).fill(0x61);
    let taken = 0;
    for (let count = writeTerminal(master, bytes); count !== "later"; count = writeTerminal(master, bytes)) {
      assert.ok(typeof count === "number" && count > 0);
      taken += count;
      assert.ok(taken < 10_000_000);
    }
    assert.ok(taken >= 4096);
  });
});

Deno.test("readTerminal: a master whose slave nobody has open is at its end, after what was written", () => {
  const { master, slave } = openPty();
  writeAll(slave, new TextEncoder().encode("last"));
  close(slave);
  assert.equal(read(master), "last");
  assert.equal(read(master), "end");
  close(master);
});

Deno.test("copyWindowSize: one terminal gets the size of another", async () => {
  const [one, other] = [openPty(), openPty()];
  try {
    const path = `/proc/${Deno.pid}/fd/${one.slave}`;
    const stty = new Deno.Command("stty", { args: ["-F", path, "cols", "132", "rows", "43"] });
    assert.ok((await stty.output()).success);
    copyWindowSize(one.slave, other.master);
    assert.deepEqual(windowSize(other.slave), { columns: 132, rows: 43 });
  } finally {
    for (const fd of [one.master, one.slave, other.master, other.slave]) close(fd);
  }
});

Deno.test("a terminal that is not this process's controlling one is under no job control", () => {
  withPty((_, slave) => {
    assert.ok(!isControllingTerminal(slave));
    assert.ok(isInForeground(slave));
  });
});
