// `pvd run` is the program: what it inherits, what it leaves behind when it is killed, and what is said where nothing
// can be started. Runs in the lab, as alice; takes domains away and brings them back.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import {
  allReady,
  DOCUMENTED_IDS,
  firstLine,
  listDomains,
  type Outcome,
  outcome,
  pidOf,
  restartHelper,
  run,
  runAs,
  type RunOptions,
  spawnAs,
  until,
  waitForDomains,
} from "../lab/lab.ts";
import { HOME_FOLDER } from "../lab/paths.ts";
import { addLink, fourThatWork, ip } from "./client_link.ts";
import { fdsAreBack, holdsNamespaces, openFds } from "./fd_count.ts";

const ID = DOCUMENTED_IDS.R1.explicit;
const HOME = `${HOME_FOLDER}/alice`;

/** A line of bash, as alice, in which $PVD starts what follows in the domain. */
function line(text: string, options: RunOptions = {}): Promise<Outcome> {
  const environment = { PVD: `pvd run ${ID}`, ...options.environment };
  return runAs("alice", ["bash", "-c", text], { folder: HOME, ...options, environment });
}

async function lives(word: string): Promise<boolean> {
  const { stdout } = await run(["ps", "-u", "alice", "-o", "stat=,args="]);
  return stdout.split("\n").some((each) => each.includes(word) && !each.startsWith("Z"));
}

Deno.test("program: SIGKILL of pvd ends the program and all that is in its session", async () => {
  const script =
    "trap '' HUP TERM; sleep 2001 & bash -c 'set -m; sleep 2001 & wait' & echo up; wait; sleep 2001";
  const child = spawnAs("alice", ["pvd", "run", ID, "sh", "-c", script]);
  strictEqual(await firstLine(child), "up");
  child.kill("SIGKILL");
  await outcome(child);
  await until("nothing of it is left", async () => !await lives("sleep 2001"));
});

Deno.test("program: with --detach pvd prints the pid and returns, and the program goes on, also without the helper", async () => {
  const text = `exec 3< <(pvd run --detach ${ID} sh -c 'echo up; sleep 2002; echo never' 2>&1)
    read -r a <&3; read -r b <&3; echo "$a $b"`;
  const { stdout } = await line(text);
  const pid = Number(stdout.match(/\d+/)?.[0]);
  match(stdout, /up/);
  ok(await lives("sleep 2002"));
  const { stdout: status } = await run(["cat", `/proc/${pid}/status`]);
  match(status, /^Uid:\s64101\s/m);
  match(status, /^CapEff:\s0+$/m);
  await restartHelper();
  await waitForDomains(allReady(4));
  ok(await lives("sleep 2002"));
  await run(["kill", "-KILL", "--", `-${pid}`]);
  await until("it is gone", async () => !await lives("sleep 2002"));
});

Deno.test("program: a detached one leaves no descriptor behind in the helper, and its end is heard of", async () => {
  const helper = await pidOf("helper");
  await holdsNamespaces(helper, 4);
  const detach = async () => {
    const { status, stdout } = await line(`pvd run --detach ${ID} true >pid && cat pid`);
    strictEqual(status, 0);
    match(stdout, /^[0-9]+\n$/);
  };
  // What the helper opens once, at its first launch, is no program's.
  await detach();
  await until(
    "the end of the first was heard of",
    () => Promise.resolve(![...openFds(helper).keys()].some((kind) => kind.includes("pidfd"))),
  );
  const before = openFds(helper);
  for (let count = 0; count < 5; count++) await detach();
  await fdsAreBack(helper, before);
});

Deno.test("program: --detach that cannot start anything says so, with the status of without", async () => {
  strictEqual((await line(`pvd run --detach ${ID} no-such-command`)).status, 127);
  strictEqual((await line(`pvd run --detach no-such-domain true`)).status, 125);
});

