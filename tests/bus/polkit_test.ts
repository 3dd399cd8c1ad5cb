// The broker's questions to the real polkitd: as user pvd, about people who are processes of other users.

import assert from "node:assert/strict";
import { Agent } from "./agent.ts";
import { CLIENTS_SOCKET, decisionOf } from "./person.ts";
import { exampleRule } from "./test_bus.ts";
import { busTest, mayUse, OFFICE, TV } from "./testing.ts";

const ALICE_AND_PVD = {
  rules: {
    "10-test.rules": `polkit.addRule(function (action, subject) {
      if (subject.user === "alice" || subject.user === "pvd") return polkit.Result.YES;
      if (subject.user === "bob") return polkit.Result.NO;
    });`,
  },
};
const TV_GROUP = { rules: { "20-tv.rules": exampleRule("20-pvd-group-for-one-domain.rules") } };

busTest(
  "of two people who ask, each is judged for himself, not as the broker",
  ALICE_AND_PVD,
  async (scene) => {
    const [pvd, alice] = await scene.pvdAnd("alice");
    const bob = await scene.person("bob");
    const [first, second] = await Promise.all([pvd.checks(mayUse(alice, TV)), pvd.checks(mayUse(bob, TV))]);
    assert.deepEqual(first, { allowed: true, asked: false });
    assert.ok(!second.allowed);
    assert.match(second.reason, /^polkit does not allow you net\.pvd1\.use for tv\.example\.org on eth1; /);
  },
);

busTest(
  "the same for clients of the broker's own socket, by what the kernel says",
  ALICE_AND_PVD,
  async (scene) => {
    const [pvd, alice] = await scene.pvdAnd("alice");
    const bob = await scene.person("bob");
    await pvd.does({ op: "listen", path: CLIENTS_SOCKET });
    for (const [person, allowed] of [[alice, true], [bob, false]] as const) {
      await person.does({ op: "connect", path: CLIENTS_SOCKET });
      const peer = await pvd.does({ op: "accept" });
      assert.equal(Reflect.get(Object(peer), "pid"), person.pid);
      assert.equal((await pvd.checks(mayUse("peer", TV))).allowed, allowed);
    }
  },
);

busTest("a client that has ended is denied, whoever it was", ALICE_AND_PVD, async (scene) => {
  const [pvd, alice] = await scene.pvdAnd("alice");
  await pvd.does({ op: "listen", path: CLIENTS_SOCKET });
  await alice.does({ op: "connect", path: CLIENTS_SOCKET });
  await pvd.does({ op: "accept" });
  assert.equal((await pvd.checks(mayUse("peer", TV))).allowed, true);
  await alice.ends();
  const decision = await pvd.checks(mayUse("peer", TV));
  assert.ok(!decision.allowed);
  assert.equal(decision.reason, "whoever asked for net.pvd1.use for tv.example.org on eth1 is gone");
});

busTest(
  "somebody with a rule uses one domain and is refused another in the same breath",
  TV_GROUP,
  async (scene) => {
    const [pvd, alice] = await scene.pvdAnd("alice");
    const [tv, office] = await Promise.all([
      pvd.checks(mayUse(alice, TV)),
      pvd.checks(mayUse(alice, OFFICE)),
    ]);
    assert.equal(tv.allowed, true);
    assert.ok(!office.allowed);
    assert.match(
      office.reason,
      /^net\.pvd1\.use for office\.example\.org on eth1 needs a password, and the request/,
    );
  },
);

busTest("root is asked about like everybody, and polkit says yes", {}, async (scene) => {
  const [pvd, root] = await scene.pvdAnd("root");
  assert.deepEqual(await pvd.checks(mayUse(root, TV)), { allowed: true, asked: false });
});

busTest("the agent is shown domain and program, and its yes is a yes", {}, async (scene) => {
  const [pvd, alice] = await scene.pvdAnd("alice");
  const agent = scene.keep(await Agent.start(alice, "yes"));
  assert.deepEqual(await pvd.checks(mayUse(alice, TV, true)), { allowed: true, asked: true });
  assert.deepEqual(agent.messages, ["Authentication is required to use the network tv.example.org for vlc"]);
});

busTest(
  "to remove a domain the agent is asked by its name too, and as for a program where none is known",
  {},
  async (scene) => {
    const [pvd, alice] = await scene.pvdAnd("alice");
    const agent = scene.keep(await Agent.start(alice, "yes"));
    const question = { ...mayUse(alice, { ...TV, program: "" }, true), action: "net.pvd1.manage" } as const;
    assert.deepEqual(await pvd.checks(question), { allowed: true, asked: true });
    assert.deepEqual(agent.messages, [
      "Authentication is required to remove the network tv.example.org for a program",
    ]);
  },
);

busTest("nobody is disturbed where the caller does not allow it", {}, async (scene) => {
  const [pvd, alice] = await scene.pvdAnd("alice");
  const agent = scene.keep(await Agent.start(alice, "yes"));
  const decision = await pvd.checks(mayUse(alice, TV, false));
  assert.ok(!decision.allowed && decision.wouldAsk);
  assert.deepEqual(agent.messages, []);
});

