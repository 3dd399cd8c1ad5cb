// Channels: authorised once, then one socket a request, until somebody takes the permission back, the domain ends, or
// the opener leaves. Runs in the lab, with a Python program as alice.

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { DOCUMENTED_IDS, listDomains, outcome, pidOf, runAs, SERVER_ADDRESS, spawnAs } from "../lab/lab.ts";
import { within } from "../lab/supervisor.ts";
import { fdsAreBack, openFds } from "./fd_count.ts";
import { underRules } from "./polkit_rules.ts";

const SOURCE = new URL("channel_user.py", import.meta.url);
const SCRIPT = "/run/lab/channel_user.py";
await Deno.copyFile(SOURCE, SCRIPT);
await Deno.chmod(SCRIPT, 0o644);
const WORD_MS = 15_000;

async function argvFor(id: string, server: string): Promise<string[]> {
  const namespace = (await listDomains()).find((domain) => domain.id === id)?.namespace ?? "";
  return ["/usr/bin/python3", SCRIPT, `/net/pvd1/domain/${namespace.replace("-", "_")}`, server];
}

/** A program whose channel is open: what it has said so far, and how to hear the rest. */
async function opened() {
  const child = spawnAs("alice", await argvFor(DOCUMENTED_IDS.R1.explicit, SERVER_ADDRESS.S1));
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const writer = child.stdin.getWriter();
  let heard = "";
  /** A line of what it says, which may come in pieces. */
  const line = async () => {
    while (!heard.includes("\n")) {
      const { value, done } = await within(WORD_MS, "the channel's user says nothing", reader.read());
      if (done) {
        const errors = (await child.stderr.getReader().read()).value;
        throw new Error(`it ended: ${heard}${new TextDecoder().decode(errors)}`);
      }
      heard += value;
    }
    const [first = ""] = heard.split("\n", 1);
    heard = heard.slice(first.length + 1);
    return first;
  };
  let said = "";
  for (let last = ""; last !== "open"; said += `${last}\n`) last = await line();
  return {
    said,
    /** What it says when it is to open another socket. */
    asks: async () => {
      // Where it has ended it has said so.
      await writer.write(new TextEncoder().encode("more\n")).catch(() => {});
      return await line();
    },
    /** What it says of the channel's end. */
    ending: async () => {
      const said = await line();
      await child.status;
      return said;
    },
    leave: async () => {
      await writer.close();
      await reader.cancel();
      await child.status;
    },
  };
}

Deno.test("channel: a hundred sockets come over it, all in the domain; what is no such socket is refused on it", async () => {
  const pids = [await pidOf("broker"), await pidOf("helper")];
  const before = pids.map((pid) => [pid, openFds(pid)] as const);
  const channel = await opened();
  match(channel.said, /^2001:db8:1:2:[^\n]*\ninvalidArgument\nopen\n$/);
  await channel.leave();
  for (const [pid, fds] of before) await fdsAreBack(pid, fds);
});

Deno.test("channel: it ends when polkit's rules no longer allow its opener the domain, and not when others change", async () => {
  const allow = 'polkit.addRule(function(action, subject) { if (action.id == "net.pvd1.use" && ' +
    '["alice", "root"].indexOf(subject.user) >= 0) { return polkit.Result.YES; } });\n';
  const channel = await opened();
  await underRules(`// changed\n${allow}`, async () => {
    // polkit answers in order: what this one is asked after, which is about the first one, is answered when it is open.
    await (await opened()).leave();
    strictEqual(await channel.asks(), "another");
    await underRules("// nobody\n", async () => {
      strictEqual(await channel.ending(), "ended");
    });
  });
});

Deno.test("channel: who is not authorised gets none, with polkit's reason", async () => {
  const argv = await argvFor(DOCUMENTED_IDS.R1.explicit, SERVER_ADDRESS.S1);
  const { status, stdout, stderr } = await runAs("bob", argv);
  deepStrictEqual([status, stdout], [1, ""]);
  match(stderr, /net\.pvd1\.Error\.NotAuthorized: .*net\.pvd1\.use/);
});

Deno.test("channel: a program that says what is no request loses its channel, and the helper goes on", async () => {
  const script = `
import dbus, sys, socket
bus = dbus.SystemBus()
manager = dbus.Interface(bus.get_object("net.pvd1", "/net/pvd1"), "net.pvd1.Manager")
for said in [b"x", b"{}", b'{"type":"spawn"}', b'{"type":"socket","family":"packet","socketType":"raw","protocol":"icmp"}', b"y" * 4000]:
    channel = socket.socket(fileno=manager.OpenChannel(sys.argv[1]).take())
    channel.send(said)
    print(channel.recv(100))
`;
  const [, , path = ""] = await argvFor(DOCUMENTED_IDS.R1.explicit, "");
  const child = spawnAs("alice", ["/usr/bin/python3", "-c", script, path]);
  const { status, stdout, stderr } = await outcome(child);
  strictEqual(status, 0, stderr);
  deepStrictEqual(stdout.trim().split("\n"), new Array(5).fill("b''"));
  strictEqual((await runAs("alice", ["pvd", "run", DOCUMENTED_IDS.R1.explicit, "true"])).status, 0);
});