Deno.test("program: one that is started with hang-ups ignored, as by nohup, outlives them", async () => {
  const script = `trap 'exit 9' TERM; grep SigIgn /proc/$$/status; while :; do sleep 0.05; done`;
  const start = 'trap "" HUP; exec pvd run "$ID" sh -c "$SCRIPT"';
  const environment = { ID, SCRIPT: script };
  const child = spawnAs("alice", ["bash", "-c", start], { environment });
  match(await firstLine(child), /^SigIgn:\s[0-9a-f]{15}1$/);
  child.kill("SIGHUP");
  child.kill("SIGTERM");
  strictEqual((await outcome(child)).status, 9);
});

const INHERITED: readonly (readonly [what: string, set: string, show: string, expected: RegExp])[] = [
  ["umask", "umask 0137", "umask", /^0137\n$/],
  ["open files", "ulimit -Sn 300; ulimit -Hn 700", "ulimit -Sn; ulimit -Hn", /^300\n700\n$/],
  ["open files, where the hard limit is the helper's", "ulimit -Sn 300; true", "ulimit -Sn", /^300\n$/],
  ["open files, fewer than the helper has open itself", "ulimit -Sn 6; true", "ulimit -Sn", /^6\n$/],
  ["core files", "ulimit -c 0", "ulimit -Sc; ulimit -Hc", /^0\n0\n$/],
  ["processor time", "ulimit -t 555", "ulimit -St; ulimit -Ht", /^555\n555\n$/],
  ["niceness", "renice -n 7 -p $$ >/dev/null", "nice", /^7\n$/],
  ["supplementary groups", "true", "id -G", /^64101 64110\n$/],
];
for (const [what, set, show, expected] of INHERITED) {
  Deno.test(`program: it has the ${what} of its caller`, async () => {
    const { stdout, stderr } = await line(`${set}; $PVD bash -c '${show}'; exit $?`);
    match(stdout, expected, stderr);
  });
}

Deno.test("program: a hard limit is the caller's also where the helper's is higher, and cannot be raised", async () => {
  const { stdout } = await line("ulimit -n 600; $PVD bash -c 'ulimit -Hn 601 2>/dev/null; ulimit -Hn'");
  strictEqual(stdout, "600\n");
});

Deno.test("program: it cannot become nicer to itself than its caller may", async () => {
  const { stdout } = await line("renice -n 5 -p $$ >/dev/null; $PVD bash -c 'renice -n 0 -p $$ 2>&1; nice'");
  match(stdout, /denied[^]*\n5\n$/);
});

Deno.test("program: it is in the caller's cgroup, and so is what it starts", async () => {
  const mount = "/run/lab/cgroup";
  await run(["mkdir", "-p", mount]);
  strictEqual((await run(["mount", "-t", "cgroup2", "none", mount])).status, 0);
  // The helper looks for the hierarchy when it starts.
  await restartHelper();
  await waitForDomains(allReady(4));
  // What a person may call a cgroup need not be UTF-8.
  const names = [`pvd-test-${Deno.pid}`, `pvd-test-${Deno.pid}-\\0377 $x`];
  const inGroup = (script: string) => ["sh", "-c", `group=$(printf %b "$0"); ${script}`];
  try {
    for (const name of names) {
      const group = `${mount}/${name}`;
      strictEqual((await run([...inGroup('mkdir "$group"'), group])).status, 0);
      const enter = inGroup('echo $$ >"$group/cgroup.procs" && exec "$@"');
      const asAlice = ["setpriv", "--reuid=64101", "--regid=64101", "--clear-groups", "--"];
      const script = "grep -a ^0: /proc/self/cgroup; sleep 0; cat /proc/$$/cgroup | grep -a ^0:";
      const { stdout, stderr } = await run(
        [...enter, group, ...asAlice, "env", `HOME=${HOME}`, "pvd", "run", ID, "sh", "-c", script],
        { folder: HOME },
      );
      const path = `0::/${name.replace("\\0377", "\ufffd")}\n`;
      ok(stdout.endsWith(path + path) || stdout === path + path, `${stdout}${stderr}`);
    }
  } finally {
    for (const name of names) {
      const remove = [...inGroup('! test -e "$group" || rmdir "$group"'), `${mount}/${name}`];
      await until("the cgroup is empty", async () => (await run(remove)).status === 0);
    }
    await run(["umount", mount]);
    await restartHelper();
    await waitForDomains(allReady(4));
  }
});

