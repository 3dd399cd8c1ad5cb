// `pvd run` beside other users of the person's terminal: in the background, in a pipeline, with streams elsewhere; and a
// program that would reach through its terminal to the person's. Runs in the lab, as alice, at real terminals.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { until } from "../lab/lab.ts";
import { AT_PROMPT, atShell, processesWith } from "./terminal_shell.ts";

Deno.test("terminal: in the background the program runs, reads when it is brought forward, and harms no settings", async () => {
  await using person = await atShell();
  const before = await person.settings();
  await person.type("$PVD sh -c 'echo up; read -r word; echo \"read:$word:\"' &\r");
  await person.see(/up\r+\n/);
  await person.type("\r");
  await person.see(AT_PROMPT);
  await until("the shell knows that it has stopped", async () => {
    await person.type("jobs\r");
    const [, state] = await person.see(/\[1\]\+\s+(Running|Stopped)/);
    await person.see(AT_PROMPT);
    return state === "Stopped";
  });
  strictEqual(await person.settings(), before);
  await person.type("fg\r");
  await until("raw settings", async () => (await person.settings()) !== before);
  await person.type("hello\r");
  await person.see(/read:hello:\r\n/);
  await person.see(AT_PROMPT);
  strictEqual(await person.settings(), before);
});

Deno.test("terminal: in a pipeline the pager has the keyboard, until the program asks for it", async () => {
  await using person = await atShell();
  const before = await person.settings();
  await person.type(
    "$PVD sh -c 'echo one; echo two' | (read -r a; read -r b; echo ask; read -r c </dev/tty; echo \"$b$a$c\")\r",
  );
  await person.see(/ask\r\n/);
  await person.type("three\r");
  await person.see(/twoonethree\r\n/);
  await person.see(AT_PROMPT);
  await person.type("$PVD sh -c 'read -r secret </dev/tty; echo \"got $secret\"' | cat\r");
  await until("raw settings", async () => (await person.settings()) !== before);
  await person.type("word\r");
  await person.see(/got word\r?\n/);
  await person.see(AT_PROMPT);
  strictEqual(await person.settings(), before);
});

Deno.test("terminal: streams that are no terminal pass untouched beside one that is", async () => {
  await using person = await atShell();
  await person.type(
    "$PVD sh -c 'test -t 0 && test ! -t 1 && test -t 2; echo $?' >~/out.txt; cat ~/out.txt\r",
  );
  await person.see(/\n0\r\n/);
  await person.type("echo through | $PVD sh -c 'cat; test ! -t 0 && test -t 1; echo \"same:$?\"'\r");
  await person.see(/\nthrough\r\nsame:0\r\n/);
  await person.type("rm ~/out.txt\r");
});

/** TIOCSTI puts a character into a terminal's input, as if it had been typed (ioctl_tty(2)). */
const INJECT = `import fcntl, termios
for fd in (0, 1, 2):
  try:
    for char in b"echo injected\\n": fcntl.ioctl(fd, termios.TIOCSTI, bytes([char]))
    print("pushed", fd)
  except OSError as error: print("refused", fd, error.errno)
`;
const INJECT_SCRIPT = "/run/lab/inject.py";

Deno.test("terminal: a program that pushes characters into its terminal's input does not reach the person's", async () => {
  await Deno.writeTextFile(INJECT_SCRIPT, INJECT, { mode: 0o644 });
  await using person = await atShell();
  for (const streams of ["", "</dev/null"]) {
    await person.type(`$PVD /usr/bin/python3 ${INJECT_SCRIPT} ${streams}; echo end\r`);
    await person.see(/\nend\r\n/);
    // All that is shown from the program's end on: what was pushed would stand before what the person types.
    const [first] = await person.see(/^[^]*ready\$ $/);
    await person.type("echo by myself\r");
    const [then] = await person.see(/^[^]*\nby myself\r\n/);
    ok(!(first + then).includes("injected"), first + then);
    await person.see(AT_PROMPT);
  }
});

Deno.test("terminal: the program's environment is the person's own, and stands in nobody's command line", async () => {
  await using person = await atShell();
  await person.type("export PVD_SECRET=hidden-word\r");
  await person.type(
    "env -0 | grep -zv ^_= | sort -z | md5sum; $PVD env -0 | grep -zv ^_= | sort -z | md5sum\r",
  );
  const [, outside, inside] = await person.see(/\n([0-9a-f]{32})\s+-\r\n([0-9a-f]{32})\s+-\r\n/);
  strictEqual(inside, outside);
  await person.type("$PVD sh -c 'echo up; exec sleep 1008'\r");
  await person.see(/up\r\n/);
  deepStrictEqual(await processesWith("hidden-word"), []);
  await person.type("\x03");
  await person.see(AT_PROMPT);
});

Deno.test("terminal: 126 and 127 are as at any shell", async () => {
  await using person = await atShell();
  await person.type('$PVD /etc/passwd; echo "end:$?"; $PVD no-such-command; echo "end:$?"\r');
  match((await person.see(/end:126[^]*end:127/))[0], /pvd: cannot start/);
});
