import assert from "node:assert/strict";
import type { ClientReply } from "../../lib/protocol.ts";
import type { RouterEvent } from "../events/hub.ts";
import type { HelperRequestBody } from "../helper_client.ts";
import { advertisement, HEADER, prefix } from "../state/testing.ts";
import { hear } from "../state/hear.ts";
import { DEFAULT_LIMITS } from "../state/limits.ts";
import { EMPTY_STATE, type State } from "../state/types.ts";
import { FakeClock, FakeHelper, refused } from "../testing.ts";
import type { DomainRuntime, InformationView } from "../view.ts";
import { BackendError } from "./backend.ts";
import { brokerBackend } from "./broker_backend.ts";
import { domainValues } from "./net_pvd1_domain.ts";
import { oldInterface } from "./old_api.ts";

const READY: DomainRuntime = { state: "ready", problem: null, handle: "mifpvd-1" };
const NOT_KNOWN: InformationView = { object: null, problem: null };

/** A broker that has heard one advertisement at 1000 ms. */
function room() {
  const clock = new FakeClock();
  clock.now = 1000;
  const helper = new FakeHelper();
  const startState: State = EMPTY_STATE;
  const broker = {
    state: startState,
    keeper: { runtime: () => broker.runtime, endingDomains: () => [] },
    answers: {
      answer: (): ClientReply[] => [{ type: "error", code: "noSuchLink", message: "no link" }],
    },
    events: { onRouterEvent: (_event: RouterEvent) => {} },
    runtime: READY,
    information: NOT_KNOWN,
  };
  const hearing = { link: "eth0", linkIndex: 2, router: "fe80::1", now: 1000 };
  const said = advertisement({ header: HEADER, prefixes: [prefix("2001:db8:1::/64", 7200, 3600)] });
  broker.state = hear(EMPTY_STATE, hearing, [said], DEFAULT_LIMITS).state;
  const removed: string[] = [];
  const backend = brokerBackend({
    broker,
    helper,
    secrets: { key: new Uint8Array(32) },
    now: () => clock.now,
    after: clock.after,
    informationOf: () => broker.information,
    removeDomain: (key) => void removed.push(key),
  });
  return { backend, broker, clock, helper, removed };
}

Deno.test("brokerBackend: a domain has the moments at which its data end, and none before it has a namespace", () => {
  const { backend, broker } = room();
  const [domain] = backend.domains();
  assert.deepEqual(domain?.routers, [{ address: "fe80::1", preference: "medium", validUntil: 1_801_000 }]);
  assert.deepEqual(domain?.addresses.map(({ address: _, ...rest }) => rest), [
    { prefixLength: 64, validUntil: 7_201_000, preferredUntil: 3_601_000, deprecated: false },
  ]);
  assert.equal(domain?.handle, "mifpvd-1");
  broker.runtime = { ...READY, handle: null };
  backend.changed();
  assert.deepEqual(backend.domains(), []);
});

Deno.test("brokerBackend: what did not change is the same object, what did is told", () => {
  const { backend, broker } = room();
  let told = 0;
  backend.onChange(() => told++);
  const [before] = backend.domains();
  backend.changed();
  assert.equal(backend.domains()[0], before);
  broker.runtime = { ...READY, state: "ending" };
  backend.changed();
  assert.equal(backend.domains()[0]?.state, "ending");
  assert.equal(told, 2);
});

Deno.test("brokerBackend: an address that becomes deprecated is told at that moment, though nobody says so, and once", async () => {
  const { backend, clock } = room();
  const told: unknown[] = [];
  const deprecated = () => backend.domains().map((each) => domainValues(each).get("Deprecated")?.value);
  backend.onChange(() => told.push(...deprecated()));
  const [before] = backend.domains();
  assert.deepEqual(deprecated(), [[]]);
  await clock.advance(3_599_999);
  assert.deepEqual([told, backend.domains()[0]], [[], before]);
  await clock.advance(1);
  assert.deepEqual(told, [before?.addresses.map(({ address }) => address)]);
  await clock.advance(3_600_000);
  assert.equal(told.length, 1);
});

Deno.test("brokerBackend: what the PvD's server says, and why it is not known, are the domain's, and a change", () => {
  const { backend, broker } = room();
  const values = () => {
    const [domain] = backend.domains();
    assert.ok(domain !== undefined);
    const all = domainValues(domain);
    return ["Information", "InformationProblem"].map((name) => all.get(name)?.value);
  };
  const found = () => {
    const run = oldInterface(backend).methods.get("get_by_properties")?.run;
    return run?.({ sender: ":1.7", path: "/", args: ['{"pricing":"free"}'] }, { asked: false, uid: 0 });
  };
  const information = { identifier: "one.example.", pricing: "free" };
  assert.deepEqual(values(), ["", ""]);
  const [before] = backend.domains();
  broker.information = { object: information, problem: null };
  backend.changed();
  assert.notEqual(backend.domains()[0], before);
  assert.deepEqual(values(), [JSON.stringify(information), ""]);
  assert.deepEqual(found(), { body: [[[before?.id, "mifpvd-1", "eth0", JSON.stringify(information)]]] });
  broker.information = { object: null, problem: "it is not valid" };
  backend.changed();
  assert.deepEqual(values(), ["", "it is not valid"]);
  assert.deepEqual(found(), { body: [[["", "", "", '""']]] });
  // As on the client socket: nothing is said of a domain that no router stands for.
  broker.runtime = { ...READY, state: "ending" };
  backend.changed();
  assert.deepEqual(values(), ["", ""]);
});

Deno.test("brokerBackend: asks the helper, and its refusal is told", async () => {
  const { backend, helper } = room();
  const asked: HelperRequestBody[] = [];
  helper.respond = (request) => {
    asked.push(request);
    return { ok: true, reply: { type: "done", serial: 1 }, fds: [77] };
  };
  assert.equal(await backend.openSocket("mifpvd-1", "inet6", "stream", "tcp"), 77);
  assert.equal(await backend.openNamespace("mifpvd-1"), 77);
  assert.deepEqual(asked, [
    { type: "openSocket", handle: "mifpvd-1", family: "inet6", socketType: "stream", protocol: "tcp" },
    { type: "openNamespace", handle: "mifpvd-1" },
  ]);
  helper.respond = () => refused("noSuchDomain", "gone\n");
  await assert.rejects(
    backend.openNamespace("mifpvd-1"),
    (error) =>
      error instanceof BackendError && error.code === "noSuchDomain" && error.message === "gone\\x0a",
  );
  assert.throws(() => backend.solicit("eth9"), BackendError);
});

Deno.test("brokerBackend: a domain is removed by its key, and one that is none is not", async () => {
  const { backend, broker, removed } = room();
  await backend.removeDomain("mifpvd-1");
  assert.deepEqual(removed, [...broker.state.domains.keys()]);
  await assert.rejects(backend.removeDomain("mifpvd-2"), BackendError);
});