Deno.test("program: arguments and environment of nearly 2 MB arrive whole", async () => {
  const { stdout, stderr } = await line(`ulimit -s 65536
    piece=$(head -c 100000 /dev/zero | tr '\\0' x); for i in 1 2 3 4 5 6 7 8; do export "PVD_BIG_$i=$piece"; done
    $PVD sh -c 'echo $# \${#8} \${#PVD_BIG_8}' sh $piece $piece $piece $piece $piece $piece $piece $piece`);
  strictEqual(stdout, "8 100000 100000\n", stderr);
});

/** Looks at every command line there is, without pause, until it sees the word or its input ends. */
const PEEK = `
import glob, os, select, sys
print("looking", flush=True)
while not select.select([0], [], [], 0)[0]:
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            text = open(path, "rb").read()
        except OSError:
            continue
        if b"hidden-word" in text and b"import glob" not in text:
            sys.exit(print(text))
`;

Deno.test("program: somebody who looks at command lines without pause sees nothing of a program's environment", async () => {
  const watcher = spawnAs("bob", ["/usr/bin/python3", "-c", PEEK]);
  strictEqual(await firstLine(watcher), "looking");
  const environment = { PVD_SECRET: "hidden-word" };
  const text = "for n in $(seq 30); do $PVD sh -c 'echo \"$PVD_SECRET\"' || exit; done | sort | uniq -c";
  const { stdout } = await line(text, { environment });
  match(stdout, /^ *30 hidden-word\n$/);
  const seen = await outcome(watcher, "\n");
  deepStrictEqual([seen.status, seen.stdout], [0, ""]);
});

Deno.test("program: closed standard streams are empty ones, and never something else of pvd's", async () => {
  const { status, stderr } = await line(
    `pvd run ${ID} sh -c 'for fd in 0 1 2; do readlink /proc/$$/fd/$fd; done >~/streams' <&- >&- 2>&-`,
  );
  strictEqual(status, 0, stderr);
  strictEqual(
    (await line("cat ~/streams; rm ~/streams")).stdout.split("\n").filter((each) => each !== "/dev/null")
      .join(),
    `${HOME}/streams,`,
  );
});

Deno.test("program: in a deleted working folder nothing is started, and that is what is said", async () => {
  const { status, stdout, stderr } = await line("mkdir gone && cd gone && rmdir ~/gone && $PVD pwd");
  strictEqual(stdout, "");
  ok(status !== 0);
  match(stderr, /working (folder|directory)/);
});

Deno.test("program: a working folder that the person may not enter is one clear sentence and 125", async () => {
  const text = `mkdir -p closed && cd closed && chmod 0 ~/closed && pvd run ${ID} pwd`;
  const { status, stdout, stderr } = await line(text);
  await line("chmod 700 ~/closed; rmdir ~/closed");
  deepStrictEqual([status, stdout], [125, ""]);
  match(stderr, /^[^\n]*(folder|directory)[^\n]*\n$/);
});

Deno.test("program: twenty at once for a domain whose link has just vanished are twenty sentences, and nothing is left", async () => {
  const helper = await pidOf("helper");
  const broker = await pidOf("broker");
  const before = [openFds(helper), openFds(broker)] as const;
  await ip("link", "del", "eth1");
  try {
    const results = await Promise.all(
      Array.from(
        { length: 20 },
        (_, index) => runAs("alice", ["pvd", "run", ID, "sh", "-c", `echo started ${index}`]),
      ),
    );
    for (const { status, stdout, stderr } of results) {
      if (status === 0) {
        match(stdout, /^started \d+\n$/);
        continue;
      }
      deepStrictEqual([status, stdout], [125, ""]);
      match(stderr, /^pvd: cannot (?:start|find) [^\n]*\n$/);
    }
    ok(results.some(({ status }) => status === 125), "none was refused");
  } finally {
    await addLink();
  }
  await fourThatWork();
  await fdsAreBack(helper, before[0], 4);
  await fdsAreBack(broker, before[1], 4);
  ok((await listDomains()).length === 4);
});
