// `pvd run` as a process of its own, against a fake broker and helper on a real socket: what it hands over, what it
// says, and how it ends.

import assert from "node:assert/strict";
import type { LaunchRecord } from "../lib/launch_record.ts";
import { statusOf, writeAll } from "../lib/linux/fd.ts";
import { peerCredentials } from "../lib/linux/peer.ts";
import { startTimes } from "../lib/linux/start_time.ts";
import { helperThat, type Launch, running } from "./run_testing.ts";
import { endOf, type FakePeer, startPvd, withFakeBroker } from "./testing.ts";

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("run hands over streams, working folder and a sealed record that names domain and process", async () => {
  const seen: Launch[] = [];
  const script = helperThat(async (peer, launch) => {
    seen.push(launch);
    const { pid } = peerCredentials(peer.fd);
    assert.equal(launch.record.pid, pid);
    assert.equal(launch.record.startTime, await startTimes.of(pid, 0));
    assert.deepEqual(launch.fds.slice(0, 4).map((fd) => statusOf(fd).identity), launch.record.descriptors);
    const cwd = Deno.statSync("/usr/bin");
    assert.equal(launch.record.descriptors[3]?.split(":").at(-1), String(cwd.ino));
    writeAll(launch.fds[1] ?? -1, new TextEncoder().encode("out\xff"));
    writeAll(launch.fds[2] ?? -1, new TextEncoder().encode("err"));
    peer.say({ type: "started", pid: Deno.pid });
    peer.say({ type: "exited", status: 7 });
  });
  const environment = { PATH: "/usr/bin:/bin", PVD_TEST: "a=b c" };
  const options = { cwd: "/usr/bin", clearEnv: true, env: environment };
  const result = await running(script, ["off", "--", "env", "--json", "", "-h"], options);
  assert.deepEqual(result, { status: 7, stdout: "out\xff", stderr: "err" });
  const { request, record, fds } = seen[0] ?? assert.fail("nothing was asked");
  assert.deepEqual(request, {
    type: "run",
    handle: "mifpvd-7",
    id: "office.example.com",
    program: "/usr/bin/env",
    interactive: true,
  });
  assert.equal(fds.length, 5);
  assert.equal(record.handle, "mifpvd-7");
  assert.equal(record.id, "office.example.com");
  assert.equal(record.umask, Deno.umask());
  assert.deepEqual(record.argv.map(decode), ["/usr/bin/env", "--json", "", "-h"]);
  assert.deepEqual(record.environment.map(decode).toSorted(), ["PATH=/usr/bin:/bin", "PVD_TEST=a=b c"]);
});

Deno.test("run keeps arguments and environment that are not UTF-8, byte by byte", async () => {
  const records: LaunchRecord[] = [];
  const script = helperThat((peer, launch) => {
    records.push(launch.record);
    peer.say({ type: "started", pid: Deno.pid });
    peer.say({ type: "exited", status: 0 });
  });
  await withFakeBroker(script, async (path) => {
    const main = new URL("../main.ts", import.meta.url).pathname;
    const pvd = `${Deno.execPath()} run --quiet --no-lock -A ${main}`;
    const line =
      `ODD=$(printf 'v\\377') exec ${pvd} run --socket ${path} office true "$(printf 'a\\377\\376b')" '\uFEFFc'`;
    const { code, stderr } = await new Deno.Command("/bin/sh", { args: ["-c", line] }).output();
    assert.equal(code, 0, decode(stderr));
  });
  const { argv, environment } = records[0] ?? assert.fail("nothing was asked");
  assert.deepEqual([...argv[1] ?? []], [0x61, 0xff, 0xfe, 0x62]);
  assert.deepEqual([...argv[2] ?? []], [0xef, 0xbb, 0xbf, 0x63]);
  assert(environment.some((entry) => entry.join() === [0x4f, 0x44, 0x44, 0x3d, 0x76, 0xff].join()));
});

Deno.test("run --detach lets the program go, prints its pid and ends", async () => {
  const script = helperThat(async (peer) => {
    peer.say({ type: "started", pid: 4711 });
    assert.deepEqual((await peer.next())?.message, { type: "detach" });
  });
  assert.deepEqual(await running(script, ["--detach", "office", "true"]), {
    status: 0,
    stdout: "4711\n",
    stderr: "",
  });
});

Deno.test("run --detach says why where nothing could be started", async () => {
  const refusal = { type: "error", code: "notReady", message: "it is ending" };
  const { status, stdout, stderr } = await running(helperThat((peer) => peer.say(refusal)), [
    "--detach",
    "office",
    "true",
  ]);
  assert.deepEqual([status, stdout], [125, ""]);
  assert.match(stderr, /^pvd: cannot start true in PvD office\.example\.com: it is ending; .*\n$/);
});

Deno.test("run ends with 128 and the signal that ended the program", async () => {
  const script = helperThat((peer) => {
    peer.say({ type: "started", pid: Deno.pid });
    peer.say({ type: "signaled", signal: 9 });
  });
  assert.deepEqual(await running(script, ["office", "true"]), { status: 137, stdout: "", stderr: "" });
});

