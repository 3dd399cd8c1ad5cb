// A link that comes up again, perhaps with another network at its end, as a whole broker takes it.

import assert from "node:assert/strict";
import { HOME, plain, room as brokerRoom, taken, told } from "./events/testing.ts";
import { CONFIRM_MS } from "./state/confirm.ts";
import { advertisement, header, prefix } from "./state/testing.ts";
import { ETH1, settled } from "./testing.ts";

const AWAY = { ...ETH1, running: false };
const OFFICE = plain({ id: "office", header: header(9000), prefixes: [prefix("2001:db8:1::/64", 86_400)] });
const AT_HOME = plain({ id: "home", header: header(9000), prefixes: [prefix("2001:db8:2::/64", 86_400)] });
const MAC = "02:00:00:00:00:11", OTHER_MAC = "02:00:00:00:00:12";

async function room() {
  const { helper, broker, discovery, ...rest } = await brokerRoom();
  const flaps = async () => {
    discovery.linkEvent(AWAY);
    discovery.linkEvent(ETH1);
    await settled();
  };
  const hasMac = (router: string, mac: string) => {
    const macs = discovery.linkOf(2)?.routerMacs;
    assert.ok(macs instanceof Map);
    macs.set(router, mac);
  };
  /** "office 2001:db8:1::/64": each domain with its prefixes. */
  const domains = () =>
    [...broker.state.domains.values()].map(({ id, prefixes }) =>
      [id, ...prefixes.map((each) => each.prefix)].join(" ")
    );
  const asked = () =>
    helper.requests.splice(0).map(({ type }) => type).filter((type) => type !== "openRouterSocket");
  asked();
  return { ...rest, helper, broker, discovery, flaps, hasMac, domains, asked };
}

Deno.test("link up again: where the same routers answer, nothing is made, removed or told", async () => {
  const { hears, flaps, broker, clock, asked, monitors, hasMac } = await room();
  hasMac("fe80::1", MAC);
  await hears([HOME], plain());
  await hears([OFFICE], plain(), ["fe80::2", 2]);
  const monitor = monitors();
  taken(monitor);
  const before = [...broker.state.domains.keys()];
  asked();
  await flaps();
  // The kernel may have dropped what it had: each is applied once.
  assert.deepEqual(asked(), ["applyDomain", "applyDomain"]);
  await hears([OFFICE], plain(), ["fe80::2", 2]);
  assert.equal(broker.confirmations.isUnconfirmed(2), true);
  await clock.advance(CONFIRM_MS - 1_000);
  await hears([HOME], plain());
  assert.equal(broker.confirmations.isUnconfirmed(2), false);
  await clock.advance(CONFIRM_MS);
  assert.deepEqual([...broker.state.domains.keys()], before);
  assert.deepEqual([asked(), told(monitor)], [[], []]);
});

Deno.test("link up again: another network's routers end what was before after the time to confirm, not sooner", async () => {
  const { hears, flaps, domains, clock, monitors, onBus } = await room();
  await hears([OFFICE]);
  const monitor = monitors();
  await flaps();
  await clock.advance(60_000);
  assert.deepEqual(domains(), ["office 2001:db8:1::/64"], "nobody has answered yet");
  await hears([AT_HOME], AT_HOME, ["fe80::2", 2]);
  taken(monitor);
  await clock.advance(CONFIRM_MS - 101);
  assert.deepEqual(domains(), ["office 2001:db8:1::/64", "home 2001:db8:2::/64"]);
  assert.deepEqual(told(monitor), []);
  await clock.advance(1);
  assert.deepEqual(domains(), ["home 2001:db8:2::/64"]);
  await clock.advance(100);
  assert.deepEqual(told(monitor).filter((each) => !each.startsWith("domainChanged")), [
    "domainRemoved office",
    "routerLost fe80::1",
  ]);
  assert.equal(onBus.at(-1)?.event, "routerLost");
});

Deno.test("link up again: another router at the same address begins with nothing of the old one's", async () => {
  const { hears, flaps, hasMac, domains, broker, clock } = await room();
  hasMac("fe80::1", MAC);
  const rdnss = [{ address: "2001:db8::53", lifetimeS: 9000 }];
  await hears([{ ...OFFICE, rdnss, mtu: 1400 }]);
  await flaps();
  hasMac("fe80::1", OTHER_MAC);
  await hears([AT_HOME]);
  assert.deepEqual(domains(), ["home 2001:db8:2::/64"]);
  const [domain] = broker.state.domains.values();
  assert.deepEqual([domain?.rdnss, domain?.mtu], [[], null]);
  assert.deepEqual(broker.events.routersOn(2).map((each) => each.prefixes.map(({ prefix }) => prefix)), [
    ["2001:db8:2::/64"],
  ]);
  await clock.advance(CONFIRM_MS);
  assert.deepEqual(domains(), ["home 2001:db8:2::/64"]);
});

Deno.test("link up again: at the same address and without link-layer addresses, the old data goes in time", async () => {
  const { hears, flaps, domains, clock } = await room();
  await hears([OFFICE]);
  await flaps();
  await hears([AT_HOME]);
  assert.deepEqual(domains(), ["office 2001:db8:1::/64 2001:db8:2::/64"]);
  await clock.advance(CONFIRM_MS);
  assert.deepEqual(domains(), ["office 2001:db8:2::/64"]);
});

Deno.test("link up again: a domain that a program uses is ending then, and ready when its router is back", async () => {
  const { hears, flaps, clock, broker, inUse } = await room();
  const states = () => {
    const replies = broker.answers.answer({ type: "list" });
    return replies.flatMap((reply) =>
      reply.type === "domain" ? [`${reply.domain.id} ${reply.domain.state} ${reply.domain.namespace}`] : []
    );
  };
  await hears([OFFICE]);
  inUse.value = true;
  await flaps();
  await hears([AT_HOME], AT_HOME, ["fe80::2", 2]);
  await clock.advance(CONFIRM_MS);
  assert.deepEqual(states(), ["home ready mifpvd-2", "office ending mifpvd-1"]);
  await flaps();
  await hears([OFFICE]);
  await clock.advance(CONFIRM_MS);
  assert.deepEqual(states(), ["office ready mifpvd-1", "home ending mifpvd-2"]);
});

Deno.test("link up again, and again before the time is over: it begins anew, on that link alone", async () => {
  const { hears, flaps, domains, clock, broker } = await room();
  await hears([OFFICE]);
  await hears([advertisement({ id: "eth2.example" })], plain(), ["fe80::1", 3]);
  await flaps();
  await hears([AT_HOME], AT_HOME, ["fe80::2", 2]);
  await clock.advance(CONFIRM_MS - 1_000);
  await flaps();
  await clock.advance(CONFIRM_MS);
  assert.equal(domains().length, 3);
  await hears([OFFICE]);
  await clock.advance(CONFIRM_MS);
  assert.deepEqual(domains(), ["office 2001:db8:1::/64", "eth2.example"]);
  assert.equal(broker.confirmations.isUnconfirmed(2), false);
});

Deno.test("link gone while something waits: what is heard on it later is its own", async () => {
  const { hears, flaps, domains, clock, discovery, broker } = await room();
  await hears([OFFICE]);
  await flaps();
  discovery.linkEvent({ ...ETH1, type: "gone" });
  assert.equal(broker.confirmations.isUnconfirmed(2), false);
  discovery.linkEvent(ETH1);
  await hears([OFFICE]);
  await clock.advance(2 * CONFIRM_MS);
  assert.deepEqual(domains(), ["office 2001:db8:1::/64"]);
});
