// What happens, as a client that monitors hears it from a whole broker.

import assert from "node:assert/strict";
import { advertisement, header, prefix } from "../state/testing.ts";
import { ETH1, settled } from "../testing.ts";
import { ALL, HOME, NO_DOMAINS, ON_ETH1, plain, room, taken, told } from "./testing.ts";

Deno.test("monitor: first what there is, then a domain's life from its making to its removal", async () => {
  const { hears, monitors, clock } = await room();
  await hears([HOME]);
  const monitor = monitors();
  assert.deepEqual(told(monitor), ["routerNow fe80::1", "domainNow example.org", "now"]);
  await hears([HOME]);
  assert.deepEqual(told(monitor), [], "a router that says the same again changes nothing");
  await hears([advertisement({ id: "new.example", header: header(9) })]);
  assert.deepEqual(told(monitor), [
    "domainMade new.example",
    "domainChanged state",
    "domainChanged namespace",
  ]);
  await hears([{ ...HOME, mtu: 1400, rdnss: [{ address: "2001:db8::53", lifetimeS: 60 }] }]);
  assert.deepEqual(told(monitor), ["domainChanged mtu", "domainChanged rdnss"]);
  await clock.advance(10_000);
  assert.deepEqual(told(monitor).filter((each) => each.startsWith("domainRemoved")), [
    "domainRemoved new.example",
  ]);
});

Deno.test("monitor: an event says what was and what is, with the lifetimes that are left at that moment", async () => {
  const { hears, monitors, clock } = await room();
  await hears([{ ...HOME, rdnss: [{ address: "2001:db8::53", lifetimeS: 60 }] }]);
  const monitor = monitors();
  taken(monitor);
  await clock.advance(20_000);
  await hears([{ ...HOME, rdnss: [{ address: "2001:db8::53", lifetimeS: 30 }] }]);
  const [changed, ...others] = taken(monitor);
  assert.deepEqual(others, []);
  assert.ok(changed?.event === "domainChanged");
  const { timeMs, ...rest } = changed;
  assert.equal(timeMs, 1_700_000_000_000 + clock.now - 80);
  assert.deepEqual(rest, {
    event: "domainChanged",
    ...{ link: "eth1", key: "explicit eth1 example.org", id: "example.org", datum: "rdnss" },
    old: { address: "2001:db8::53", lifetimeS: 40 },
    new: { address: "2001:db8::53", lifetimeS: 30 },
  });
});

Deno.test("monitor: who comes later hears lifetimes as they are then", async () => {
  const { hears, monitors, clock } = await room();
  await hears([{ ...HOME, rdnss: [{ address: "2001:db8::53", lifetimeS: 60 }] }]);
  monitors();
  await clock.advance(20_000);
  const [router, domain] = taken(monitors(ON_ETH1));
  assert.ok(router?.event === "routerNow" && domain?.event === "domainNow");
  assert.equal(router.router.rdnss[0]?.lifetimeS, 40);
  assert.equal(domain.domain.rdnss[0]?.lifetimeS, 40);
  assert.equal(domain.domain.prefixes[0]?.preferredS, 3580);
});

Deno.test("monitor: renewals are told to whoever asks for them, and to nobody else", async () => {
  const { hears, monitors, clock } = await room();
  await hears([HOME]);
  const [one, other] = [monitors(), monitors({ ...ALL, renewals: true })];
  taken(one), taken(other);
  await clock.advance(5_000);
  await hears([HOME]);
  assert.deepEqual(told(one), []);
  assert.deepEqual(told(other), [
    "domainRenewed routers",
    "domainRenewed addresses",
    "domainRenewed prefixes",
  ]);
});

Deno.test("monitor: a domain whose addresses are all past their preferred lifetime is deprecated, by time alone", async () => {
  const { hears, monitors, clock } = await room();
  await hears([HOME]);
  const monitor = monitors();
  taken(monitor);
  await clock.advance(3_600_000);
  assert.deepEqual(told(monitor).filter((each) => each !== "domainChanged routers"), [
    ...[
      "routerLost fe80::1",
      "domainChanged addresses",
      "domainChanged prefixes",
      "domainDeprecated example.org",
    ],
  ]);
  await hears([HOME]);
  assert.deepEqual(told(monitor).filter((each) => each.startsWith("domainDeprecated")), []);
});