const REFUSALS: readonly (readonly [string, unknown, number, RegExp])[] = [
  [
    "notAuthorized",
    "uid 7 may not",
    125,
    /: uid 7 may not; an administrator of this machine decides who may$/,
  ],
  [
    "notReady",
    "ended\nmeanwhile",
    125,
    /: ended\\x0ameanwhile; try again when `pvd list` shows it as ready$/,
  ],
  [
    "noSuchDomain",
    'no domain "office.example.com" in mifpvd-7; see pvd list',
    125,
    /: no domain "office\.example\.com" in mifpvd-7; see pvd list[^\n]*$/,
  ],
  ["commandNotFound", "gone", 127, /: gone$/],
  ["commandNotExecutable", "bad interpreter", 126, /: bad interpreter$/],
  ["failed", "no memory; free some", 125, /: no memory; free some$/],
];
for (const [code, message, status, sentence] of REFUSALS) {
  Deno.test(`run ends with ${status} and one sentence when the program is refused with ${code}`, async () => {
    const result = await running(helperThat((peer) => peer.say({ type: "error", code, message })), [
      "office",
      "true",
    ]);
    assert.equal(result.status, status);
    assert.equal(result.stdout, "");
    assert.match(result.stderr, /^pvd: cannot start true in PvD office\.example\.com: .*\n$/);
    assert.match(result.stderr.trimEnd(), sentence);
  });
}

const BROKEN: readonly (readonly [string, (peer: FakePeer) => void])[] = [
  ["hangs up", (peer) => peer.hangUp()],
  ["says nonsense", (peer) => peer.say({ type: "started", pid: "1" })],
  ["tells an end before a start", (peer) => peer.say({ type: "exited", status: 0 })],
  ["sends descriptors", (peer) => peer.sayBytes(new TextEncoder().encode('{"type":"started","pid":1}'), [0])],
];
for (const [what, act] of BROKEN) {
  Deno.test(`run ends with 125 and one sentence when the other end ${what} instead of starting`, async () => {
    const { status, stderr } = await running(helperThat(act), ["office", "true"]);
    assert.equal(status, 125);
    assert.match(stderr, /^pvd: cannot start true in PvD office\.example\.com: .*\n$/);
  });
}

Deno.test("run says that there is no such PvD, and 125", async () => {
  const script = async (peer: FakePeer) => {
    assert.deepEqual((await peer.next())?.message, { type: "resolve", domain: "offic\x1b" });
    peer.say({ type: "error", code: "noSuchDomain", message: "no PvD has this id" });
    assert.equal(await peer.next(), null);
  };
  assert.deepEqual(await running(script, ["offic\x1b", "true"]), {
    status: 125,
    stdout: "",
    stderr: "pvd: cannot find PvD offic\\x1b: no PvD has this id; `pvd list` shows the PvDs that there are\n",
  });
});

const UNSTARTABLE: readonly (readonly [string, number, RegExp])[] = [
  ["no-such-command-here", 127, /no folder on PATH has it; check how it is spelled/],
  ["/no/such/file", 127, /there is no such file; check how it is spelled/],
  ["/usr", 126, /\/usr cannot be executed: it is a folder/],
  ["/etc/passwd", 126, /\/etc\/passwd cannot be executed: you may not execute it/],
  ["", 127, /its name is empty/],
];
for (const [command, status, sentence] of UNSTARTABLE) {
  Deno.test(`run asks nobody to start ${JSON.stringify(command)}, and ends with ${status}`, async () => {
    const script = helperThat(() => assert.fail("it was asked for"));
    const result = await running(script, ["office", command]);
    assert.equal(result.status, status);
    assert.match(result.stderr, sentence);
    assert.equal(result.stderr.split("\n").length, 2);
  });
}

Deno.test("run ends with 69 and one sentence where no broker is", async () => {
  const result = await endOf(
    startPvd(["run", "--socket", "/nonexistent/pvd.sock", "office", "no-such-command"]),
  );
  assert.equal(result.status, 69);
  assert.match(result.stderr, /^pvd: the pvd broker is not running .*\n$/);
});

Deno.test("run refuses arguments and environment that are more than a launch may have", async () => {
  // The kernel itself allows a quarter of the stack's limit for both together, and 128 KiB for each of them.
  const shell = `x=$(head -c 110000 /dev/zero | tr '\\0' x); ulimit -s 65536
    exec "$@" ${'"$x" '.repeat(20)}`;
  const main = new URL("../main.ts", import.meta.url).pathname;
  const script = helperThat(() => assert.fail("it was asked for"));
  const result = await withFakeBroker(script, (path) => {
    const pvd = [
      Deno.execPath(),
      "run",
      "--quiet",
      "--no-lock",
      "-A",
      main,
      "run",
      "--socket",
      path,
      "office",
      "true",
    ];
    const args = ["-c", shell, "sh", ...pvd];
    return endOf(
      new Deno.Command("/bin/sh", { args, stdin: "null", stdout: "piped", stderr: "piped" }).spawn(),
    );
  });
  assert.equal(result.status, 125, result.stderr);
  assert.match(result.stderr, /^pvd: cannot start true in PvD office\.example\.com: .* \d+ bytes.*\n$/);
});
