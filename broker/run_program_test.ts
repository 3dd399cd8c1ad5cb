import assert from "node:assert/strict";
import type { AuthoriseClient } from "./polkit/door.ts";
import { runProgram } from "./run_program.ts";
import { hear } from "./state/hear.ts";
import { advertisement } from "./state/testing.ts";
import { EMPTY_STATE } from "./state/types.ts";
import { done, FakeHelper, refused } from "./testing.ts";
import type { DomainRuntime } from "./view.ts";

const LEFT = new AbortController().signal;
const REQUEST = {
  type: "run",
  handle: "mifpvd-1",
  id: "example.org",
  program: "/bin/true",
  interactive: true,
} as const;

function domainOf(runtime: Partial<DomainRuntime> = {}) {
  const hearing = { link: "eth1", linkIndex: 2, router: "fe80::1", now: 0 };
  const [domain] = hear(EMPTY_STATE, hearing, [advertisement()]).state.domains.values();
  assert.ok(domain !== undefined);
  const found = {
    domain,
    runtime: { state: "ready", problem: null, handle: "mifpvd-1", ...runtime } as const,
  };
  return (handle: string) => handle === "mifpvd-1" ? found : null;
}

const YES: AuthoriseClient = () => Promise.resolve({ allowed: true, asked: false });

function context(helper: FakeHelper, authorise: AuthoriseClient = YES) {
  return { authorise, helper, domainOf: domainOf() };
}

Deno.test("runProgram gives an authorised client's socket and descriptors to the helper", async () => {
  const helper = new FakeHelper();
  helper.respond = () => done(1);
  const handedOver: boolean[] = [];
  const outcome = await runProgram(context(helper), REQUEST, 9, [3, 4, 5, 6, 7], () => {
    handedOver.push(helper.requests.length === 0);
    return true;
  }, LEFT);
  assert.deepEqual(outcome, { ok: true });
  assert.deepEqual(handedOver, [true], "before the helper is asked");
  assert.deepEqual(helper.requests, [{ type: "spawn", handle: "mifpvd-1" }]);
});

Deno.test("runProgram asks about this client, domain and program, tells the reason of a no, and asks the helper nothing", async () => {
  const helper = new FakeHelper();
  const questions: unknown[] = [];
  const no: AuthoriseClient = (...question) => {
    questions.push(question);
    return Promise.resolve({ allowed: false, reason: "polkit says no", wouldAsk: false });
  };
  const outcome = await runProgram(context(helper, no), REQUEST, 9, [], () => true, LEFT);
  assert.deepEqual(outcome, { ok: false, type: "error", code: "notAuthorized", message: "polkit says no" });
  const details = { domain: "example.org", kind: "explicit", link: "eth1", program: "/bin/true" };
  assert.deepEqual(questions, [[9, "net.pvd1.use", details, true, LEFT]]);
  assert.deepEqual(helper.requests, []);
});

Deno.test("runProgram refuses a handle that is not the id's, and a domain that is not ready", async () => {
  const helper = new FakeHelper();
  const run = async (request: typeof REQUEST | object, runtime: Partial<DomainRuntime> = {}) => {
    const given = { ...context(helper), domainOf: domainOf(runtime) };
    const outcome = await runProgram(given, { ...REQUEST, ...request }, 9, [], () => true, LEFT);
    return outcome.ok ? "ok" : `${outcome.code}: ${outcome.message}`;
  };
  assert.match(await run({ handle: "mifpvd-2" }), /^noSuchDomain: no domain "example.org" in mifpvd-2/);
  assert.match(await run({ id: "other.example" }), /^noSuchDomain/);
  assert.match(await run({}, { state: "ending" }), /^notReady: example.org is ending; see/);
  assert.match(
    await run({}, { state: "failed", problem: "no\nlink" }),
    /^notReady: .*: no\\x0alink; see pvd show mifpvd-1/,
  );
  assert.deepEqual(helper.requests, []);
});

Deno.test("runProgram refuses a domain that ended while somebody was asked", async () => {
  const helper = new FakeHelper();
  const given = context(helper);
  let asked = false;
  const outcome = await runProgram(
    {
      helper,
      domainOf: (handle) => asked ? null : given.domainOf(handle),
      authorise: () => {
        asked = true;
        return Promise.resolve({ allowed: true, asked: false });
      },
    },
    REQUEST,
    9,
    [],
    () => true,
    LEFT,
  );
  assert.ok(!outcome.ok && outcome.code === "noSuchDomain");
  assert.deepEqual(helper.requests, []);
});

Deno.test("runProgram starts nothing for a client that left, and passes the helper's refusal on", async () => {
  const helper = new FakeHelper();
  const left = await runProgram(context(helper), REQUEST, 9, [], () => false, LEFT);
  assert.ok(!left.ok);
  assert.deepEqual(helper.requests, []);
  helper.respond = () => refused("limitExceeded", "uid 1000 has 256 programs");
  const outcome = await runProgram(context(helper), REQUEST, 9, [], () => true, LEFT);
  assert.deepEqual(outcome, {
    ok: false,
    type: "error",
    code: "limitExceeded",
    message: "uid 1000 has 256 programs",
  });
});
