// Standard output and standard error that take nothing, or nothing now: what pvd says of it, and that it ends as it
// would otherwise. As processes: the streams are the process's own.

import assert from "node:assert/strict";
import { EAGAIN, O_NONBLOCK, O_RDONLY, O_WRONLY } from "../lib/linux/abi.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { close, closeAll, open, writeAll } from "../lib/linux/fd.ts";
import { allocate } from "../lib/linux/memory.ts";
import { makePipe, readPipe } from "../lib/linux/pipe.ts";
import { pidfdOpen, reap } from "../lib/linux/process.ts";
import { waitReadable } from "../lib/linux/reactor.ts";
import { spawn } from "../lib/linux/spawn.ts";
import { SAMPLE_EVENTS } from "./monitor_testing.ts";
import { formatEvent } from "./monitor_text.ts";
import { helperThat } from "./run_testing.ts";
import { CACHE, endOf, type FakePeer, pvdCommand, startPvdIn, withFakeBroker } from "./testing.ts";

const FULL_OUTPUT = 'exec "$@" >/dev/full';
const FULL_ERROR = 'exec "$@" 2>/dev/full';
const UNWRITABLE = "pvd: standard output cannot be written: No space left on device\n";
/** What ends too early ends within it. */
const PATIENCE_MS = 500;
const [EVENT] = SAMPLE_EVENTS;
assert(EVENT !== undefined);

Deno.test("standard output that takes nothing is one sentence and 1, whatever was to be written", async () => {
  for (const args of [["--help"], ["--version"], ["help", "run"], ["list", "--bogus", "--json"]]) {
    const end = await endOf(startPvdIn(FULL_OUTPUT, args));
    assert.deepEqual(end, { status: 1, stdout: "", stderr: UNWRITABLE }, args.join(" "));
  }
  const capture = new URL("../tests/data/captures/", import.meta.url);
  const [file] = [...Deno.readDirSync(capture)].map(({ name }) => name).filter((name) => /\.pcap/.test(name))
    .toSorted();
  for (const args of [["decode"], ["decode", "--json"]]) {
    const end = await endOf(startPvdIn(FULL_OUTPUT, [...args, new URL(file ?? "", capture).pathname]));
    assert.deepEqual(end, { status: 1, stdout: "", stderr: UNWRITABLE }, args.join(" "));
  }
  const settings = new URL("advertise/example.toml", import.meta.url).pathname;
  const check = ["advertise", "--check", "--config", settings];
  assert.deepEqual(await endOf(startPvdIn(FULL_OUTPUT, check)), {
    status: 1,
    stdout: "",
    stderr: UNWRITABLE,
  });
  const answer = async (peer: FakePeer) => {
    await peer.next();
    peer.say({ type: "end" });
    await peer.next();
  };
  const tell = async (peer: FakePeer) => {
    await peer.next();
    peer.say({ type: "event", event: EVENT });
    await peer.next();
  };
  for (const [script, name] of [[answer, "list"], [tell, "monitor"]] as const) {
    for (const more of [[], ["--json"]]) {
      const end = await withFakeBroker(
        script,
        (path) => endOf(startPvdIn(FULL_OUTPUT, [name, "--socket", path, ...more])),
      );
      assert.deepEqual(end, { status: 1, stdout: "", stderr: UNWRITABLE }, name);
    }
  }
});

Deno.test("run --detach whose process id cannot be printed says it on standard error, with 125", async () => {
  const script = helperThat(async (peer) => {
    peer.say({ type: "started", pid: 4711 });
    await peer.next();
  });
  const end = await withFakeBroker(
    script,
    (path) => endOf(startPvdIn(FULL_OUTPUT, ["run", "--socket", path, "--detach", "office", "true"])),
  );
  const goes = "; true in PvD office.example.com goes on as process 4711\n";
  assert.deepEqual(end, { status: 125, stdout: "", stderr: UNWRITABLE.replace("\n", goes) });
});

Deno.test("standard error that takes nothing changes no exit status", async () => {
  const none = ["--socket", "/nonexistent/pvd.sock"];
  for (
    const [status, args] of [
      [2, ["lsit"]],
      [69, ["list", ...none]],
      [69, ["run", ...none, "office", "true"]],
      [127, ["socket", ...none, "--listen", ":1", "office", "no-such-command"]],
      [1, ["decode", "/nonexistent"]],
      [78, ["advertise", "--check", "--config", "/nonexistent"]],
    ] as const
  ) assert.equal((await endOf(startPvdIn(FULL_ERROR, args))).status, status, args.join(" "));
  const script = async (peer: FakePeer) => {
    await peer.next();
    peer.say({ type: "resolved", id: "office", handle: "mifpvd-7", link: "eth1" });
    await peer.next();
  };
  const end = await withFakeBroker(
    script,
    (path) => endOf(startPvdIn(FULL_ERROR, ["run", "--socket", path, "office", "no-such-command"])),
  );
  assert.equal(end.status, 127);
});

