// The service on the system bus as people, their programs and the administrator meet it: by gdbus, busctl and Python,
// with the real polkitd between them and the domains. Runs in the lab, as root, alice and bob.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { DOCUMENTED_IDS, listDomains, outcome, pidOf, runAs, SERVER_ADDRESS } from "../lab/lab.ts";
import { Agent, type Script } from "../bus/agent.ts";
import {
  callAs,
  errorNames,
  interactiveOpenSocket,
  MANAGER,
  openSocket,
  pathOf,
  printed,
  valueAs,
  waitingAs,
} from "./bus_caller.ts";
import { fdsAreBack, openFds } from "./fd_count.ts";
import { underRules } from "./polkit_rules.ts";

const NOT_AUTHORIZED = "net.pvd1.Error.NotAuthorized";
const [HERS, OTHER] = [DOCUMENTED_IDS.R1.explicit, DOCUMENTED_IDS.R2.explicit];
const ECHO = "/usr/bin/echo";
const ONE_DOMAIN = `polkit.addRule(function (action, subject) {
  if (action.id !== "net.pvd1.use" || subject.user !== "alice") return;
  return action.lookup("domain") === "${HERS}" ? polkit.Result.YES : polkit.Result.NO;
});
`;

Deno.test("gdbus introspect shows every interface, and the object of each domain", async () => {
  const text = await printed([
    ...["gdbus", "introspect", "--system", "--dest", "net.pvd1", "--object-path", "/", "--recurse"],
  ]);
  for (const { namespace } of await listDomains()) {
    ok(text.includes(`node /net/pvd1/domain/${namespace.replace("-", "_")} {`), namespace);
  }
  const shown = new Set([...text.matchAll(/^ *interface (\S+) \{$/gm)].map(([, name]) => name));
  const standard = ["Introspectable", "ObjectManager", "Peer", "Properties"];
  deepStrictEqual([...shown].sort(), [
    ...["net.pvd1.Domain", "net.pvd1.Manager"],
    ...standard.map((name) => `org.freedesktop.DBus.${name}`),
    "org.freedesktop.PvDManager",
  ]);
  match(text, /OpenSocket\(in +o domain,\s+in +s family,\s+in +s type,\s+in +s protocol,\s+out h socket\);/);
  match(text, /readonly a\(su\) Addresses = \[\('2001:db8:/);
  match(text, /get_by_id\(in +s pvd_id,\s+out a\(ssss\) pvds\);/);
  match(text, /stateChanged\(s pvd_id\);/);
});

Deno.test("busctl introspect shows them too", async () => {
  const path = await pathOf(HERS);
  const manager = await printed(["busctl", "--system", "introspect", "net.pvd1", MANAGER.path]);
  match(manager, /^\.OpenSocket +method +osss +h +-$/m);
  const domain = await printed(["busctl", "--system", "introspect", "net.pvd1", path]);
  match(domain, new RegExp(`^\\.Id +property +s +"${HERS}" +const$`, "m"));
  match(domain, /^\.State +property +s +"ready" +emits-change$/m);
  match(domain, /^\.Deprecated +property +as +0 +emits-change$/m);
});

Deno.test("OpenSocket: with a rule for one domain alice gets sockets there, and polkit's no in another", async () => {
  const [hers, other] = [await pathOf(HERS), await pathOf(OTHER)];
  await underRules(ONE_DOMAIN, async () => {
    const answers = await callAs(
      "alice",
      openSocket(hers, { fetch: SERVER_ADDRESS.S1 }),
      openSocket(other, { fetch: SERVER_ADDRESS.S2 }),
      openSocket(hers, { fetch: SERVER_ADDRESS.S2 }),
    );
    deepStrictEqual(answers, [
      { value: "S1" },
      {
        error: NOT_AUTHORIZED,
        message: `polkit does not allow you net.pvd1.use for ${OTHER} on eth1; ` +
          "an administrator can allow it with a polkit rule, see docs/polkit.md (installed in /usr/share/doc/pvd)",
      },
      { value: "Network is unreachable" },
    ]);
    const run = (id: string) => runAs("alice", ["pvd", "run", id, "echo", "started"]);
    deepStrictEqual(await run(HERS), { status: 0, stdout: "started\n", stderr: "" });
    const refused = await run(OTHER);
    deepStrictEqual([refused.status, refused.stdout], [125, ""]);
    match(refused.stderr, /polkit does not allow you net\.pvd1\.use for/);
  });
  // The lab's own rules again.
  deepStrictEqual(await callAs("alice", openSocket(other, { fetch: SERVER_ADDRESS.S2 })), [{ value: "S2" }]);
});

Deno.test("bob, whom no rule names, is refused on both ways, and told the action and what would help", async () => {
  const [answer] = await callAs("bob", openSocket(await pathOf(HERS)));
  ok(answer !== undefined && "error" in answer);
  strictEqual(answer.error, NOT_AUTHORIZED);
  const { status, stdout, stderr } = await runAs("bob", ["pvd", "run", HERS, "echo", "started"]);
  deepStrictEqual([status, stdout], [125, ""]);
  match(
    answer.message,
    new RegExp(`^net\\.pvd1\\.use for ${HERS} on eth1 needs a password, .*polkit rule, see`),
  );
  match(stderr, new RegExp(`net\\.pvd1\\.use for ${HERS} on eth1 needs a password, .*polkit rule, see`));
});

Deno.test("pvd run: the agent's yes starts bob's program, its no does not", async () => {
  const asked = `Authentication is required to use the network ${HERS} for ${ECHO}`;
  const yes = await asBob(["pvd", "run", HERS, ECHO, "started"], "yes");
  deepStrictEqual(yes, { status: 0, stdout: "started\n", stderr: "", messages: [asked] });
  for (const [script, reason] of [["wrong", /nobody authenticated/], ["dismiss", /you dismissed/]] as const) {
    const no = await asBob(["pvd", "run", HERS, ECHO, "started"], script);
    deepStrictEqual([no.status, no.stdout, no.messages], [125, "", [asked]]);
    match(no.stderr, reason);
  }
});

Deno.test("pvd run --no-ask-password: bob is refused and nobody is asked", async () => {
  const result = await asBob(["pvd", "run", "--no-ask-password", HERS, "echo", "started"], "yes");
  deepStrictEqual([result.status, result.stdout, result.messages], [125, "", []]);
  match(result.stderr, /needs a password, and the request did not allow polkit to ask for it/);
});

Deno.test("OpenSocket: the agent's yes and no hold over the bus too, where the caller set the flag", async () => {
  const argv = interactiveOpenSocket(await pathOf(HERS));
  const yes = await asBob(argv, "yes");
  // The bus tells the connection, and not what program is at its end.
  const asked = `Authentication is required to use the network ${HERS} for a program`;
  deepStrictEqual([yes.status, yes.messages], [0, [asked]], yes.stderr);
  const no = await asBob(argv, "dismiss");
  deepStrictEqual([no.status, no.messages.length], [1, 1]);
  match(no.stderr, /net\.pvd1\.Error\.NotAuthorized: you dismissed polkit's question/);
  // Without the flag.
  const quiet = await asBob(argv.filter((word) => word !== "--interactive"), "yes");
  deepStrictEqual([quiet.status, quiet.messages], [1, []]);
});

Deno.test("a caller leaves between polkit's question and the answer: the dialogue closes, nothing stays open", async () => {
  const broker = await pidOf("broker");
  const argv = interactiveOpenSocket(await pathOf(HERS));
  const before = openFds(broker);
  const child = await waitingAs("bob", argv);
  const agent = await Agent.start(child, "wait");
  try {
    const ended = outcome(child, "\n");
    await agent.isAsking();
    child.kill("SIGKILL");
    await agent.isCancelled();
    strictEqual((await ended).status, 137);
  } finally {
    await agent.close();
  }
  await fdsAreBack(broker, before);
  strictEqual(await pidOf("broker"), broker);
});

Deno.test("OpenNamespace: root gets the domain's namespace, alice, who may use it, does not", async () => {
  const path = await pathOf(HERS);
  const call = { ...MANAGER, member: "OpenNamespace", signature: "o", args: [path], inode: true } as const;
  const { namespace } = (await listDomains()).find(({ id }) => id === HERS) ?? { namespace: "" };
  strictEqual(await valueAs("root", call), Deno.statSync(`/run/netns/${namespace}`).ino);
  const answers = await callAs("alice", call);
  deepStrictEqual(errorNames(answers), [NOT_AUTHORIZED]);
  match(JSON.stringify(answers), /net\.pvd1\.open-namespace for .* needs a password/);
});

/** A command of bob's whose questions the agent answers; the questions' texts with the outcome. */
async function asBob(argv: readonly string[], script: Script) {
  const child = await waitingAs("bob", argv);
  const agent = await Agent.start(child, script);
  try {
    return { ...await outcome(child, "\n"), messages: agent.messages };
  } finally {
    await agent.close();
  }
}
