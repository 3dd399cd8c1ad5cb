// `pvd run` and signals, against a fake helper on a real socket: those that come before, while and after the program
// runs, and what is left to do when the helper is gone.

import assert from "node:assert/strict";
import { peerCredentials } from "../lib/linux/peer.ts";
import { waitReadable } from "../lib/linux/reactor.ts";
import { helperThat, running } from "./run_testing.ts";

/** Over when the process handles a signal, as /proc says; SIGWINCH is the last of those that it hands on. */
async function untilSignalsAreHandled(pid: number, signal = 28): Promise<void> {
  const bit = 1n << BigInt(signal - 1);
  for (let caught = 0n; (caught & bit) === 0n;) {
    const line = (await Deno.readTextFile(`/proc/${pid}/status`)).match(/^SigCgt:\s*([0-9a-f]+)$/m);
    caught = BigInt(`0x${line?.[1] ?? "0"}`);
  }
}

Deno.test("run hands on a signal that came just before it knew that the program was started", async () => {
  const script = helperThat(async (peer) => {
    const { pid } = peerCredentials(peer.fd);
    // SIGTERM is the last one to get a handler. While one gets it the runtime may still end the process, as if it had none.
    await untilSignalsAreHandled(pid, 15);
    Deno.kill(pid, "SIGHUP");
    peer.say({ type: "started", pid: Deno.pid });
    assert.deepEqual((await peer.next())?.message, { type: "signal", signal: 1 });
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
      heard.push((await peer.next())?.message);
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
    await waitReadable(peer.fd);
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
    heard.push((await peer.next())?.message);
    for (let state = ""; state !== "T";) {
      state = (await Deno.readTextFile(`/proc/${pid}/status`)).match(/^State:\s*(\S)/m)?.[1] ?? "";
    }
    Deno.kill(pid, "SIGCONT");
    heard.push((await peer.next())?.message);
    peer.say({ type: "exited", status: 0 });
  });
  assert.equal((await running(script, ["office", "true"])).status, 0);
  assert.deepEqual(heard, [20, 18].map((signal) => ({ type: "signal", signal })));
});

Deno.test("run dies of a signal that comes before the program is started", async () => {
  const script = helperThat(async (peer) => {
    Deno.kill(peerCredentials(peer.fd).pid, "SIGTERM");
    assert.equal(await peer.next(), null);
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