Deno.test("monitor: a domain that a program uses is ending, and not removed before the program is gone", async () => {
  const { hears, monitors, clock, inUse, broker } = await room();
  await hears([advertisement()]);
  const monitor = monitors();
  taken(monitor);
  inUse.value = true;
  await hears([advertisement({ header: header(0) })]);
  const story = told(monitor);
  assert.ok(story.includes("domainChanged state"), story.join());
  assert.ok(!story.some((each) => /Removed|Made/.test(each)), story.join());
  inUse.value = false;
  broker.keeper.idle("mifpvd-1");
  await settled();
  await clock.advance(100);
  assert.deepEqual(told(monitor), ["domainRemoved example.org"]);
});

Deno.test("monitor --link: what routers say without any domain, and each change of it, of that link alone", async () => {
  const { hears, monitors, clock } = await room();
  const monitor = monitors(ON_ETH1);
  const everywhere = monitors();
  const elsewhere = monitors({ ...ALL, link: "eth2" });
  assert.deepEqual([told(monitor), told(everywhere), told(elsewhere)], [["now"], ["now"], ["now"]]);
  const dns = { rdnss: [{ address: "2001:db8::53", lifetimeS: 900 }] };
  await hears(NO_DOMAINS, plain(dns));
  const [heard, ...others] = taken(monitor);
  assert.ok(heard?.event === "routerHeard");
  assert.deepEqual(others, []);
  assert.deepEqual([
    heard.link,
    heard.address,
    heard.router.lifetimeS,
    heard.router.preference,
    heard.router.rdnss,
  ], [
    ...["eth1", "fe80::1", 1800, "medium"],
    dns.rdnss,
  ]);
  await hears(NO_DOMAINS, plain({ ...dns, header: header(1800, "high"), mtu: 1400 }));
  assert.deepEqual(told(monitor), ["routerChanged preference", "routerChanged mtu"]);
  await clock.advance(900_000);
  assert.deepEqual(told(monitor), ["routerChanged rdnss"]);
  await clock.advance(900_000);
  assert.deepEqual(told(monitor), ["routerLost fe80::1"]);
  assert.deepEqual(told(everywhere), ["routerHeard fe80::1", "routerLost fe80::1"]);
  assert.deepEqual(told(elsewhere), []);
});

Deno.test("monitor --link: a router's preference is that of its ::/0 route, where it says one (RFC 4191 3.1)", async () => {
  const { hears, monitors } = await room();
  const monitor = monitors(ON_ETH1);
  const option = { prefix: "::/0", preference: "low", lifetimeS: 900 } as const;
  await hears(NO_DOMAINS, plain({ header: header(1800, "high"), routes: [option] }));
  const heard = taken(monitor).find((each) => each.event === "routerHeard");
  assert.ok(heard?.event === "routerHeard");
  assert.deepEqual([heard.router.preference, heard.router.lifetimeS], ["low", 900]);
  await hears(NO_DOMAINS, plain({ header: header(1800, "high") }));
  assert.ok(told(monitor).includes("routerChanged preference"), "without one it is the header's");
});

Deno.test("monitor: a PvD that comes to be announced in another way is the same one, with another encoding", async () => {
  const { hears, monitors } = await room();
  await hears([{ ...HOME, encoding: "mif" }]);
  const monitor = monitors();
  taken(monitor);
  await hears([{ ...HOME, encoding: "rfc8801" }]);
  const [changed, ...others] = taken(monitor);
  assert.deepEqual(others, []);
  assert.ok(changed?.event === "domainChanged");
  assert.deepEqual([changed.datum, changed.old, changed.new], ["encoding", "mif", "rfc8801"]);
});

Deno.test("monitor: a router is lost with its goodbye, with its link, and not while a PvD goes by it", async () => {
  const { hears, monitors, discovery, clock } = await room();
  const monitor = monitors();
  taken(monitor);
  // Its own header gives nothing: the PvD's does (RFC 8801 3.1).
  await hears([HOME], plain({ header: header(0) }));
  await hears([HOME], plain({ header: header(0) }));
  assert.deepEqual(told(monitor).filter((each) => each.startsWith("router")), ["routerHeard fe80::1"]);
  await hears([{ ...HOME, header: header(0) }], plain({ header: header(0) }));
  assert.deepEqual(told(monitor).filter((each) => each.startsWith("router")), ["routerLost fe80::1"]);
  await hears(NO_DOMAINS, plain({ header: header(0), prefixes: [prefix("2001:db8:2::/64", 7200)] }));
  assert.deepEqual(told(monitor), [], "whoever is no router to go by is not heard as one");
  await hears(NO_DOMAINS, plain(), ["fe80::2", 2]);
  discovery.linkEvent({ ...ETH1, type: "gone" });
  await clock.advance(100);
  const story = told(monitor).filter((each) => each.startsWith("router"));
  assert.deepEqual(story, ["routerHeard fe80::2", "routerLost fe80::2"]);
});
