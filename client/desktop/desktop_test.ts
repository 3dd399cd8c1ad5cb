// `pvd desktop` where what should be a desktop entry is something else. As processes: what waits for a FIFO waits for ever,
// and would be ended by timeout(1).

import assert from "node:assert/strict";
import { CACHE, type CommandResult, endOf, SAMPLE_DOMAIN, startPvdIn, withFakeBroker } from "../testing.ts";

/** It ends whatever waits, with 124. */
const PATIENTLY = 'exec timeout 20 "$@"';
const LAUNCHER = "[Desktop Entry]\nX-Pvd-Domain=office.example.org\nX-Pvd-Source=firefox.desktop\n";

/** Runs `body` with a home folder, whose folder for applications is `folder`. */
async function atHome(body: (folder: string, environment: Record<string, string>) => Promise<void>) {
  const home = await Deno.makeTempDir();
  try {
    const folder = `${home}/applications`;
    await Deno.mkdir(folder);
    await body(folder, { HOME: home, XDG_DATA_HOME: home, XDG_DATA_DIRS: home, DENO_DIR: CACHE });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

async function makeFifo(path: string): Promise<void> {
  assert((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
}

Deno.test("desktop install of a FIFO, by its name or its path, is one sentence and waits for nobody", async () => {
  await atHome(async (folder, env) => {
    const fifo = `${folder}/firefox.desktop`;
    await makeFifo(fifo);
    for (const app of ["firefox", fifo]) {
      const install = (path: string): Promise<CommandResult> => {
        const words = ["desktop", "install", SAMPLE_DOMAIN.id, app, "--socket", path];
        return endOf(startPvdIn(PATIENTLY, words, { env }));
      };
      const end = await withFakeBroker(async (peer) => {
        await peer.next();
        peer.say({ type: "domain", domain: SAMPLE_DOMAIN });
        peer.say({ type: "end" });
        await peer.next();
      }, install);
      const wrong = "is not a regular file, as a desktop entry must be; name another, or move it away";
      assert.deepEqual(end, { status: 1, stdout: "", stderr: `pvd: ${fifo} ${wrong}\n` });
    }
  });
});

Deno.test("desktop list passes over a FIFO among the launchers, and waits for nobody", async () => {
  await atHome(async (folder, env) => {
    await makeFifo(`${folder}/pvd-a.desktop`);
    await Deno.writeTextFile(`${folder}/pvd-b.desktop`, LAUNCHER);
    const end = await endOf(startPvdIn(PATIENTLY, ["desktop", "list"], { env }));
    const stdout = `office.example.org  firefox.desktop  ${folder}/pvd-b.desktop\n`;
    assert.deepEqual(end, { status: 0, stdout, stderr: "" });
  });
});
