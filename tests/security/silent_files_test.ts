// Who passes a file on a file system that never answers makes nobody wait but himself: neither broker nor helper asks it
// what the file is, nor waits for its closing. Runs in the lab, as root and people, with a file system of its own.

import { match, strictEqual } from "node:assert/strict";
import { allProcesses } from "../../lib/linux/process_status.ts";
import { CLIENT_SOCKET } from "../../lib/protocol.ts";
import { underRules } from "../system/polkit_rules.ts";
import {
  allReady,
  firstLine,
  pidOf,
  removeDomain,
  run,
  runAs,
  spawn,
  spawnAs,
  until,
  waitForDomains,
} from "../lab/lab.ts";

const FOLDER = "/run/lab/silent";
const FILE = `${FOLDER}/file`;
/** Not a shell's redirection, which opens it elsewhere and closes that. */
const OPEN_AS_STREAMS =
  "import os, sys; os.close(0); os.open(sys.argv[1], os.O_RDWR); os.set_inheritable(0, True); " +
  "os.dup2(0, 1); os.dup2(0, 2); os.execvp(sys.argv[2], sys.argv[2:])";
const hasFuse = (await run(["test", "-c", "/dev/fuse"])).status === 0;

const script = (name: string) => new URL(name, import.meta.url).pathname;

/** Runs `attack` while there is FILE, which does not answer; `children` end with it. */
async function withSilentFile(
  when: "always" | "closing",
  attack: (children: Deno.ChildProcess[]) => Promise<void>,
): Promise<void> {
  Deno.mkdirSync(FOLDER, { recursive: true });
  const server = spawn(["/usr/bin/python3", script("silent_files.py"), FOLDER, when]);
  const children: Deno.ChildProcess[] = [];
  try {
    strictEqual(await firstLine(server), "mounted");
    await attack(children);
  } finally {
    for (const child of [server, ...children]) {
      await child.stdin.close();
      await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
      await child.status;
    }
    await run(["umount", "-n", "--lazy", FOLDER]);
  }
}

async function everybodyElseIsServed(): Promise<void> {
  const [domain] = await waitForDomains(allReady(4));
  const { status, stderr } = await runAs("alice", ["pvd", "run", domain?.id ?? "", "true"]);
  strictEqual(status, 0, stderr);
}

const childrenOf = (parent: number) =>
  allProcesses().filter((each) => each.parent === parent).map(({ pid }) => pid);

/** Asked again and again: whether a child was there at a look, and a second later. `true` is not, unless it is held. */
function hasLongLivedChild(parent: number): () => Promise<boolean> {
  return async () => {
    const before = childrenOf(parent);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    return childrenOf(parent).some((pid) => before.includes(pid));
  };
}

Deno.test({
  name: "broker: somebody passes files that never answer, unasked or as a launch's, and others are served",
  ignore: !hasFuse,
  async fn() {
    const [domain] = await waitForDomains(allReady(4));
    await withSilentFile("always", async (children) => {
      const sender = spawnAs("bob", ["/usr/bin/python3", script("silent_sender.py"), CLIENT_SOCKET, FILE]);
      children.push(sender);
      const launch = { type: "run", handle: domain?.namespace, id: domain?.id, program: "/usr/bin/true" };
      const messages = [
        [1, { type: "list" }],
        [5, { ...launch, interactive: false }],
        [200, { type: "list" }],
      ] as const;
      for (const [count, message] of messages) {
        const writer = sender.stdin.getWriter();
        await writer.write(new TextEncoder().encode(`${count} ${JSON.stringify(message)}\n`));
        writer.releaseLock();
        strictEqual(await firstLine(sender), "sent");
        await everybodyElseIsServed();
      }
    });
  },
});

Deno.test({
  name: "broker and helper: a client that never gets through execve(2) holds nobody who looks at processes",
  ignore: !hasFuse,
  async fn() {
    const [domain] = await waitForDomains(allReady(4));
    await withSilentFile("closing", async (children) => {
      const launch = { type: "run", handle: domain?.namespace, id: domain?.id, program: "/usr/bin/true" };
      const message = JSON.stringify({ ...launch, interactive: false });
      const argv = ["/usr/bin/python3", script("silent_exec.py"), CLIENT_SOCKET, FILE, message];
      const bob = spawnAs("bob", argv);
      children.push(bob);
      const held = await firstLine(bob);
      await everybodyElseIsServed();
      // To end a program with its session the helper looks at all processes.
      const client = spawnAs("alice", [
        "pvd",
        "run",
        domain?.id ?? "",
        "sh",
        "-c",
        "echo runs; sleep 1000 & wait",
      ]);
      children.push(client);
      strictEqual(await firstLine(client), "runs");
      client.kill("SIGKILL");
      // They have its standard output. Who looks for processes by name would be held.
      const output = client.stdout.getReader();
      strictEqual((await output.read()).done, true);
      output.releaseLock();
      // And to remove a domain, at who is in it.
      await removeDomain(domain ?? { namespace: "" });
      match(await firstLine(bob), held === "held" ? /is executing a program/ : /"type":"error"/);
    });
  },
});

Deno.test({
  name:
    "helper: a program whose streams never close waits alone, its person's next ones are refused, and others start theirs",
  ignore: !hasFuse,
  async fn() {
    const [domain] = await waitForDomains(allReady(4));
    const id = domain?.id ?? "";
    const allow = 'polkit.addRule(function(action, subject) { if (action.id == "net.pvd1.use" && ' +
      '["alice", "bob", "root"].indexOf(subject.user) >= 0) { return polkit.Result.YES; } });\n';
    await underRules(allow, () =>
      withSilentFile("closing", async (children) => {
        const child = spawnAs("bob", [
          "/usr/bin/python3",
          "-c",
          OPEN_AS_STREAMS,
          FILE,
          "pvd",
          "run",
          id,
          "true",
        ]);
        children.push(child);
        const helper = await pidOf("helper");
        await until("the program waits for its files", hasLongLivedChild(helper));
        await everybodyElseIsServed();
        await until("bob is refused", async () => {
          const { status, stderr } = await runAs("bob", ["pvd", "run", id, "true"]);
          return status === 125 && /files that uid .* cannot be closed/.test(stderr);
        });
        child.kill("SIGTERM");
        await everybodyElseIsServed();
      }));
    await until("bob's program has ended", async () => childrenOf(await pidOf("helper")).length === 0);
  },
});
