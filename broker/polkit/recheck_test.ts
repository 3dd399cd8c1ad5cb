import assert from "node:assert/strict";
import type { Decision } from "./authority.ts";
import { type CheckAgain, Grants } from "./recheck.ts";
import { ALICE, TV } from "./testing.ts";

const YES: Decision = { allowed: true, asked: false };
const NO: Decision = { allowed: false, reason: "no more", wouldAsk: false };
const PASSWORD: Decision = { allowed: false, reason: "needs a password", wouldAsk: true };
const grant = { subject: ALICE, action: "net.pvd1.use", details: TV, asked: false, epoch: 0 } as const;
const OFFICE = { ...TV, domain: "office.example.org" };

/** Grants for which polkit answers by domain, the questions it got, and what was revoked. */
function scene(answers: Record<string, Decision>) {
  const asked: string[] = [];
  const revoked: string[] = [];
  const check: CheckAgain = (_subject, _action, { domain }) => {
    asked.push(domain);
    return Promise.resolve(answers[domain] ?? NO);
  };
  const grants = new Grants(check);
  const keep = (details: typeof TV, more = {}) =>
    grants.add(
      { ...grant, details, epoch: grants.epoch, ...more },
      (reason) => revoked.push(`${details.domain}: ${reason}`),
    );
  return { grants, asked, revoked, keep };
}

Deno.test("Grants: what is not allowed any more is revoked, once, and nothing else", async () => {
  const { grants, asked, revoked, keep } = scene({ [TV.domain]: YES });
  keep(TV);
  keep(OFFICE);
  await grants.changed();
  assert.deepEqual(revoked, ["office.example.org: no more"]);
  await grants.changed();
  assert.equal(revoked.length, 1);
  assert.deepEqual(asked, [TV.domain, OFFICE.domain, TV.domain]);
});

Deno.test("Grants: what was removed is not asked about, also when that happens meanwhile", async () => {
  const { grants, asked, revoked, keep } = scene({});
  const remove = keep(TV);
  keep(OFFICE)();
  const changing = grants.changed();
  await Promise.resolve();
  remove();
  await changing;
  assert.deepEqual(revoked, []);
  assert.deepEqual(asked, [TV.domain]);
});

Deno.test("Grants: a thousand equal ones are one question", async () => {
  const { grants, asked, keep } = scene({ [TV.domain]: YES });
  for (let count = 0; count < 1000; count++) keep(TV);
  await grants.changed();
  assert.equal(asked.length, 1);
});

Deno.test("Grants: a flood of changes during a question is one more question", async () => {
  const { grants, asked, keep } = scene({ [TV.domain]: YES });
  keep(TV);
  await Promise.all(Array.from({ length: 1000 }, () => grants.changed()));
  assert.ok(asked.length <= 2, `${asked.length} questions`);
});

Deno.test("Grants: the rules change between the answer and `add`: it is asked about at once", async () => {
  const { grants, revoked, keep } = scene({});
  const { epoch } = grants;
  await grants.changed();
  keep(TV, { epoch });
  await grants.changed();
  assert.deepEqual(revoked, ["tv.example.org: no more"]);

  const again = scene({});
  const before = again.grants.epoch;
  await again.grants.changed();
  again.keep(TV, { epoch: before });
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  assert.deepEqual(again.revoked, ["tv.example.org: no more"]);
});

Deno.test("Grants: what a password opened stays open while one would open it again", async () => {
  const { grants, revoked, keep } = scene({ [TV.domain]: PASSWORD, [OFFICE.domain]: PASSWORD });
  keep(TV, { asked: true });
  keep(OFFICE, { asked: false });
  await grants.changed();
  assert.deepEqual(revoked, ["office.example.org: needs a password"]);
});

Deno.test("Grants: one that cannot be ended does not keep the others alive", async () => {
  const { grants, revoked, keep } = scene({});
  grants.add({ ...grant, details: TV }, () => {
    throw new Error("broken");
  });
  keep(OFFICE);
  await assert.rejects(grants.changed(), AggregateError);
  assert.deepEqual(revoked, ["office.example.org: no more"]);
});
