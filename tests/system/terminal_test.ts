// `pvd run` at a terminal: job control, sizes and settings are as without pvd, inside and around it, whatever ends.
// Runs in the lab, as alice, at real terminals; ends its helper and starts it again.

import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { allReady, DOCUMENTED_IDS, restartHelper, run, until, waitForDomains } from "../lab/lab.ts";
import { TerminalPerson } from "./terminal_person.ts";

const ID = DOCUMENTED_IDS.R1.explicit;
const PROMPT = "ready$ ";
const AT_PROMPT = /ready\$ $/;

/** A shell with job control, as people have it, with no start-up file of its own. */
async function atShell(): Promise<TerminalPerson> {
  const person = new TerminalPerson("alice", ["bash", "--norc", "--noprofile", "-i"], {
    PS1: PROMPT,
    PVD: `pvd run ${ID}`,
  });
  await person.see(AT_PROMPT);
  return person;
}

/** Alice's processes with this in their command lines, pvd's own and the driver's left out. */
async function processesWith(word: string): Promise<string[]> {
  const { stdout } = await run(["ps", "-u", "alice", "-o", "pid=,stat=,args="]);
  return stdout.split("\n").filter((line) => line.includes(word) && !line.includes("python3"));
}

/** As soon as it is there and waits in the foreground; the leader and pvd have the word in their command lines too. */
async function runs(word: string): Promise<void> {
  const isWaiting = (line: string) => line.match(/^\s*\d+ S\S*\+\s+(.*)$/)?.[1] === word;
  await until(`${word} runs`, async () => (await processesWith(word)).some(isWaiting));
}

async function nothingIsLeft(word: string): Promise<void> {
  await until(`no process of ${word}`, async () => (await processesWith(word)).length === 0);
}

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
  await person.see(/up\n/);
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
 * with the keys: it waits for each child, and may be between two. */
const SIZE_SCRIPT = [
  "import os, signal",
  "show = lambda *_: print(*reversed(os.get_terminal_size()), flush=True)",
  "[signal.signal(each, show) for each in (signal.SIGWINCH, signal.SIGCONT)]",
  "signal.signal(signal.SIGINT, signal.SIG_DFL)",
  'print("up", flush=True)',
  "[signal.pause() for _ in iter(int, 1)]",
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
    await person.see(AT_PROMPT);
    await person.type("echo by myself\r");
    const [seen] = await person.see(/by myself\r\n/);
    ok(!seen.includes("injected"), seen);
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
