// `pvd run` at a terminal: job control, sizes and settings are as without pvd, inside and around it. Runs in the lab, as
// alice, at real terminals.

import { deepStrictEqual, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { AT_PROMPT, atShell, nothingIsLeft, processesWith, runs } from "./terminal_shell.ts";

Deno.test("terminal: a program sees a terminal of its own, of the person's size and settings", async () => {
  await using person = await atShell();
  await person.type("tty; stty -g; stty size\r");
  const [, outerTty, outerSettings] = await person.see(/(\/dev\/pts\/\d+)\r\n([0-9a-f:]+)\r\n24 80\r\n/);
  await person.type("$PVD sh -c 'tty; stty -g; stty size; tty <&1; tty <&2; ps -o tty= -p $$'\r");
  const [, tty, settings, second, third, controlling] = await person.see(
    /(\/dev\/pts\/\d+)\r\n([0-9a-f:]+)\r\n24 80\r\n(\S+)\r\n(\S+)\r\n(\S+)\s*\r\n/,
  );
  notStrictEqual(tty, outerTty);
  strictEqual(settings, outerSettings);
  deepStrictEqual([second, third, `/dev/${controlling}`], [tty, tty, tty]);
});

Deno.test("terminal: Ctrl-C ends the program with 130, and the settings are as before", async () => {
  await using person = await atShell();
  const before = await person.settings();
  await person.type("$PVD sh -c 'echo up; exec sleep 1001'; echo \"end:$?\"\r");
  await person.see(/up\r\n/);
  notStrictEqual(await person.settings(), before);
  await person.type("\x03");
  await person.see(/end:130\r\n/);
  await person.see(AT_PROMPT);
  strictEqual(await person.settings(), before);
  await nothingIsLeft("sleep 1001");
});

Deno.test("terminal: what is typed is edited, echoed and ended by Ctrl-D, as the line discipline does", async () => {
  await using person = await atShell();
  await person.type('$PVD cat; echo "end:$?"\r');
  await person.see(/end:\$\?"\r\n/);
  await person.type("helloo\x7f world\r");
  await person.see("helloo\x08 \x08 world\r\nhello world\r\n");
  await person.type("\x04");
  await person.see(/end:0\r\n/);
});

Deno.test("terminal: every byte goes through, both ways", async () => {
  await using person = await atShell();
  await person.type("$PVD sh -c 'stty raw -echo; echo up; head -c 256 | od -An -v -tu1; stty sane'\r");
  await person.see(/up\s*\n/);
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  await person.type(String.fromCharCode(...all));
  const [dump] = await person.see(/(\s+\d+){256}/);
  deepStrictEqual(dump.trim().split(/\s+/).map(Number), all);
  await person.see(AT_PROMPT);
  const print = 'import os, tty; tty.setraw(1); os.write(1, b"<" + bytes(range(256)) + b">")';
  await person.type(`$PVD /usr/bin/python3 -c '${print}'\r`);
  await person.see(`<${String.fromCharCode(...all)}>`);
});

Deno.test("terminal: a megabyte that nobody reads at once arrives whole, and so does the last line", async () => {
  await using person = await atShell();
  await person.type("$PVD sh -c 'seq 1 150000; echo the last'; echo \"end:$?\"\r");
  const [text] = await person.see(/\r\n1\r\n[^]*the last\r\n/);
  strictEqual(text.trim().split("\r\n").length, 150_001);
  await person.see(/end:0\r\n/);
});

Deno.test("terminal: Ctrl-Z gives the shell its prompt and settings back, fg the program its terminal", async () => {
  await using person = await atShell();
  const before = await person.settings();
  await person.type("$PVD sh -c 'echo up; exec cat'; echo \"end:$?\"\r");
  await person.see(/up\r\n/);
  for (let round = 0; round < 3; round++) {
    await person.type("\x1a");
    await person.see(/\[1\]\+\s+Stopped/);
    await person.see(AT_PROMPT);
    strictEqual(await person.settings(), before);
    const stopped = await processesWith(" cat");
    ok(stopped.length > 0 && stopped.every((line) => /^\s*\d+ T/.test(line)), stopped.join("\n"));
    await person.type(`echo in the ${round} shell\r`);
    await person.see(new RegExp(`in the ${round} shell\r\n`));
    await person.type("fg\r");
    await person.type(`line ${round}\r`);
    await person.see(new RegExp(`line ${round}\r\nline ${round}\r\n`));
  }
  await person.type("\x04");
  await person.see(AT_PROMPT);
  strictEqual(await person.settings(), before);
  await nothingIsLeft(" cat");
});

Deno.test("terminal: an editor starts, stops at Ctrl-Z, goes on at fg, and quits", async () => {
  await using person = await atShell();
  const before = await person.settings();
  await person.type('$PVD vi -u NONE ~/notes.txt; echo "end:$?"\r');
  await person.see(/\[New\]|New File|new file/);
  await person.type("\x1a");
  await person.see(/\[1\]\+\s+Stopped/);
  await person.see(AT_PROMPT);
  strictEqual(await person.settings(), before);
  await person.type("fg\r");
  await person.type("ihello\x1b:wq\r");
  await person.see(AT_PROMPT);
  strictEqual(await person.settings(), before);
  await person.type("cat ~/notes.txt; rm ~/notes.txt\r");
  await person.see(/hello\r\n/);
});

Deno.test("terminal: a shell inside has job control of its own", async () => {
  await using person = await atShell();
  await person.type("PS1='inner> ' $PVD bash --norc --noprofile -i; echo \"end:$?\"\r");
  await person.see(/inner> $/);
  await person.type("sleep 1002\r");
  await runs("sleep 1002");
  await person.type("\x1a");
  await person.see(/\[1\]\+\s+Stopped\s+sleep 1002/);
  await person.type("bg; jobs; fg\r");
  await person.see(/Running\s+sleep 1002 &/);
  await person.see(/\nsleep 1002\r\n/);
  await runs("sleep 1002");
  await person.type("\x03");
  await person.see(/inner> $/);
  await person.type("suspend -f\r");
  await person.see(/\[1\]\+\s+Stopped/);
  await person.see(AT_PROMPT);
  await person.type("fg\r");
  await person.see(/inner> $/);
  await person.type("exit 7\r");
  await person.see(AT_PROMPT);
  await nothingIsLeft("sleep 1002");
});

/** Shows the window's size whenever it changes, and when it goes on. A shell that starts a program for that would race
 * with the keys: it waits for each child, and may be between two. So would signal.pause(): python runs a handler that was
 * called just before only when the next signal ends the pause. */
const SIZE_SCRIPT = [
  "import os, signal, time",
  "show = lambda *_: print(*reversed(os.get_terminal_size()), flush=True)",
  "[signal.signal(each, show) for each in (signal.SIGWINCH, signal.SIGCONT)]",
  "signal.signal(signal.SIGINT, signal.SIG_DFL)",
  'print("up", flush=True)',
  "[time.sleep(0.2) for _ in iter(int, 1)]",
].join("; ");

Deno.test("terminal: the window's size goes to the program, while it runs and while it was stopped", async () => {
  await using person = await atShell();
  await person.type(`$PVD /usr/bin/python3 -c '${SIZE_SCRIPT}'\r`);
  await person.see(/up\r\n/);
  await person.resize(132, 43);
  await person.see(/43 132\r\n/);
  await person.type("\x1a");
  await person.see(AT_PROMPT);
  await person.resize(100, 30);
  await person.type("fg\r");
  await person.see(/30 100\r\n/);
  await person.type("\x03");
  await person.see(AT_PROMPT);
});

Deno.test("terminal: a pager shows a page, knows the window's new size, and quits", async () => {
  await using person = await atShell();
  const before = await person.settings();
  await person.type('seq 1 500 >~/long.txt; TERM=vt100 $PVD less ~/long.txt; echo "end:$?"\r');
  await person.see(/1\r\n2\r\n[^]*23\r\n/);
  await person.resize(80, 10);
  await person.see(/1\r\n2\r\n[^]*9\r\n/);
  await person.type(" ");
  await person.see(/10\r\n[^]*18\r\n/);
  await person.type("q");
  await person.see(/end:0\r\n/);
  await person.see(AT_PROMPT);
  strictEqual(await person.settings(), before);
  await person.type("rm ~/long.txt\r");
  await person.see(AT_PROMPT);
});

Deno.test("terminal: pvd list has colours, and with NO_COLOR not one sequence", async () => {
  await using person = await atShell();
  await person.type('env -u NO_COLOR TERM=xterm pvd list; echo "end:$?"\r');
  await person.see("\x1b[1mID");
  await person.see(/end:0\r\n/);
  await person.see(AT_PROMPT);
  await person.type('TERM=xterm NO_COLOR=1 pvd list; echo "end:$?"\r');
  const [shown] = await person.see(/\nID[^]*end:0\r\n/);
  ok(!shown.includes("\x1b"), JSON.stringify(shown));
});
