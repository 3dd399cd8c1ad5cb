import assert from "node:assert/strict";
import type { ClientReply } from "../lib/protocol.ts";
import { Broker } from "./broker.ts";
import { Discovery } from "./discovery.ts";
import { DEFAULT_LIMITS } from "./state/limits.ts";
import { advertisement, header, prefix } from "./state/testing.ts";
import { EMPTY_STATE } from "./state/types.ts";
import { ETH1, FakeClock, FakeHelper, refused, settled } from "./testing.ts";

async function room(state = EMPTY_STATE) {
  const clock = new FakeClock();
  const helper = new FakeHelper();
  let made = 0;
  helper.respond = (request) => {
    switch (request.type) {
      case "listDomains":
        return { ok: true, reply: { type: "domains", serial: 1, domains: [], more: false }, fds: [] };
      case "applyDomain":
        return {
          ok: true,
          reply: { type: "domain", serial: 1, handle: request.handle ?? `mifpvd-${++made}` },
          fds: [],
        };
      case "removeDomain":
        told.push("removeDomain");
        return { ok: true, reply: { type: "done", serial: 1 }, fds: [] };
      case "openRouterSocket":
      case "openSocket":
      case "openNamespace":
      case "openChannel":
      case "spawn":
      case "fetch":
        return refused("failed");
    }
  };
  const saved: boolean[] = [];
  /** What has to come in this order. */
  const told: string[] = [];
  const common = { helper, now: () => clock.now, after: clock.after, log: () => {} };
  const broker = new Broker({
    ...common,
    state,
    secrets: { key: new Uint8Array(32) },
    limits: { ...DEFAULT_LIMITS, domainsPerLink: 2 },
    settleMs: 30_000,
    authorise: () => Promise.resolve({ allowed: false, reason: "nobody may", wouldAsk: false }),
    onChanged: (soon) => saved.push(soon),
    onEnded: () => told.push("ended"),
    process: () => ({ pid: 1, uid: 2, uptimeS: 3, residentBytes: 4 }),
  });
  const discovery = new Discovery({
    ...common,
    reactor: { add: () => {}, remove: () => {} },
    random: () => 0.5,
    choose: () => "macvlan",
    ownAddresses: () => new Set(),
    onAdvertisement: (...heard) => broker.heard(...heard),
    onRefused: (refusal) => broker.events.refused(refusal),
    onLinkGone: (index, why) => broker.linkGone(index, why),
    onLinkChanged: (index) => broker.linkChanged(index),
    onRouterMac: (index, router) => broker.routerMacChanged(index, router),
  });
  discovery.linkEvent(ETH1);
  broker.start(discovery);
  await broker.keeper.reconcile();
  const hears = async (given: Parameters<typeof advertisement>[0], router = "fe80::1") => {
    broker.heard({ link: "eth1", linkIndex: 2, router, now: clock.now }, [advertisement(given)]);
    await settled();
  };
  return { clock, helper, broker, discovery, saved, told, hears };
}

function listed(replies: readonly ClientReply[]): string[] {
  assert.equal(replies.at(-1)?.type, "end");
  return replies.flatMap((reply) =>
    reply.type === "domain" ? [`${reply.domain.id} ${reply.domain.state} ${reply.domain.namespace}`] : []
  );
}

Deno.test("Broker lists what it heard, with its namespace", async () => {
  const { broker, hears } = await room();
  await hears({ prefixes: [prefix("2001:db8:1::/64", 600)] });
  assert.deepEqual(listed(broker.answers.answer({ type: "list" })), ["example.org ready mifpvd-1"]);
  assert.deepEqual(broker.answers.answer({ type: "resolve", domain: "exam" }), [
    { type: "resolved", id: "example.org", handle: "mifpvd-1", link: "eth1" },
  ]);
});

Deno.test("Broker says that a domain has ended before it has it removed, whether it expires or is withdrawn", async () => {
  const { told, clock, hears } = await room();
  await hears({ header: header(60) });
  await clock.advance(60_000);
  assert.deepEqual(told, ["ended", "removeDomain"]);
  await hears({ header: header(60) });
  await hears({ header: header(0) });
  assert.deepEqual(told, ["ended", "removeDomain", "ended", "removeDomain"]);
});

Deno.test("Broker ends what expires, at its moment", async () => {
  const { broker, clock, hears } = await room();
  await hears({ header: header(60) });
  await clock.advance(59_999);
  assert.equal(listed(broker.answers.answer({ type: "list" })).length, 1);
  await clock.advance(1);
  assert.deepEqual(listed(broker.answers.answer({ type: "list" })), []);
});

Deno.test("Broker ends what expires also where an advertisement is handled before the late timer", async () => {
  const { broker, clock, hears } = await room();
  await hears({ header: header(60) });
  clock.now += 60_500;
  await hears({ id: "other.example", header: header(0xffff) });
  await clock.advance(0);
  assert.deepEqual(listed(broker.answers.answer({ type: "list" })), ["other.example ready mifpvd-2"]);
});

Deno.test("Broker ends what is not renewed any more, however often it was", async () => {
  const { broker, clock, hears } = await room();
  for (let round = 0; round < 10; round++) {
    await hears({ header: header(9) });
    await clock.advance(3_000);
  }
  await clock.advance(5_999);
  assert.equal(listed(broker.answers.answer({ type: "list" })).length, 1);
  await clock.advance(1);
  assert.deepEqual(listed(broker.answers.answer({ type: "list" })), []);
});

