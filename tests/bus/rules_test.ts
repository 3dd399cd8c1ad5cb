// What the policy allows by itself, and each example rule, under the real polkitd.

import assert from "node:assert/strict";
import { logIn } from "./session.ts";
import { exampleRule } from "./test_bus.ts";
import { busTest, GUEST, mayUse, NAMELESS, OFFICE, TV } from "./testing.ts";

const NOBODY = "10-pvd-nobody-for-one-domain.rules";
const GROUP = "20-pvd-group-for-one-domain.rules";
const EVERYBODY = "30-pvd-everybody-for-explicit-domains.rules";
const only = (name: string) => ({ rules: { [name]: exampleRule(name) } });

busTest(
  "without rules: the person at the machine uses every domain, others need a password",
  {},
  async (scene) => {
    const [pvd, alice] = await scene.pvdAnd("alice");
    const [bob, far] = await Promise.all([scene.person("bob"), scene.person("alice")]);
    await logIn(alice, "alice", true);
    await logIn(bob, "bob", false);
    assert.deepEqual(await pvd.checks(mayUse(alice, TV)), { allowed: true, asked: false });
    assert.deepEqual(await pvd.checks(mayUse(alice, NAMELESS)), { allowed: true, asked: false });
    for (const person of [bob, far]) {
      const decision = await pvd.checks(mayUse(person, TV));
      assert.ok(!decision.allowed && decision.wouldAsk);
    }
  },
);

busTest("without rules: nobody opens a namespace or manages without a password", {}, async (scene) => {
  const [pvd, alice] = await scene.pvdAnd("alice");
  await logIn(alice, "alice", true);
  for (const action of ["net.pvd1.open-namespace", "net.pvd1.manage"] as const) {
    const decision = await pvd.checks({ ...mayUse(alice, TV), action });
    assert.ok(!decision.allowed && decision.wouldAsk);
    assert.match(decision.reason, new RegExp(`^${action} for tv\\.example\\.org on eth1 needs a password`));
  }
});

busTest(
  `${GROUP}: its members, in that domain, on that link, and nobody else`,
  only(GROUP),
  async (scene) => {
    const [pvd, alice] = await scene.pvdAnd("alice");
    const bob = await scene.person("bob");
    const allowed = async (...question: Parameters<typeof mayUse>) =>
      (await pvd.checks(mayUse(...question))).allowed;
    assert.equal(await allowed(alice, TV), true);
    assert.equal(await allowed(alice, OFFICE), false);
    assert.equal(await allowed(alice, { ...TV, link: "eth2" }), false);
    assert.equal(await allowed(bob, TV), false);
  },
);

busTest(
  `${EVERYBODY}: who sits at the machine, and a password for nameless domains`,
  only(EVERYBODY),
  async (scene) => {
    const [pvd, alice] = await scene.pvdAnd("alice");
    const bob = await scene.person("bob");
    await logIn(alice, "alice", true);
    assert.deepEqual(await pvd.checks(mayUse(alice, TV)), { allowed: true, asked: false });
    const nameless = await pvd.checks(mayUse(alice, NAMELESS));
    assert.ok(!nameless.allowed && nameless.wouldAsk);
    assert.equal((await pvd.checks(mayUse(bob, TV))).allowed, false);
  },
);

busTest(`${NOBODY}: not the person at the machine, not with a password`, only(NOBODY), async (scene) => {
  const [pvd, alice] = await scene.pvdAnd("alice");
  await logIn(alice, "alice", true);
  const decision = await pvd.checks(mayUse(alice, GUEST, true));
  assert.ok(!decision.allowed && !decision.wouldAsk);
  assert.equal(
    decision.reason,
    "polkit does not allow you net.pvd1.use for guest.example.org on eth1; " +
      "an administrator can allow it with a polkit rule, see docs/polkit.md (installed in /usr/share/doc/pvd)",
  );
  assert.equal((await pvd.checks(mayUse(alice, TV))).allowed, true);
});

busTest("all example rules together: the no comes first, also for members of the group", {
  rules: Object.fromEntries([NOBODY, GROUP, EVERYBODY].map((name) => [name, exampleRule(name)])),
}, async (scene) => {
  const [pvd, alice] = await scene.pvdAnd("alice");
  await logIn(alice, "alice", true);
  assert.equal((await pvd.checks(mayUse(alice, GUEST))).allowed, false);
  assert.equal((await pvd.checks(mayUse(alice, TV))).allowed, true);
  assert.equal((await pvd.checks(mayUse(alice, OFFICE))).allowed, true);
});
