// `pvd run` and signals, against a fake helper on a real socket: those that come before, while and after the program
// runs, and what is left to do when the helper is gone.

import assert from "node:assert/strict";
import { peerCredentials } from "../lib/linux/peer.ts";
import { waitReadable } from "../lib/linux/reactor.ts";
import { within } from "../tests/lab/supervisor.ts";
import { helperThat, running } from "./run_testing.ts";
import { endOf, type FakePeer, startPvdIn, withFakeBroker } from "./testing.ts";

const LONGEST_MS = 30_000;

/** Over when a line of the process's status in /proc is as wanted; an error where it is not in time. */
async function untilStatus(pid: number, line: RegExp, wanted: (value: string) => boolean): Promise<void> {
  const end = performance.now() + LONGEST_MS;
  for (let value = "0"; !wanted(value);) {
    value = (await Deno.readTextFile(`/proc/${pid}/status`)).match(line)?.[1] ?? "0";
    if (performance.now() > end) {
      throw new Error(`process ${pid}: ${line} is ${value} after ${LONGEST_MS} ms`);
    }
  }
}

/** Over when the process handles a signal, as /proc says; SIGWINCH is the last of those that it hands on. */
async function untilSignalsAreHandled(pid: number, signal = 28): Promise<void> {
  const bit = 1n << BigInt(signal - 1);
  await untilStatus(pid, /^SigCgt:\s*([0-9a-f]+)$/m, (caught) => (BigInt(`0x${caught}`) & bit) !== 0n);
}

/** What the helper hears next; where it hears nothing, the test fails and does not wait forever. */
async function heardBy(peer: FakePeer): Promise<unknown> {
  return (await within(LONGEST_MS, "the helper hears nothing", peer.next()))?.message;
}

Deno.test("run hands on a signal that came just before it knew that the program was started", async () => {
  const script = helperThat(async (peer) => {
    const { pid } = peerCredentials(peer.fd);
    // The runtime handles SIGHUP, SIGINT and SIGTERM from the first listener on, and ends the process by them until they
    // have one of their own. SIGUSR2 comes after SIGHUP.
    await untilSignalsAreHandled(pid, 12);
    Deno.kill(pid, "SIGHUP");
    peer.say({ type: "started", pid: Deno.pid });
    assert.deepEqual(await heardBy(peer), { type: "signal", signal: 1 });
    peer.say({ type: "exited", status: 9 });
  });
  assert.equal((await running(script, ["office", "true"])).status, 9);
});

Deno.test("run hands on every signal of a terminal and a shell once the program is started", async () => {
  const heard: unknown[] = [];
  const script = helperThat(async (peer) => {
    const { pid } = peerCredentials(peer.fd);
    peer.say({ type: "started", pid: Deno.pid });
    await untilSignalsAreHandled(pid);
    const names = [
      "SIGHUP",
      "SIGINT",
      "SIGQUIT",
      "SIGUSR1",
      "SIGUSR2",
      "SIGTERM",
      "SIGCONT",
      "SIGWINCH",
    ] as const;
    for (const name of names) {
      Deno.kill(pid, name);
      heard.push(await heardBy(peer));
    }
    peer.say({ type: "exited", status: 3 });
  });
  assert.equal((await running(script, ["office", "true"])).status, 3);
  assert.deepEqual(heard, [1, 2, 3, 10, 12, 15, 18, 28].map((signal) => ({ type: "signal", signal })));
});

Deno.test("run knows the exit status also when the helper leaves with signals unread", async () => {
  const script = helperThat(async (peer) => {
    const { pid } = peerCredentials(peer.fd);
    peer.say({ type: "started", pid: Deno.pid });
    await untilSignalsAreHandled(pid);
    // Not the last one that got a handler: the runtime may not know of that one yet, and it would be lost.
    Deno.kill(pid, "SIGUSR1");
    assert(await waitReadable(peer.fd, LONGEST_MS));
    peer.say({ type: "exited", status: 9 });
  });
  assert.deepEqual(await running(script, ["office", "true"]), { status: 9, stdout: "", stderr: "" });
});