Deno.test("Broker after a sleep ends what passed, and gives the kernel the lifetimes that are left", async () => {
  const { broker, clock, helper, hears } = await room();
  await hears({ header: header(60) });
  await hears({ id: "other.example", header: header(0xffff), prefixes: [prefix("2001:db8:1::/64", 7200)] });
  helper.requests.splice(0);
  // No timer has fired: they stood still as the machine did, and so did the lifetimes in the kernel.
  clock.now += 3_600_000;
  broker.resumed(3_600_000);
  await settled();
  assert.deepEqual(listed(broker.answers.answer({ type: "list" })), ["other.example ready mifpvd-2"]);
  assert.deepEqual(helper.requests.map(({ type }) => type).sort(), ["applyDomain", "removeDomain"]);
  const applied = helper.requests.find((request) => request.type === "applyDomain");
  assert.equal(applied?.wanted.addresses[0]?.validS, 3600);
});

Deno.test("Broker ends a link's domains with the link", async () => {
  const { broker, discovery, hears } = await room();
  await hears({});
  discovery.linkEvent({ ...ETH1, type: "gone" });
  await settled();
  assert.deepEqual(listed(broker.answers.answer({ type: "list" })), []);
});

Deno.test("Broker starts with the domains of the last run, but not with those of links that are gone", async () => {
  const before = await room();
  await before.hears({});
  const after = await room(before.broker.state);
  await settled();
  assert.deepEqual(listed(after.broker.answers.answer({ type: "list" })), ["example.org ready mifpvd-1"]);
  const [domain] = before.broker.state.domains.values();
  assert.ok(domain !== undefined);
  for (
    const other of [{ ...domain, linkIndex: 9 }, {
      ...domain,
      link: "eth7",
      key: "explicit eth7 example.org",
    }]
  ) {
    const { broker } = await room({ domains: new Map([[other.key, other]]) });
    assert.deepEqual(listed(broker.answers.answer({ type: "list" })), []);
  }
});

Deno.test("Broker counts by name what it refused, and says what it is in its status", async () => {
  const { broker, hears } = await room();
  for (const id of ["a.example", "b.example", "c.example", "d.example"]) await hears({ id });
  const [reply] = broker.answers.answer({ type: "status" });
  assert.ok(reply?.type === "status");
  assert.deepEqual(reply.status.advertisements.refused, { "domains on the link": 2 });
  assert.deepEqual(reply.status.broker, { pid: 1, uid: 2, uptimeS: 3, residentBytes: 4 });
  assert.equal(reply.status.domains, 2);
  assert.deepEqual(reply.status.helper, { connected: true, problem: null });
});

Deno.test("Broker without a helper keeps hearing, and says why a domain is not ready", async () => {
  const { broker, helper, hears } = await room();
  helper.problem = "the helper is not there";
  await hears({});
  const [reply] = broker.answers.answer({ type: "resolve", domain: "example.org" });
  assert.deepEqual(reply, {
    type: "error",
    code: "notReady",
    message: "example.org is configuring: the helper is not there; try again soon",
  });
});

Deno.test("Broker keeps the state soon after a domain came, and seldom for renewed lifetimes", async () => {
  const { saved, hears } = await room();
  await hears({});
  await hears({});
  assert.deepEqual(saved, [true, false]);
});

Deno.test("Broker names a link that nobody listens on", async () => {
  const { broker } = await room();
  assert.deepEqual(broker.answers.answer({ type: "solicit", link: null }), [{ type: "end" }]);
  const [reply] = broker.answers.answer({ type: "solicit", link: "eth9" });
  assert.ok(reply?.type === "error" && reply.code === "noSuchLink");
});

Deno.test("Broker has the domains applied again that go by a router with another link-layer address, and no others", async () => {
  const { broker, discovery, helper, hears } = await room();
  await hears({ header: header(1800), prefixes: [prefix("2001:db8:1::/64", 600)] });
  await hears(
    { id: "other.example", header: header(1800), prefixes: [prefix("2001:db8:2::/64", 600)] },
    "fe80::2",
  );
  const macs = discovery.linkOf(2)?.routerMacs;
  assert.ok(macs instanceof Map);
  const applied = async (mac: string) => {
    helper.requests.length = 0;
    macs.set("fe80::1", mac);
    broker.routerMacChanged(2, "fe80::1");
    await settled();
    return helper.requests.flatMap((request) => request.type === "applyDomain" ? [request.wanted.id] : []);
  };
  assert.deepEqual(await applied("02:00:00:00:00:11"), ["example.org"]);
  assert.deepEqual(await applied("02:00:00:00:00:11"), [], "nothing differs");
  assert.deepEqual(await applied("02:00:00:00:00:12"), ["example.org"]);
});

Deno.test("Broker leaves a domain whose link-local address is another host's to its retries of 1, 2, 4 and at most 60 s", async () => {
  const { broker, clock, helper, hears } = await room();
  const { respond } = helper;
  const appliedAtS: number[] = [];
  let isDuplicate = false, isDetecting = false;
  // As the helper does: each apply that finds the address lost tries it again, and the other host answers again.
  helper.respond = (request) => {
    if (request.type !== "applyDomain") return respond(request);
    appliedAtS.push(Math.floor((clock.now - 1_000_000) / 1000));
    if (!isDetecting) {
      isDetecting = true;
      clock.after(1_300, () => {
        isDuplicate = true;
        isDetecting = false;
        broker.duplicateAddress("mifpvd-1", "fe80::aa");
      });
    }
    return isDuplicate ? refused("failed", "another host has the link-local address") : respond(request);
  };
  await hears({ prefixes: [prefix("2001:db8:1::/64", 86_400)] });
  await clock.advance(200_000);
  assert.deepEqual(appliedAtS, [0, 1, 2, 4, 8, 16, 32, 64, 124, 184]);
});