busTest(
  "a password given for one domain does not open another, nor the same one again",
  {},
  async (scene) => {
    const [pvd, alice] = await scene.pvdAnd("alice");
    const agent = scene.keep(await Agent.start(alice, "yes"));
    for (const details of [TV, OFFICE, TV]) {
      assert.equal((await pvd.checks(mayUse(alice, details, true))).allowed, true);
    }
    assert.equal(agent.messages.length, 3);
  },
);

busTest(
  "a program's name cannot write the question: controls are escaped, length is bounded",
  {},
  async (scene) => {
    const [pvd, alice] = await scene.pvdAnd("alice");
    const agent = scene.keep(await Agent.start(alice, "yes"));
    const program = `ls\n\nEverything is fine.\u202e${"x".repeat(100_000)}`;
    await pvd.checks(mayUse(alice, { ...TV, program }, true));
    const [message = ""] = agent.messages;
    assert.match(message, /tv\.example\.org for ls\\x0a\\x0aEverything is fine\.\\u\{202e\}x+…$/);
    assert.ok(message.length < 200);
  },
);

busTest("a wrong password and a closed dialogue are told apart", {}, async (scene) => {
  const [pvd, alice] = await scene.pvdAnd("alice");
  for (
    const [script, reason] of [
      [
        "wrong",
        /^polkit asked about net\.pvd1\.use for tv\.example\.org on eth1, and nobody authenticated; /,
      ],
      [
        "dismiss",
        /^you dismissed polkit's question about net\.pvd1\.use for tv\.example\.org on eth1; try again/,
      ],
    ] as const
  ) {
    const agent = await Agent.start(alice, script);
    const decision = await pvd.checks(mayUse(alice, TV, true));
    await agent.close();
    assert.ok(!decision.allowed);
    assert.match(decision.reason, reason);
  }
});

busTest("without an agent the denial says what is missing", {}, async (scene) => {
  const [pvd, alice] = await scene.pvdAnd("alice");
  const decision = await pvd.checks(mayUse(alice, TV, true));
  assert.ok(!decision.allowed);
  assert.match(decision.reason, /needs a password, and no polkit agent is there to ask you for it/);
});

busTest("a caller that leaves while the agent asks takes the dialogue with it", {}, async (scene) => {
  const [pvd, alice] = await scene.pvdAnd("alice");
  const agent = scene.keep(await Agent.start(alice, "wait"));
  const { id, result } = pvd.begins({ op: "check", ...mayUse(alice, TV, true) });
  await agent.isAsking();
  await pvd.does({ op: "leave", check: id });
  const decision = decisionOf(await result);
  assert.ok(!decision.allowed);
  assert.match(decision.reason, /is gone$/);
  await agent.isCancelled();
});

busTest("a caller whose bus connection ends while the agent asks is not waited for", {}, async (scene) => {
  const [pvd, alice] = await scene.pvdAnd("alice");
  const agent = scene.keep(await Agent.start(alice, "wait"));
  const { result } = pvd.begins({ op: "check", ...mayUse(alice, TV, true) });
  await agent.isAsking();
  await alice.ends();
  assert.equal(decisionOf(await result).allowed, false);
  await agent.isCancelled();
});

busTest("without polkit nobody is allowed, and the reason says so", { polkit: "none" }, async (scene) => {
  const [pvd, alice] = await scene.pvdAnd("alice");
  const decision = await pvd.checks(mayUse(alice, TV));
  assert.ok(!decision.allowed);
  assert.match(decision.reason, /^polkit is not running, so nobody can be allowed net\.pvd1\.use for tv\./);
});

busTest("a service that is not the actions' owner is told what is wrong", ALICE_AND_PVD, async (scene) => {
  const [bob, alice] = await Promise.all([scene.person("bob"), scene.person("alice")]);
  const decision = await bob.checks(mayUse(alice, TV));
  assert.ok(!decision.allowed);
  assert.match(
    decision.reason,
    /^polkit does not let pvd ask about .* net\.pvd1\.policy is installed, .* owner/,
  );
});

busTest("what was allowed and is allowed no longer ends when the rules change; the rest stays", {
  rules: {
    "05-all.rules": "",
    "10-no.rules": "",
    "50-test.rules": "polkit.addRule(function (action) { return polkit.Result.YES; });",
  },
}, async (scene) => {
  const [pvd, alice] = await scene.pvdAnd("alice");
  await pvd.does({ op: "keep", ...mayUse(alice, TV) });
  await pvd.does({ op: "keep", ...mayUse(alice, OFFICE) });
  await scene.bus.setRule(
    "10-no.rules",
    'polkit.addRule(function (action) { if (action.lookup("domain") === "tv.example.org") return "no"; });',
  );
  assert.match(
    await pvd.hears("revoked tv.example.org"),
    /^polkit does not allow you net\.pvd1\.use for tv\./,
  );
  await scene.bus.setRule("05-all.rules", 'polkit.addRule(function (action) { return "no"; });');
  await pvd.hears("revoked office.example.org");
});

busTest("a polkit that was started anew with other rules is asked again", {
  rules: { "50-test.rules": "polkit.addRule(function (action) { return polkit.Result.YES; });" },
}, async (scene) => {
  const [pvd, alice] = await scene.pvdAnd("alice");
  await pvd.does({ op: "keep", ...mayUse(alice, TV) });
  await scene.bus.stopPolkit();
  await scene.bus.setRule("50-test.rules", null);
  await scene.bus.startPolkit();
  await pvd.hears("revoked tv.example.org");
});
