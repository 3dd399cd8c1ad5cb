// A polkit that errs, answers what it never should, late, or not at all. Whatever it does is a no.

import assert from "node:assert/strict";
import type { Answer } from "./client.ts";
import { FakePolkit, result } from "./fake_polkit.ts";
import { CLIENTS_SOCKET, decisionOf } from "./person.ts";
import { busTest, mayUse, TV } from "./testing.ts";

const FAKE = { polkit: "fake" } as const;
/** Twenty seconds become one. */
const HURRY = 0.05;
const YES = result(true, false);

busTest(
  "a fake polkit that says yes in the documented shape is a yes: the other tests fail for their reasons",
  FAKE,
  async (scene) => {
    const polkit = scene.keep(await FakePolkit.start());
    const [pvd, alice] = await scene.pvdAnd("alice");
    polkit.answer = () => YES;
    assert.deepEqual(await pvd.checks(mayUse(alice, TV)), { allowed: true, asked: false });
    const [subject, action, details, flags, cancellationId] = await polkit.isCalled("CheckAuthorization");
    assert.deepEqual([subject, action, details, flags], [
      ["system-bus-name", { name: { signature: "s", value: alice.name } }],
      "net.pvd1.use",
      { domain: "tv.example.org", kind: "explicit", link: "eth1", program: "vlc" },
      0,
    ]);
    assert.notEqual(cancellationId, "");
  },
);

busTest("polkit answers in another shape: every one is a no", FAKE, async (scene) => {
  const polkit = scene.keep(await FakePolkit.start());
  const [pvd, alice] = await scene.pvdAnd("alice");
  const shapes: Answer[] = [
    { signature: "", body: [] },
    { signature: "b", body: [true] },
    { signature: "bba{ss}", body: [true, false, {}] },
    { signature: "s", body: ["yes"] },
    { signature: "u", body: [1] },
    { signature: "(bb)", body: [[true, false]] },
    { signature: "(bba{ss}b)", body: [[true, false, {}, true]] },
    { signature: "(bba{ss})b", body: [[true, false, {}], true] },
    { signature: "(uua{ss})", body: [[1, 0, {}]] },
    { signature: "(ssa{ss})", body: [["true", "false", {}]] },
    { signature: "(bba{sb})", body: [[true, false, { ok: true }]] },
    { signature: "(bbas)", body: [[true, false, ["ok"]]] },
    { signature: "(bbs)", body: [[true, false, "ok"]] },
    { signature: "(vba{ss})", body: [[{ signature: "b", value: true }, false, {}]] },
    // Both at the same time is nothing that polkit means.
    result(true, true),
  ];
  for (const shape of shapes) {
    polkit.answer = () => shape;
    const decision = await pvd.checks(mayUse(alice, TV, true));
    assert.ok(!decision.allowed && !decision.wouldAsk, JSON.stringify(shape));
    assert.match(
      decision.reason,
      /was not understood and counts as a no; an administrator can look at polkit's log$/,
    );
  }
});

