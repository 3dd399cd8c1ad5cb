// `pvd run` at a terminal that ends: by a key, by a signal to the program or to pvd, by the helper's death, by a hang-up.
// The person's settings are put back, and nothing is left. Runs in the lab, as alice; ends its helper and starts it again.

import { strictEqual } from "node:assert/strict";
import { allReady, restartHelper, waitForDomains } from "../lab/lab.ts";
import { AT_PROMPT, atShell, nothingIsLeft, processesWith, runs } from "./terminal_shell.ts";

for (const [key, signal, status] of [["Ctrl-C", "SIGINT", 130], ["Ctrl-\\", "SIGQUIT", 131]] as const) {
  Deno.test(`terminal: ${key} that comes before the program has its terminal back is the program's`, async () => {
    await using person = await atShell();
    await person.type("$PVD sh -c 'trap \"\" HUP; ulimit -c 0; echo up; exec sleep 1010'\r");
    await person.see(/up\r\n/);
    await person.type("\x1a");
    await person.see(AT_PROMPT);
    const [leader = ""] = (await processesWith("sleep 1010")).filter((each) => each.includes("/dash -c"));
    Deno.kill(Number.parseInt(leader), signal);
    await person.type('fg; echo "end:$?"\r');
    await person.see(new RegExp(`end:${status}\r\n`));
    await person.see(AT_PROMPT);
    await nothingIsLeft("sleep 1010");
  });
}

Deno.test("terminal: SIGKILL of the program puts the settings back", async () => {
  await using person = await atShell();
  const before = await person.settings();
  await person.type('$PVD sh -c \'stty raw -echo; echo "up:$$:"; exec sleep 1003\'; echo "end:$?"\r');
  const [, pid] = await person.see(/up:(\d+):/);
  Deno.kill(Number(pid), "SIGKILL");
  await person.see(/end:137\r\n/);
  await person.see(AT_PROMPT);
  strictEqual(await person.settings(), before);
  await nothingIsLeft("sleep 1003");
});

for (const signal of ["SIGTERM", "SIGHUP"] as const) {
  Deno.test(`terminal: ${signal} to pvd goes to the program, and the settings are put back`, async () => {
    await using person = await atShell();
    const before = await person.settings();
    await person.type("$PVD sh -c 'echo up; exec sleep 1004'; echo \"end:$?\"\r");
    await person.see(/up\r\n/);
    const [line = ""] = (await processesWith("/usr/lib/pvd")).filter((each) => each.includes("sleep 1004"));
    Deno.kill(Number.parseInt(line), signal);
    await person.see(signal === "SIGTERM" ? /end:143\r\n/ : /end:129\r\n/);
    await person.see(AT_PROMPT);
    strictEqual(await person.settings(), before);
    await nothingIsLeft("sleep 1004");
  });
}

Deno.test("terminal: SIGKILL of pvd ends the program, also one that ignores hang-ups and has jobs", async () => {
  await using person = await atShell();
  await person.type("$PVD bash --norc -i -c 'trap \"\" HUP TERM; sleep 1005 & echo up; sleep 1005'\r");
  await person.see(/up\r\n/);
  const [line = ""] = (await processesWith("/usr/lib/pvd")).filter((each) => each.includes("sleep 1005"));
  Deno.kill(Number.parseInt(line), "SIGKILL");
  await person.see(/Killed/);
  await nothingIsLeft("sleep 1005");
});

Deno.test("terminal: the helper dies, and Ctrl-Z, fg, Ctrl-C and the settings are as they should be", async () => {
  await using person = await atShell();
  const before = await person.settings();
  await person.type("$PVD sh -c 'echo up; exec sleep 1006'\r");
  await person.see(/up\r\n/);
  await restartHelper();
  await person.see(/helper that watched over .* is gone/);
  await person.type("\x1a");
  await person.see(/\[1\]\+\s+Stopped/);
  await person.see(AT_PROMPT);
  strictEqual(await person.settings(), before);
  await person.type('fg; echo "end:$?"\r');
  await runs("sleep 1006");
  await person.type("\x03");
  await person.see(/end:125\r\n/);
  await person.see(AT_PROMPT);
  strictEqual(await person.settings(), before);
  await waitForDomains(allReady(4));
  await nothingIsLeft("sleep 1006");
});

Deno.test("terminal: the terminal hangs up, and the program gets SIGHUP", async () => {
  const person = await atShell();
  await person.type("$PVD sh -c 'echo up; exec sleep 1007'\r");
  await person.see(/up\r\n/);
  await person[Symbol.asyncDispose]();
  await nothingIsLeft("sleep 1007");
});

Deno.test("terminal: the terminal hangs up while the program is stopped, and nothing is left", async () => {
  const person = await atShell();
  await person.type("$PVD sh -c 'echo up; exec sleep 1009'\r");
  await person.see(/up\r\n/);
  await person.type("\x1a");
  await person.see(AT_PROMPT);
  await person[Symbol.asyncDispose]();
  await nothingIsLeft("sleep 1009");
});