Deno.test("run stops itself after it has handed on SIGTSTP, and hands on the SIGCONT that wakes it", async () => {
  const heard: unknown[] = [];
  const script = helperThat(async (peer) => {
    const { pid } = peerCredentials(peer.fd);
    peer.say({ type: "started", pid: Deno.pid });
    await untilSignalsAreHandled(pid);
    Deno.kill(pid, "SIGTSTP");
    heard.push(await heardBy(peer));
    await untilStatus(pid, /^State:\s*(\S)/m, (state) => state === "T");
    Deno.kill(pid, "SIGCONT");
    heard.push(await heardBy(peer));
    peer.say({ type: "exited", status: 0 });
  });
  assert.equal((await running(script, ["office", "true"])).status, 0);
  assert.deepEqual(heard, [20, 18].map((signal) => ({ type: "signal", signal })));
});

Deno.test("run dies of a signal that comes before the program is started", async () => {
  const script = helperThat(async (peer) => {
    Deno.kill(peerCredentials(peer.fd).pid, "SIGTERM");
    assert.equal(await heardBy(peer), undefined);
  });
  assert.equal((await running(script, ["office", "true"])).status, 128 + 15);
});

Deno.test("run outlives the helper: it says so, hands on signals itself, and ends with 125 when the program does", async () => {
  const program = new Deno.Command("/bin/sleep", { args: ["1000"] }).spawn();
  const script = helperThat(async (peer) => {
    const { pid } = peerCredentials(peer.fd);
    peer.say({ type: "started", pid: program.pid });
    await untilSignalsAreHandled(pid);
    peer.hangUp();
    Deno.kill(pid, "SIGTERM");
    assert.equal((await program.status).signal, "SIGTERM");
  });
  const { status, stderr } = await running(script, ["office", "true"]);
  assert.equal(status, 125);
  assert.match(
    stderr,
    new RegExp(`helper that watched over true in PvD office.example.com is gone; process ${program.pid} `),
  );
  assert.match(stderr, /has ended, and its exit status is not known/);
});

Deno.test("run ends with 125 and a sentence when the helper goes with the program", async () => {
  const script = helperThat(async (peer) => {
    const program = new Deno.Command("/bin/true").spawn();
    await program.status;
    peer.say({ type: "started", pid: program.pid });
  });
  const { status, stderr } = await running(script, ["office", "true"]);
  assert.equal(status, 125);
  assert.match(
    stderr,
    /^pvd: true in PvD office.example.com has ended, and its exit status is not known: .*\n$/,
  );
});

for (const detach of [false, true]) {
  const how = detach ? "run --detach" : "run";
  Deno.test(`${how} passes on which signals it was started with as ignored, as under nohup, and heeds none of them`, async () => {
    const ignored: unknown[] = [];
    const heard: unknown[] = [];
    const script = helperThat(async (peer, { record }) => {
      ignored.push(...record.ignored ?? []);
      const { pid } = peerCredentials(peer.fd);
      if (detach) {
        Deno.kill(pid, "SIGHUP");
        peer.say({ type: "started", pid: Deno.pid });
        heard.push(await heardBy(peer));
        return;
      }
      await untilSignalsAreHandled(pid, 12);
      Deno.kill(pid, "SIGHUP");
      peer.say({ type: "started", pid: Deno.pid });
      await untilSignalsAreHandled(pid);
      for (const name of ["SIGHUP", "SIGUSR1", "SIGUSR2"] as const) Deno.kill(pid, name);
      heard.push(await heardBy(peer));
      Deno.kill(pid, "SIGTERM");
      heard.push(await heardBy(peer));
      peer.say({ type: "exited", status: 3 });
    });
    const args = ["run", ...detach ? ["--detach"] : []];
    const { status } = await withFakeBroker(
      script,
      (path) =>
        endOf(startPvdIn("trap '' HUP USR1; exec \"$@\"", [...args, "--socket", path, "office", "true"])),
    );
    assert.deepEqual(ignored, [1, 10]);
    assert.deepEqual(
      heard,
      detach ? [{ type: "detach" }] : [12, 15].map((signal) => ({ type: "signal", signal })),
    );
    assert.equal(status, detach ? 0 : 3);
  });
}