busTest("polkit answers with an error: a no, its text shown escaped and cut", FAKE, async (scene) => {
  const polkit = scene.keep(await FakePolkit.start());
  const [pvd, alice] = await scene.pvdAnd("alice");
  polkit.answer = () => ({
    errorName: "org.freedesktop.PolicyKit1.Error.Failed",
    message: `\u001b[2Jallowed\n${"x".repeat(50_000)}`,
  });
  const decision = await pvd.checks(mayUse(alice, TV));
  assert.ok(!decision.allowed);
  assert.match(
    decision.reason,
    /^polkit could not decide about .* on eth1: \\x1b\[2Jallowed\\x0ax+; an administrator can look at polkit's log$/,
  );
  assert.ok(decision.reason.length < 400);
});

busTest(
  "polkit never answers: a no after some seconds, and the question is taken back",
  FAKE,
  async (scene) => {
    const polkit = scene.keep(await FakePolkit.start());
    const [pvd, alice] = await scene.pvdAnd("alice", HURRY);
    const decision = await pvd.checks(mayUse(alice, TV));
    assert.ok(!decision.allowed);
    assert.match(decision.reason, /^polkit did not answer about .* within 20 s; /);
    const [, , , , asked] = await polkit.isCalled("CheckAuthorization");
    const [cancelled] = await polkit.isCalled("CancelCheckAuthorization");
    assert.equal(cancelled, asked);
  },
);

busTest(
  "the person never answers: a no after two minutes, and the dialogue is closed",
  FAKE,
  async (scene) => {
    const polkit = scene.keep(await FakePolkit.start());
    const [pvd, alice] = await scene.pvdAnd("alice", HURRY);
    polkit.answer = ({ body: [, , , flags] }) => flags === 1 ? "never" : result(false, true);
    const decision = await pvd.checks(mayUse(alice, TV, true));
    assert.ok(!decision.allowed);
    assert.match(decision.reason, /^nobody answered polkit's question about .* within 120 s; try again$/);
    await polkit.isCalled("CancelCheckAuthorization");
  },
);

busTest(
  "polkit says yes after the time-out: it stays a no, and is taken for no other answer",
  FAKE,
  async (scene) => {
    const polkit = scene.keep(await FakePolkit.start());
    const [pvd, alice] = await scene.pvdAnd("alice", HURRY);
    const late = Promise.withResolvers<Answer>();
    polkit.answer = () => late.promise;
    assert.equal((await pvd.checks(mayUse(alice, TV))).allowed, false);
    await polkit.isCalled("CancelCheckAuthorization");
    polkit.answer = () => {
      // Both replies are under way when the next question waits for its own.
      late.resolve(YES);
      return late.promise.then(() => result(false, false));
    };
    const next = await pvd.checks(mayUse(alice, TV));
    assert.ok(!next.allowed);
    assert.match(next.reason, /^polkit does not allow you/);
  },
);

busTest("polkit vanishes in the middle of a question: a no", FAKE, async (scene) => {
  const polkit = await FakePolkit.start();
  const [pvd, alice] = await scene.pvdAnd("alice");
  const { result: asked } = pvd.begins({ op: "check", ...mayUse(alice, TV) });
  await polkit.isCalled("CheckAuthorization");
  await polkit.close();
  const decision = decisionOf(await asked);
  assert.equal(decision.allowed, false);
  // The question can be asked again as soon as somebody answers.
  const other = scene.keep(await FakePolkit.start());
  other.answer = () => YES;
  assert.equal((await pvd.checks(mayUse(alice, TV))).allowed, true);
});

busTest(
  "a client ends while polkit thinks, so that its pid could be another's: polkit's yes is a no",
  FAKE,
  async (scene) => {
    const polkit = scene.keep(await FakePolkit.start());
    const [pvd, alice] = await scene.pvdAnd("alice");
    await pvd.does({ op: "listen", path: CLIENTS_SOCKET });
    await alice.does({ op: "connect", path: CLIENTS_SOCKET });
    await pvd.does({ op: "accept" });
    const thinking = Promise.withResolvers<Answer>();
    polkit.answer = () => thinking.promise;
    const { result: asked } = pvd.begins({ op: "check", ...mayUse("peer", TV) });
    const [subject] = await polkit.isCalled("CheckAuthorization");
    const stat = Deno.readTextFileSync(`/proc/${alice.pid}/stat`).split(") ")[1]?.split(" ") ?? [];
    assert.deepEqual(subject, ["unix-process", {
      pid: { signature: "u", value: alice.pid },
      "start-time": { signature: "t", value: BigInt(stat[19] ?? "") },
      uid: { signature: "i", value: 64101 },
    }]);
    await alice.ends();
    thinking.resolve(YES);
    const decision = decisionOf(await asked);
    assert.ok(!decision.allowed);
    assert.match(decision.reason, /is gone$/);
  },
);

busTest(
  "a caller leaves while polkit thinks: a no at once, and the question is taken back",
  FAKE,
  async (scene) => {
    const polkit = scene.keep(await FakePolkit.start());
    const [pvd, alice] = await scene.pvdAnd("alice");
    const { id, result: asked } = pvd.begins({ op: "check", ...mayUse(alice, TV) });
    const [, , , , cancellationId] = await polkit.isCalled("CheckAuthorization");
    await pvd.does({ op: "leave", check: id });
    assert.equal(decisionOf(await asked).allowed, false);
    assert.deepEqual(await polkit.isCalled("CancelCheckAuthorization"), [cancellationId]);
  },
);
