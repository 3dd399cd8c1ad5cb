// The lab as its user sees it from the host: statuses, who COMMAND is, and that nothing of it stays, however it ends.
// Runs on the host, as root; touches only what the lab promises to take away again.

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { ROUTERS } from "../lab/paths.ts";
import { advertiseSettings, DOCUMENTED_IDS } from "../lab/routers.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** What the lab must leave as it was: links, addresses, routes, mounts, /run, /etc, and its own traces. */
function hostState(): Record<string, unknown> {
  const ip = (...args: string[]): unknown => {
    const { stdout } = new Deno.Command("ip", { args: ["-j", ...args] }).outputSync();
    // Lifetimes count down by themselves.
    const still = new TextDecoder().decode(stdout).replaceAll(
      /"((valid|preferred)_life_time|expires)":\d+/g,
      '"$1":0',
    );
    return JSON.parse(still);
  };
  const entries = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const times = (folder: string) => {
    const { mtime, mode, uid } = Deno.statSync(folder);
    return { mtime: mtime?.getTime(), mode, uid };
  };
  return {
    links: ip("link"),
    addresses: ip("addr"),
    routes: [ip("route"), ip("-6", "route", "show", "table", "all")],
    mounts: Deno.readTextFileSync("/proc/self/mounts").split("\n").filter((line) => line.includes("lab")),
    run: [entries("/run"), times("/run")],
    etc: [entries("/etc"), times("/etc"), times("/etc/passwd")],
    installed: entries("/usr/lib").includes("pvd") || entries("/usr/bin").includes("pvd"),
    temporary: entries("/tmp").filter((name) => name.startsWith("pvd-lab-")),
  };
}

function lab(args: readonly string[], stdout: "piped" | "null" = "piped"): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", `--config=${ROOT}deno.json`, "lab", ...args],
    cwd: "/",
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout,
    stderr: "piped",
  }).spawn();
}

async function ended(child: Deno.ChildProcess): Promise<{ status: number; stdout: string; stderr: string }> {
  const { code, stdout, stderr } = await child.output();
  const text = new TextDecoder();
  return { status: code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Waits until COMMAND has said `up`. */
async function isUp(child: Deno.ChildProcess): Promise<void> {
  const reader = child.stdout.getReader();
  const { value } = await reader.read();
  match(new TextDecoder().decode(value), /^up\n/);
  reader.releaseLock();
}

/** Processes whose command line holds a word that only the test's COMMAND has. */
function processesWith(word: string): number {
  return [...Deno.readDirSync("/proc")].filter(({ name }) => {
    try {
      return /^\d+$/.test(name) && Deno.readTextFileSync(`/proc/${name}/cmdline`).includes(word);
    } catch {
      return false;
    }
  }).length;
}

/** The kernel takes a killed lab away by itself; there is no event for the last of it. */
async function untilGone(word: string): Promise<void> {
  const end = performance.now() + 5000;
  while (processesWith(word) > 0 && performance.now() < end) {
    await new Promise((done) => setTimeout(done, 20));
  }
  strictEqual(processesWith(word), 0);
}

Deno.test("lab: COMMAND's status is the lab's, and nothing stays on the host", async () => {
  const before = hostState();
  const { status } = await ended(lab(["--", "sh", "-c", "exit 7"]));
  strictEqual(status, 7);
  deepStrictEqual(hostState(), before);
});

Deno.test("lab: a signal that ends COMMAND is 128 and its number", async () => {
  const { status } = await ended(lab(["--routers", "none", "--", "sh", "-c", "kill -TERM $$"]));
  strictEqual(status, 143);
});

Deno.test("lab: a COMMAND that is not there is 127", async () => {
  const { status, stderr } = await ended(lab(["--routers", "none", "--", "no-such-command"]));
  strictEqual(status, 127);
  match(stderr, /no-such-command/);
});

Deno.test("lab: --as runs COMMAND as that user, with his groups and home, without a capability", async () => {
  const script = 'id -un; id -Gn; echo "$HOME"; grep CapEff /proc/self/status; which pvd';
  const { status, stdout } = await ended(
    lab(["--as", "alice", "--routers", "none", "--", "sh", "-c", script]),
  );
  strictEqual(status, 0);
  match(stdout, /^alice\nalice pvd-lab-team\n\S+\/alice\nCapEff:\s0{16}\n\/usr\/bin\/pvd\n$/);
});

Deno.test("lab: the client has one link eth1, and no other host's namespace is seen there", async () => {
  const script = "ip -o link | cut -d: -f2; ip netns list; ls /sys/class/net; pvd list --json";
  const { stdout } = await ended(lab(["--routers", "none", "--", "sh", "-c", script]));
  match(stdout, /^ lo\n eth1@if\d+\neth1\nlo\n\{"version":1,"domains":\[\]\}\n$/);
});

Deno.test("lab: a router command is started in both routers' namespaces with their names", async () => {
  const folder = Deno.makeTempDirSync();
  try {
    for (const router of ROUTERS) {
      Deno.writeTextFileSync(`${folder}/${router}`, advertiseSettings(router, true));
    }
    const script = `#!/bin/sh\nexec pvd advertise --config ${folder}/$1\n`;
    Deno.writeTextFileSync(`${folder}/router`, script, { mode: 0o755 });
    const { status, stdout } = await ended(
      lab(["--router-command", `${folder}/router`, "--", "pvd", "list"]),
    );
    strictEqual(status, 0);
    for (const router of ROUTERS) match(stdout, new RegExp(DOCUMENTED_IDS[router].implicit));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("lab: killed by SIGKILL, it takes every process and everything else with it", async () => {
  const before = hostState();
  const child = lab(["--", "sh", "-c", "echo up; exec sleep 98765.1"]);
  await isUp(child);
  child.kill("SIGKILL");
  await child.status;
  await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
  await untilGone("98765.1");
  deepStrictEqual(hostState(), before);
});

Deno.test("lab: SIGINT and SIGTERM reach COMMAND, which may end in its own way", async () => {
  const before = hostState();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    const child = lab([
      "--routers",
      "none",
      "--",
      "sh",
      "-c",
      "trap 'exit 9' INT TERM; echo up; while :; do sleep 0.05; done",
    ]);
    await isUp(child);
    child.kill(signal);
    const { code } = await child.status;
    await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
    // `deno task` itself reports an interrupt as one.
    strictEqual(signal === "SIGINT" && code === 130 ? 9 : code, 9);
  }
  deepStrictEqual(hostState(), before);
});

Deno.test("lab: without root it says to use sudo", async () => {
  const deno = "/tmp/pvd-lab-test-deno";
  Deno.writeTextFileSync(deno, "");
  try {
    // The runtime may be in a folder that is closed to others: seen through a mount of this test's own.
    const script =
      `mount -n --bind ${Deno.execPath()} ${deno} && exec setpriv --reuid 65534 --regid 65534 --clear-groups \
      env DENO_DIR=/nonexistent ${deno} run --quiet --no-check --allow-all ${ROOT}tests/lab/main.ts -- true`;
    const child = new Deno.Command("unshare", {
      args: ["--mount", "--propagation", "private", "sh", "-c", script],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { status, stderr } = await ended(child);
    strictEqual(status, 1);
    match(stderr, /sudo/);
  } finally {
    Deno.removeSync(deno);
  }
});
