import assert from "node:assert/strict";
import { EAGAIN, SIGKILL, SIGTERM } from "../lib/linux/abi.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { close, writeAll } from "../lib/linux/fd.ts";
import { allSessions, isLiving, reapPid, type SessionMember, signalMember } from "../lib/linux/process.ts";
import { processStatus } from "../lib/linux/process_status.ts";
import { makePipe } from "../lib/linux/pipe.ts";
import { spawn } from "../lib/linux/spawn.ts";
import { endUnwatched, Sessions, sessions, watched } from "./session.ts";

const encoder = new TextEncoder();

/** A leader of a session with two other processes in it, one in a process group of its own, none of which minds
 * SIGHUP. */
async function startSession(
  script = "trap '' HUP; set -m; sleep 1000 & set +m; sleep 1000 & wait",
): Promise<number> {
  const argv = ["sh", "-c", script].map((word) => encoder.encode(word));
  const pid = spawn("/bin/sh", argv, [], [0, 1, 2]);
  await until(() => membersOf(pid).length >= 3);
  return pid;
}

function membersOf(leader: number): SessionMember[] {
  return allSessions().filter(({ pid, session }) => session === leader && isLiving(pid));
}

const stateOf = ({ pid }: SessionMember) => processStatus(pid)?.state;

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const ended = (leader: number) => until(() => membersOf(leader).length === 0);
const signalled = (all: Sessions, leader: number, signal: number) =>
  new Promise<boolean>((resolve) => all.signal(leader, signal, resolve));
const looked = (all: Sessions, leader: number) =>
  new Promise<boolean>((resolve) => all.look(leader, resolve));

Deno.test("sessions: a signal reaches every process of the session, in whatever group", async () => {
  const leader = await startSession();
  assert.ok(await looked(sessions, leader));
  await signalled(sessions, leader, SIGTERM);
  await ended(leader);
  assert.ok(!await looked(sessions, leader));
  assert.ok(reapPid(leader));
});

Deno.test("sessions: stopped processes take the signal too", async () => {
  const leader = await startSession();
  for (const { pid } of membersOf(leader)) Deno.kill(pid, "SIGSTOP");
  await until(() => membersOf(leader).every((each) => stateOf(each) === "T"));
  await signalled(sessions, leader, SIGTERM);
  await ended(leader);
  assert.ok(reapPid(leader));
});

Deno.test("sessions: however many are asked for in a turn, the machine's processes are looked at twice", async () => {
  let looks = 0;
  const all = new Sessions(() => {
    looks++;
    return allSessions();
  });
  const leaders = await Promise.all(Array.from({ length: 8 }, () => startSession()));
  const answers = leaders.map((leader, index) =>
    index === 0 ? looked(all, leader) : signalled(all, leader, SIGKILL)
  );
  // More of the same, and about the same one.
  answers.push(...leaders.map((leader) => looked(all, leader)));
  assert.equal(looks, 0);
  await Promise.all(answers);
  assert.equal(looks, 2);
  const [first = 0, ...others] = leaders;
  for (const leader of others) await ended(leader);
  assert.equal(membersOf(first).length, 3);
  await signalled(all, first, SIGKILL);
  await ended(first);
  assert.deepEqual(leaders.map((leader) => reapPid(leader)), leaders.map(() => true));
});

Deno.test("sessions: who comes while others are signalled is met again, also where it takes many looks", async () => {
  const { reading, writing } = makePipe();
  const argv = ["sh", "-c", "while read -r line; do sleep 1000 & done"].map((word) => encoder.encode(word));
  const leader = spawn("/bin/sh", argv, [], [reading, 1, 2]);
  let looks = 0;
  const all = new Sessions(() => {
    const found = allSessions();
    if (++looks > 15) return found;
    // One more after each look; and who starts them is not seen yet.
    const before = new Set(membersOf(leader).map(({ pid }) => pid));
    writeAll(writing, encoder.encode("\n"));
    while (membersOf(leader).every(({ pid }) => before.has(pid)));
    return found.filter(({ pid }) => pid !== leader);
  });
  await looked(all, leader);
  await signalled(all, leader, SIGKILL);
  await ended(leader);
  assert.equal(looks, 17);
  assert.ok(reapPid(leader));
  [reading, writing].forEach(close);
});

Deno.test("sessions: a look that shows nothing of the machine is no proof that nobody is there", async () => {
  let looks = 0;
  const leader = await startSession();
  // As where no descriptor is left to read folders with.
  const all = new Sessions(() => ++looks > 50 ? allSessions() : []);
  await signalled(all, leader, SIGKILL);
  await ended(leader);
  assert.ok(reapPid(leader));
});

Deno.test("sessions: a process whose first thread has ended lives on, and takes the signal", async () => {
  const code = "import ctypes, threading, time\n" +
    "threading.Thread(target=time.sleep, args=(1000,)).start()\nctypes.CDLL(None).pthread_exit(None)\n";
  const leader = await startSession(`python3 -c '${code}' & sleep 1000 & wait`);
  await until(() => membersOf(leader).some((each) => stateOf(each) === "Z"));
  await signalled(sessions, leader, SIGKILL);
  await ended(leader);
  assert.ok(reapPid(leader));
});

Deno.test("signalMember: one of another session, or that has ended, gets nothing", async () => {
  const child = new Deno.Command("/bin/cat", { stdin: "piped", stdout: "null" }).spawn();
  const { pid } = child;
  const { session } = processStatus(pid) ?? assert.fail("no child");
  assert.ok(!signalMember({ pid, session: session + 1 }, [SIGKILL]));
  assert.ok(signalMember({ pid, session }, [SIGTERM]));
  assert.equal((await child.status).signal, "SIGTERM");
  await child.stdin.close();
  assert.ok(!signalMember({ pid, session }, [SIGTERM]));
});

Deno.test("watched: a program that cannot be watched over is ended with all of its session, waited for, and told of", async () => {
  const leader = await startSession();
  const full = () => {
    throw new LinuxError("pidfd_open", EAGAIN);
  };
  const { promise, resolve } = Promise.withResolvers<void>();
  const tried = () => watched(leader, "office.example.com", full, resolve);
  assert.throws(tried, /office.example.com: .* was ended again/);
  await promise;
  await ended(leader);
  assert.equal(processStatus(leader), null);
});

Deno.test("endUnwatched: a process that is gone already is no problem", () =>
  new Promise((resolve) => endUnwatched(0x7fff_fff0, resolve)));