Deno.test("a warning that cannot be written stops no program", async () => {
  const home = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${home}/.mozilla/firefox/a.default`, { recursive: true });
    await Deno.symlink(`127.0.1.1:+${Deno.pid}`, `${home}/.mozilla/firefox/a.default/lock`);
    await Deno.writeTextFile(`${home}/firefox`, "#!/bin/sh\n", { mode: 0o755 });
    const script = helperThat((peer) => {
      peer.say({ type: "started", pid: Deno.pid });
      peer.say({ type: "exited", status: 0 });
    });
    const run = (line: string) =>
      withFakeBroker(script, (path) => {
        const args = ["run", "--socket", path, "office", `${home}/firefox`];
        return endOf(startPvdIn(line, args, { env: { HOME: home, DENO_DIR: CACHE } }));
      });
    assert.match((await run('exec "$@"')).stderr, /^pvd: firefox already runs outside PvD .*\n$/);
    assert.equal((await run(FULL_ERROR)).status, 0);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("the wait for a program whose helper is gone goes on where that cannot be written", async () => {
  const program = new Deno.Command("/bin/cat", { stdin: "piped", stdout: "null" }).spawn();
  let pvd: Deno.ChildProcess | null = null;
  const script = helperThat(async (peer) => {
    peer.say({ type: "started", pid: program.pid });
    peer.hangUp();
    // It must not end before the program.
    const pidfd = pidfdOpen(pvd?.pid ?? -1);
    assert.equal(await waitReadable(pidfd, PATIENCE_MS), false);
    close(pidfd);
    await program.stdin.close();
    await program.status;
  });
  const end = await withFakeBroker(script, (path) => {
    pvd = startPvdIn(FULL_ERROR, ["run", "--socket", path, "office", "true"]);
    return endOf(pvd);
  });
  assert.equal(end.status, 125);
});

/** The same pipe for one who does not wait, and full; the number of bytes in it. */
function fill(pipe: number): { readonly fd: number; readonly bytes: number } {
  const fd = open(`/proc/self/fd/${pipe}`, O_WRONLY | O_NONBLOCK);
  const page = new Uint8Array(4096);
  for (let bytes = 0;; bytes += page.length) {
    try {
      writeAll(fd, page);
    } catch (error) {
      assert(error instanceof LinuxError && error.errno === EAGAIN);
      return { fd, bytes };
    }
  }
}

Deno.test("a full pipe that does not wait is waited for, and nothing is lost", async () => {
  const output = makePipe();
  const errors = makePipe();
  const full = fill(output.writing);
  const input = open("/dev/null", O_RDONLY);
  let program = -1;
  const status = await withFakeBroker(
    async (peer) => {
      await peer.next();
      for (let at = 0; at < 3; at++) peer.say({ type: "event", event: EVENT });
      // Nobody reads, so it must not end.
      assert.equal(await waitReadable(program, PATIENCE_MS), false);
    },
    async (path) => {
      const argv = pvdCommand(["monitor", "--socket", path]).map((each) => new TextEncoder().encode(each));
      const environment = Object.entries(Deno.env.toObject())
        .map(([name, value]) => new TextEncoder().encode(`${name}=${value}`));
      const streams = [input, full.fd, errors.writing] as const;
      program = pidfdOpen(spawn(Deno.execPath(), argv, environment, streams));
      closeAll([output.writing, full.fd, errors.writing, input]);
      // With the script the connection ends; only then is anything read.
      return await Promise.resolve(program);
    },
  );
  const written = await readToEnd(output.reading);
  const line = formatEvent(EVENT);
  assert.equal(new TextDecoder().decode(written.subarray(full.bytes)), line.repeat(3));
  await waitReadable(status);
  assert.deepEqual(reap(status), { how: "exited", value: 69 });
  assert.match(
    new TextDecoder().decode(await readToEnd(errors.reading)),
    /^pvd: the pvd broker has ended; .*\n$/,
  );
  closeAll([status, output.reading, errors.reading]);
});

async function readToEnd(fd: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  const buffer = allocate(65_536);
  for (;;) {
    await waitReadable(fd);
    const length = readPipe(fd, buffer);
    if (length === 0) return Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
    chunks.push(buffer.slice(0, length));
  }
}
