// Environment variables that are not UTF-8: pvd works without those that it can do without, and says which one it
// cannot. As processes: the runtime lets nobody set such a variable.

import assert from "node:assert/strict";
import { helperThat } from "./run_testing.ts";
import { CACHE, type CommandResult, endOf, type FakePeer, startPvdIn, withFakeBroker } from "./testing.ts";

/** `pvd` with these variables in front, as bash reads them. */
function withVariables(variables: string, ...args: string[]): Promise<CommandResult> {
  return endOf(startPvdIn(`${variables} exec "$@"`, args, { env: { DENO_DIR: CACHE } }));
}

const ODD = "$'/nonexistent/j\\xff'";
const started = () =>
  helperThat((peer: FakePeer) => {
    peer.say({ type: "started", pid: Deno.pid });
    peer.say({ type: "exited", status: 0 });
  });

const WITHOUT: readonly (readonly [string, string])[] = [
  ["HOME", `HOME=${ODD} DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent`],
  [
    "XDG_DATA_HOME and XDG_DATA_DIRS",
    `XDG_DATA_HOME=${ODD} XDG_DATA_DIRS=${ODD} XDG_RUNTIME_DIR=/nonexistent`,
  ],
  ["DBUS_SESSION_BUS_ADDRESS", `DBUS_SESSION_BUS_ADDRESS=${ODD} XDG_RUNTIME_DIR=${ODD}`],
];
for (const [name, variables] of WITHOUT) {
  Deno.test(`run starts a program where ${name} is not UTF-8`, async () => {
    // One that looks on the bus, and a browser, which looks into its profiles.
    const folder = await Deno.makeTempDir();
    try {
      for (const program of ["lsblk", "firefox"]) {
        await Deno.writeTextFile(`${folder}/${program}`, "#!/bin/sh\n", { mode: 0o755 });
        const result = await withFakeBroker(
          started(),
          (path) =>
            withVariables(`${variables} PATH=${folder}:$PATH`, "run", "--socket", path, "office", program),
        );
        assert.deepEqual(result, { status: 0, stdout: "", stderr: "" }, program);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

Deno.test("default and desktop say that no folder is this person's where HOME is not UTF-8, as JSON too", async () => {
  for (const args of [["default"], ["desktop", "list"], ["run", "--", "true"]]) {
    const odd = `HOME=${ODD} XDG_CONFIG_HOME=${ODD} XDG_DATA_HOME=${ODD}`;
    const plain = await withVariables(odd, ...args);
    assert.deepEqual([plain.status, plain.stdout], [args[0] === "run" ? 125 : 1, ""], plain.stderr);
    assert.match(plain.stderr, /^pvd: there is no folder for .* in UTF-8.*\n$/);
    if (args[0] === "run") continue;
    const json = await withVariables(odd, ...args, "--json");
    assert.deepEqual([json.status, json.stderr], [1, ""]);
    assert.equal(JSON.parse(json.stdout).error.code, "failed");
  }
});

Deno.test("a PVD_SOCKET that is not UTF-8 is a usage error, and none where --socket is given", async () => {
  const odd = `PVD_SOCKET=${ODD}`;
  const sentence = "PVD_SOCKET is not UTF-8; set it to the path of the broker's socket, or unset it";
  const commands = [
    ["list"],
    ["monitor"],
    ["default", "office"],
    ["check"],
    ["run", "office", "true"],
    ["run", "--", "true"],
    ["shell", "office"],
    ["socket", "--listen", ":1", "office", "true"],
  ];
  for (const args of commands) {
    const expected = { status: 2, stdout: "", stderr: `pvd: ${sentence}\n` };
    assert.deepEqual(await withVariables(odd, ...args), expected, args.join(" "));
  }
  const json = await withVariables(odd, "list", "--json");
  assert.deepEqual([json.status, JSON.parse(json.stdout).error], [2, { code: "usage", message: sentence }]);
  const given = await withVariables(odd, "list", "--socket", "/nonexistent/pvd.sock");
  assert.equal(given.status, 69, given.stderr);
});

Deno.test("shell says that SHELL is not UTF-8", async () => {
  const { status, stdout, stderr } = await withVariables(`SHELL=${ODD}`, "shell", "office");
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /^pvd: SHELL is not UTF-8; .*\n$/);
});
