import assert from "node:assert/strict";
import { EAGAIN, SIGTERM } from "../lib/linux/abi.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { allProcesses, processStat, reapPid } from "../lib/linux/process.ts";
import { spawn } from "../lib/linux/spawn.ts";
import { endUnwatched, sessionHasOthers, signalSession, watched } from "./session.ts";

const encoder = new TextEncoder();

/** A leader of a session with two other processes in it, one in a process group of its own, none of which minds
 * SIGHUP. */
async function startSession(): Promise<number> {
  const script = "trap '' HUP; set -m; sleep 1000 & set +m; sleep 1000 & wait";
  const argv = ["sh", "-c", script].map((word) => encoder.encode(word));
  const pid = spawn("/bin/sh", argv, [], [0, 1, 2]);
  while (membersOf(pid).length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  return pid;
}

function membersOf(leader: number): number[] {
  return allProcesses().filter(({ session, state }) => session === leader && state !== "Z").map(({ pid }) =>
    pid
  );
}

async function ended(leader: number): Promise<void> {
  while (membersOf(leader).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

Deno.test("signalSession: reaches every process of the session, in whatever group", async () => {
  const leader = await startSession();
  assert.ok(sessionHasOthers(leader));
  signalSession(leader, SIGTERM);
  await ended(leader);
  assert.ok(!sessionHasOthers(leader));
  assert.ok(reapPid(leader));
});

Deno.test("watched: a program that cannot be watched over is ended with all of its session, and waited for", async () => {
  const leader = await startSession();
  const full = () => {
    throw new LinuxError("pidfd_open", EAGAIN);
  };
  assert.throws(() => watched(leader, "office.example.com", full), /office.example.com: .* was ended again/);
  await ended(leader);
  while (processStat(leader) !== null) await new Promise((resolve) => setTimeout(resolve, 5));
});

Deno.test("endUnwatched: a process that is gone already is no problem", () => {
  endUnwatched(0x7fff_fff0);
});
