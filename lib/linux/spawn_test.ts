import assert from "node:assert/strict";
import { LinuxError } from "./error.ts";
import { close, closeAll, duplicate, linkTarget, namesIn, readTextFile, statusOf } from "./fd.ts";
import { libc } from "./libc.ts";
import { makePipe, readPipe } from "./pipe.ts";
import { reapPid } from "./process.ts";
import { allProcesses } from "./process_status.ts";
import { withSoftOpenFiles } from "./resource.ts";
import { spawn } from "./spawn.ts";

const encoder = new TextEncoder();
const encoded = (words: readonly string[]) => words.map((word) => encoder.encode(word));
const softLimit = () => /^Max open files +(\d+) /m.exec(readTextFile("/proc/self/limits") ?? "")?.[1];
const children = () => allProcesses().filter(({ parent }) => parent === Deno.pid).length;

/** What a shell script prints whose standard streams are all this one pipe, under a soft limit of its own. */
function outputOf(script: string, soft: number): string {
  const { reading, writing } = makePipe();
  try {
    let pid = 0;
    try {
      pid = spawn(
        "/bin/sh",
        encoded(["sh", "-c", script]),
        [],
        [writing, writing, writing],
        (call) => withSoftOpenFiles(soft, call),
      );
    } finally {
      close(writing);
    }
    const buffer = new Uint8Array(new ArrayBuffer(65_536));
    let text = "";
    for (let length = 1; length > 0;) {
      length = readPipe(reading, buffer);
      text += new TextDecoder().decode(buffer.subarray(0, length));
    }
    // It has closed its streams by ending, and a moment later it can be waited for.
    while (!reapPid(pid));
    return text;
  } finally {
    close(reading);
  }
}

Deno.test("spawn: the child has its own streams also where its soft limit is below their numbers here", () => {
  const held = Array.from({ length: 40 }, () => duplicate(0));
  try {
    const before = softLimit();
    const [stdin, stdout, stderr, limit, ...more] = outputOf(
      "for each in 0 1 2; do readlink /proc/$$/fd/$each; done; ulimit -Sn; ls /proc/$$/fd | wc -w",
      6,
    ).trim().split("\n");
    assert.match(stdin ?? "", /^pipe:/);
    assert.deepEqual([stdout, stderr, limit], [stdin, stdin, "6"]);
    assert.deepEqual(more, ["3"]);
    for (const fd of [0, 1, 2]) assert.notEqual(linkTarget(`/proc/self/fd/${fd}`), stdin);
    assert.equal(softLimit(), before);
  } finally {
    closeAll(held);
  }
});

Deno.test("spawn: under a limit that is too low for three streams there is no program, and the limit is back", () => {
  const [before, running] = [softLimit(), children()];
  assert.throws(() => outputOf("echo it runs", 2), (error) => {
    assert.ok(error instanceof LinuxError);
    assert.deepEqual([error.call, error.errnoName], ["posix_spawn", "EBADF"]);
    return true;
  });
  assert.equal(softLimit(), before);
  assert.equal(children(), running);
});

Deno.test("spawn: a stream that cannot be given is an error and no program, never a stream of our own", () => {
  const running = children();
  const { reading, writing } = makePipe();
  const bad: readonly (readonly [number, number, number])[] = [
    [-1, writing, writing],
    [writing, -1, writing],
    [writing, writing, -1],
  ];
  const start = (streams: readonly [number, number, number]) =>
    spawn("/bin/echo", encoded(["echo", "it runs"]), [], streams);
  try {
    const files = namesIn("/proc/self/fd").length;
    for (const streams of bad) assert.throws(() => start(streams), /adddup2: .*EBADF/);
    // Its number is over the limit under which the steps are written down: what the C library refuses.
    assert.throws(
      () => withSoftOpenFiles(writing, () => start([writing, writing, writing])),
      /adddup2: .*EBADF/,
    );
    assert.equal(namesIn("/proc/self/fd").length, files);
    assert.equal(children(), running);
  } finally {
    closeAll([reading, writing]);
  }
});

Deno.test("spawn: what cannot be executed is named, and what is around the call may refuse it", () => {
  const running = children();
  const start = (path: string, around?: (call: () => number) => number) =>
    spawn(path, encoded(["x"]), [], [0, 1, 2], around);
  assert.throws(() => start("/nonexistent/x"), /^LinuxError: posix_spawn \/nonexistent\/x: .*ENOENT/);
  assert.throws(() =>
    start("/bin/true", () => {
      throw new RangeError("not today");
    }), /not today/);
  assert.equal(children(), running);
});

Deno.test("spawn: the child is leader of a session, and no signal is ignored or blocked in it", () => {
  // Deno itself ignores SIGPIPE (13), and children inherit what is ignored.
  const [session, ...signals] = outputOf(
    "read pid name state parent group session rest </proc/$$/stat; [ $session = $$ ] && echo leads; " +
      // In the shell's own place: a shell blocks signals while it starts something.
      "exec grep -E '^Sig(Blk|Ign)' /proc/self/status",
    64,
  ).trim().split("\n");
  assert.equal(session, "leads");
  assert.deepEqual(signals.map((line) => line.split(/\s+/)[1]), ["0000000000000000", "0000000000000000"]);
});

Deno.test("withSoftOpenFiles: the limit is back when what ran under it throws, and no descriptor was closed", () => {
  const before = softLimit();
  const held = duplicate(0);
  try {
    assert.throws(() =>
      withSoftOpenFiles(held, () => {
        assert.throws(() => duplicate(0), /EMFILE/);
        throw new RangeError("x");
      }), RangeError);
    assert.equal(softLimit(), before);
    assert.ok(statusOf(held).mode > 0);
    assert.equal(withSoftOpenFiles(Infinity, () => libc.getpid()), Deno.pid);
    assert.equal(softLimit(), before);
  } finally {
    close(held);
  }
});
