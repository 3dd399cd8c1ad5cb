// `pvd socket` as a process of its own, against a fake broker: what it becomes, and what it says of a COMMAND that cannot
// be. What its sockets reach is tested in the lab.

import assert from "node:assert/strict";
import { close } from "../lib/linux/fd.ts";
import { openInternetSocket } from "../lib/linux/inet_socket.ts";
import { type CommandResult, endOf, type FakePeer, startPvdIn, withFakeBroker } from "./testing.ts";

const OFFICE = { type: "resolved", id: "office.example.com", handle: "mifpvd-7", link: "eth1" };

/** Runs a line of bash in a folder of its own, where "$@" is `pvd socket ... --`. `meanwhile` is done there before the
 * broker gives a socket, which is one of the host's. */
async function inShell(line: string, meanwhile = (_folder: string) => {}): Promise<CommandResult> {
  const cwd = await Deno.makeTempDir();
  const broker = async (peer: FakePeer) => {
    await peer.next();
    peer.say(OFFICE);
    await peer.next();
    meanwhile(cwd);
    const fd = openInternetSocket("inet stream tcp");
    peer.sayBytes(new TextEncoder().encode('{"type":"socket"}'), [fd]);
    close(fd);
  };
  try {
    return await withFakeBroker(broker, (path) => endOf(startPvdIn(line, socketArgs(path), { cwd })));
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

function socketArgs(path: string): string[] {
  return ["socket", "--socket", path, "--listen", "127.0.0.1:0", "office", "--"];
}

const script = (file: string, first: string) =>
  `printf '%s\\n' '${first}' 'echo became "$1" $LISTEN_FDS' > ${file}; chmod 755 ${file}`;

Deno.test("socket becomes a COMMAND whose path, or whose folder on PATH, is not UTF-8", async () => {
  const became = { status: 0, stdout: "became it 1\n", stderr: "" };
  assert.deepEqual(
    await inShell(`${script("$'prog\\xff'", "#!/bin/sh")}; exec "$@" $'./prog\\xff' it`),
    became,
  );
  const folder = "$'bin\\xff'";
  const line = `mkdir ${folder}; ${
    script(`${folder}/prog`, "#!/bin/sh")
  }; PATH=$PWD/${folder}:$PATH exec "$@" prog it`;
  assert.deepEqual(await inShell(line), became);
});

const UNSTARTABLE: readonly (readonly [string, string, number, RegExp])[] = [
  [
    "a bad interpreter",
    "#!/no/such/interpreter",
    126,
    /\.\/prog cannot be executed: what it is to be run by /,
  ],
  ["no first line that names one", "", 126, /\.\/prog cannot be executed: it is no program of this kind /],
  ["an interpreter that may not be executed", "#!/etc/passwd", 126, /\.\/prog cannot be .*permission denied/],
];
for (const [what, first, status, why] of UNSTARTABLE) {
  Deno.test(`socket says that it cannot start a script with ${what}, and ends with ${status}`, async () => {
    const result = await inShell(`${script("prog", first)}; exec "$@" ./prog`);
    assert.deepEqual([result.status, result.stdout], [status, ""]);
    assert.match(result.stderr, /^pvd: cannot start \.\/prog: .*\n$/);
    assert.match(result.stderr, why);
  });
}

Deno.test("socket says that a COMMAND has gone meanwhile, and ends with 127", async () => {
  const gone = (folder: string) => Deno.removeSync(`${folder}/prog`);
  assert.deepEqual(await inShell(`${script("prog", "#!/bin/sh")}; exec "$@" ./prog`, gone), {
    status: 127,
    stdout: "",
    stderr: "pvd: cannot start ./prog: ./prog is gone; try again\n",
  });
});

const UNFOUND: readonly (readonly [string, number, string])[] = [
  ["no-such-command-here", 127, "no folder on PATH has it; check how it is spelled"],
  ["/etc/passwd", 126, "/etc/passwd cannot be executed: you may not execute it"],
];
for (const [command, status, why] of UNFOUND) {
  Deno.test(`socket asks nobody for a socket for ${command}, and ends with ${status}`, async () => {
    assert.deepEqual(await endOf(startPvdIn('exec "$@"', [...socketArgs("/nonexistent"), command])), {
      status,
      stdout: "",
      stderr: `pvd: cannot start ${command}: ${why}\n`,
    });
  });
}

// The kernel allows 128 KiB for each, and a quarter of the stack's limit for all of them.
const MUCH = `x=$(head -c 110000 /dev/zero | tr '\\0' x); ulimit -s 65536`;
const TOO_MUCH: readonly (readonly [string, string])[] = [
  ["arguments", `${MUCH}; exec "$@" ${'"$x" '.repeat(28)}`],
  ["environment", `${MUCH}; for i in {1..28}; do export "V$i=$x"; done; exec "$@"`],
];
for (const [what, line] of TOO_MUCH) {
  Deno.test(`socket refuses 3 MB of ${what} in one sentence that names them, with 125`, async () => {
    const result = await endOf(startPvdIn(line, [...socketArgs("/nonexistent"), "true"]));
    assert.equal(result.status, 125, result.stderr.slice(0, 500));
    assert.match(
      result.stderr,
      new RegExp(`^pvd: cannot start true: the ${what} (is|are) over \\d+ bytes.*\\n$`),
    );
  });
}
