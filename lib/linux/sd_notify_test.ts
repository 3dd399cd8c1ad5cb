import assert from "node:assert/strict";
import { notify, notifyAddress, watchdogMs } from "./sd_notify.ts";

/** A service manager's socket; `Deno` has no abstract ones, so Python makes it and prints what comes. */
async function heard(name: string, act: () => void): Promise<string> {
  const script = "import socket,sys\n" +
    "s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)\n" +
    "name = sys.argv[1]\n" +
    "s.bind('\\0' + name[1:] if name[0] == '@' else name)\n" +
    "print('bound', flush=True)\n" +
    "print(s.recv(4096).decode(), end='', flush=True)\n";
  const child = new Deno.Command("python3", { args: ["-c", script, name], stdout: "piped" }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!text.endsWith("\n")) text += (await reader.read()).value ?? "\n";
  assert.equal(text, "bound\n");
  act();
  text = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
  await child.status;
  return text;
}

Deno.test("notify tells the manager at a path, and at an abstract name", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    for (const name of [`${folder}/notify`, `@pvd-test-${Deno.pid}`]) {
      const text = await heard(name, () => assert.equal(notify(["READY=1", "WATCHDOG=1"], name), true));
      assert.equal(text, "READY=1\nWATCHDOG=1\n");
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("notify does nothing without a manager, and throws where it is named and does not answer", () => {
  assert.equal(notify(["READY=1"], null), false);
  assert.equal(notify(["READY=1"], ""), false);
  assert.throws(() => notify(["READY=1"], "/nonexistent/notify"), /connect NOTIFY_SOCKET.*ENOENT/);
});

Deno.test("notifyAddress refuses what is neither a path nor an abstract name", () => {
  assert.deepEqual([...notifyAddress("@ab")], [1, 0, 0, 97, 98]);
  assert.deepEqual([...notifyAddress("/a")], [1, 0, 47, 97, 0]);
  for (const bad of ["vsock:2:1", "relative", "@", `@${"x".repeat(108)}`, `/${"x".repeat(108)}`]) {
    assert.throws(() => notifyAddress(bad), RangeError, bad);
  }
});

Deno.test("watchdogMs is the manager's period, and null where another process is watched", () => {
  assert.equal(watchdogMs(7, "30000000", "7"), 30_000);
  assert.equal(watchdogMs(7, "30000000", null), 30_000);
  assert.equal(watchdogMs(7, "30000000", "8"), null);
  assert.equal(watchdogMs(7, null, "7"), null);
  for (const bad of ["", "0", "-1", "1e9", "99999999999999999999"]) {
    assert.equal(watchdogMs(7, bad, null), null);
  }
});
