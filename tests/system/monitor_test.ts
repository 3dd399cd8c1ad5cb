// `pvd monitor` and the manager's signals on the bus, with real routers: domains that come, change and go, routers
// heard and lost, a flood of bad advertisements, and a client that never reads. Runs in the lab without its routers.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { sendMessage } from "../../lib/linux/socket.ts";
import { buildMessage } from "../../lib/ndp/build.ts";
import { hex } from "../../lib/ndp/octets.ts";
import type { NdOption, RaHeader } from "../../lib/ndp/types.ts";
import { CLIENT_SOCKET, type MonitorEvent } from "../../lib/protocol.ts";
import { BenchRouter } from "../bench/router.ts";
import {
  killBroker,
  listDomains,
  restartBroker,
  run,
  runAs,
  startRouters,
  stopRouters,
  waitForDomains,
} from "../lab/lab.ts";
import { findUser } from "../lab/users.ts";
import { Monitor } from "./bus_monitor.ts";
import { EventReader } from "./event_reader.ts";
import { interfaceSettings, OwnRouter } from "./own_router.ts";
import { answer, closeFd, connectAs } from "./raw_peer.ts";

const ID = "monitor.example.org";
const ROUTER = "fe80::1";

/** Runs a test with nobody advertising but the test. */
function alone(name: string, body: () => Promise<void>): void {
  Deno.test(name, async () => {
    await stopRouters();
    try {
      await waitForDomains((domains) => domains.length === 0);
      await body();
    } finally {
      await startRouters();
    }
  });
}

function settings(lines: readonly string[]): string {
  const prefix = ["[[interface.pvd.prefix]]", 'prefix = "2001:db8:1:1::/64"'];
  return `${interfaceSettings()}[[interface.pvd]]\nid = "${ID}"\n${[...lines, ...prefix, ""].join("\n")}`;
}

/** A Router Advertisement of R1 without a PvD, in hex. */
function plain(options: readonly NdOption[], header: Partial<RaHeader> = {}): string {
  const whole: RaHeader = {
    ...{ curHopLimit: 64, managed: false, otherConfig: false, homeAgent: false, proxy: false, snac: false },
    ...{ preference: "medium", routerLifetimeS: 1800, reachableTimeMs: 0, retransTimerMs: 0 },
    ...header,
  };
  return hex(buildMessage({ type: "routerAdvertisement", header: whole, options }, null));
}

function isOf<Kind extends MonitorEvent["event"]>(kind: Kind) {
  return (event: MonitorEvent) => event.event === kind;
}

function changes(datum: string) {
  return (event: MonitorEvent) => "datum" in event && event.datum === datum;
}

alone(
  "monitor: a domain is made, gets ready, changes and is removed, and its router is heard and lost",
  async () => {
    const reader = await EventReader.start();
    deepStrictEqual(reader.events.map(({ event }) => event), ["now"]);
    const router = new OwnRouter(settings(["mtu = 1400"]));
    try {
      const heard = await reader.hears("the router", isOf("routerHeard"));
      ok("router" in heard);
      deepStrictEqual([heard.link, heard.router.address], ["eth1", ROUTER]);
      match(heard.router.mac ?? "", /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    } catch (error) {
      await router.end("SIGKILL");
      throw error;
    }
    try {
      // It may have come in the same moment as its router, before or behind it.
      const made = reader.events.find(isOf("domainMade")) ??
        await reader.hears("the domain", isOf("domainMade"));
      ok("domain" in made);
      deepStrictEqual([made.id, made.link, made.domain.mtu, made.domain.routers[0]?.address], [
        ...[ID, "eth1", 1400, ROUTER],
      ]);
      await waitForDomains((domains) => domains.length === 1 && domains[0]?.state === "ready");
      const [domain] = await listDomains();
      const isReady = (event: MonitorEvent) =>
        changes("state")(event) && "new" in event && event.new === "ready";
      if (made.domain.state !== "ready" && !reader.events.some(isReady)) await reader.hears("ready", isReady);
      const renewed = reader.events.length;
      router.reload(settings(["mtu = 1300", "[[interface.pvd.dnssl]]", 'domains = ["one.example"]']));
      const mtu = await reader.hears("another MTU", changes("mtu"));
      ok("old" in mtu && "key" in mtu);
      deepStrictEqual([mtu.event, mtu.key, mtu.old, mtu.new], [
        "domainChanged",
        `explicit eth1 ${ID}`,
        1400,
        1300,
      ]);
      const dnssl = reader.events.slice(renewed).find(changes("dnssl")) ??
        await reader.hears("a search domain", changes("dnssl"));
      ok("new" in dnssl);
      match(JSON.stringify(dnssl.new), /^{"domain":"one\.example","lifetimeS":\d+}$/);
      strictEqual((await router.end("SIGTERM")).status, 0);
      const removed = await reader.hears("the removal", isOf("domainRemoved"));
      ok("id" in removed);
      deepStrictEqual([removed.id, removed.link], [ID, "eth1"]);
      if (!reader.events.some(isOf("routerLost"))) await reader.hears("the router lost", isOf("routerLost"));
      // The router said much the same many times; each thing is told once.
      for (const kind of ["domainMade", "routerHeard", "routerLost", "domainRemoved"] as const) {
        strictEqual(reader.events.filter(isOf(kind)).length, 1, kind);
      }
      strictEqual(domain?.id, ID);
      strictEqual(reader.events.filter(changes("mtu")).length, 1);
    } finally {
      await router.end("SIGKILL");
      deepStrictEqual(await reader.interrupt(), { status: 130, stderr: "" });
    }
  },
);

alone(
  "monitor --link: what a router says is told also where no domain is made of it, and each later change",
  async () => {
    const router = await BenchRouter.start();
    const reader = await EventReader.start("--link", "eth1");
    const elsewhere = await runAs("bob", ["pvd", "monitor", "--link", "eth9"]);
    deepStrictEqual([elsewhere.status, elsewhere.stdout], [1, ""]);
    match(elsewhere.stderr, /^pvd: [^\n]*eth9[^\n]*\n$/);
    try {
      const rdnss = (lifetimeS: number): NdOption => ({
        type: "rdnss",
        addresses: ["2001:db8:10::53"],
        lifetimeS,
      });
      await router.send([plain([rdnss(3600)])]);
      const heard = await reader.hears("the router", isOf("routerHeard"));
      ok("router" in heard);
      const { address, lifetimeS, preference, hopLimit, prefixes } = heard.router;
      deepStrictEqual({ address, lifetimeS, preference, hopLimit, prefixes, rdnss: heard.router.rdnss }, {
        ...{ address: ROUTER, lifetimeS: 1800, preference: "medium", hopLimit: 64, prefixes: [] },
        rdnss: [{ address: "2001:db8:10::53", lifetimeS: 3600 }],
      });
      deepStrictEqual(await listDomains(), []);
      await router.send([plain([rdnss(60)], { preference: "high", managed: true })]);
      const changed = [
        await reader.hears("preference", changes("preference")),
        await reader.hears("managed", changes("managed")),
        await reader.hears("resolver", changes("rdnss")),
      ].map((event) => [event.event, "new" in event ? event.new : "?"]);
      deepStrictEqual(changed, [
        ["routerChanged", "high"],
        ["routerChanged", true],
        ["routerChanged", { address: "2001:db8:10::53", lifetimeS: 60 }],
      ]);
      // A second reader needs nothing else to know it all.
      const late = await EventReader.start("--link", "eth1");
      const [now] = late.events;
      ok(now !== undefined && "router" in now);
      deepStrictEqual([now.event, now.router.preference, now.router.rdnss.length], ["routerNow", "high", 1]);
      await late.interrupt();
      await router.send([plain([rdnss(1)], { routerLifetimeS: 0 })]);
      await reader.hears("no default router any more", changes("lifetimeS"));
      await reader.hears("the router lost", isOf("routerLost"));
      deepStrictEqual(reader.events.filter(({ event }) => event.startsWith("domain")), []);
    } finally {
      await router.stop();
      await reader.interrupt();
    }
  },
);

alone(
  "monitor and the bus: a flood of bad advertisements is a line a second, with the reason and their number",
  async () => {
    const router = await BenchRouter.start();
    const reader = await EventReader.start();
    const monitor = await Monitor.start();
    // Whole, but for an option that claims to have no length (RFC 4861 4.6).
    const bad = `${plain([])}0500000000000000`;
    const reason = "an option has the length 0";
    const counted = async () => {
      const { status } = JSON.parse((await run(["pvd", "status", "--json"])).stdout);
      const { invalid, invalidReasons } = status.advertisements;
      return { invalid: Number(invalid), ofReason: Number(invalidReasons[reason] ?? 0) };
    };
    try {
      const before = await counted();
      await router.send([bad], 20_000);
      const first = await reader.hears("a refusal", isOf("advertisementRefused"));
      ok("reason" in first);
      deepStrictEqual([first.link, first.source, first.reason, first.count], ["eth1", ROUTER, reason, 1]);
      let after = await counted();
      for (let last = before; after.ofReason !== last.ofReason;) [last, after] = [after, await counted()];
      strictEqual(after.invalid - before.invalid, after.ofReason - before.ofReason);
      ok(after.ofReason - before.ofReason > 1000);
      // The last event brings all that were counted.
      const isLast = (event: MonitorEvent) => "total" in event && event.total === after.ofReason;
      await reader.hears("all of them", isLast);
      const refusals = reader.events.flatMap((event) => "total" in event ? [event] : []);
      strictEqual(refusals.reduce((sum, { count }) => sum + count, 0), after.ofReason - before.ofReason);
      refusals.forEach(({ timeMs }, index) =>
        ok(index === 0 || timeMs - (refusals[index - 1]?.timeMs ?? 0) >= 999, "two within a second")
      );
      await monitor.hears(
        new RegExp(`AdvertisementRefused \\('eth1', '${ROUTER}', '${reason}', .*, uint64 1, `),
      );
      await monitor.hears(new RegExp(`AdvertisementRefused .*, uint64 ${after.ofReason}\\)`));
      strictEqual(
        monitor.signals.filter((each) => each.startsWith("AdvertisementRefused")).length,
        refusals.length,
      );
      // It is heard all the same.
      await router.send([plain([])]);
      await reader.hears("a good one", isOf("routerHeard"));
      await monitor.hears(new RegExp(`RouterHeard \\('eth1', '${ROUTER}'\\)`));
      await router.send([plain([], { routerLifetimeS: 0 })]);
      await monitor.hears(new RegExp(`RouterLost \\('eth1', '${ROUTER}'\\)`));
    } finally {
      await monitor.end();
      await reader.interrupt();
      await router.stop();
    }
  },
);

alone(
  "monitor: one that never reads stops neither the broker nor another monitor, and hears what it lost",
  async () => {
    const router = await BenchRouter.start();
    const reader = await EventReader.start("--link", "eth1");
    const idle = connectAs(findUser("alice").uid, CLIENT_SOCKET);
    sendMessage(idle, new TextEncoder().encode('{"type":"monitor","link":"eth1","renewals":true}'));
    const routes = (lifetimeS: number) =>
      Array.from({ length: 50 }, (_, n): NdOption => ({
        type: "route",
        prefix: `2001:db8:${n + 1}::/48`,
        preference: "medium",
        lifetimeS,
      }));
    try {
      await router.send([plain([])]);
      await reader.hears("the router", isOf("routerHeard"));
      // Each is fifty events and more: its routes came, or went.
      for (let round = 0; round < 60; round++) {
        for (const lifetimeS of [600, 0]) {
          await router.send([plain(routes(lifetimeS))]);
          const isLast = (event: MonitorEvent) =>
            "datum" in event && event.event === "routerChanged" && event.datum === "routes" &&
            (lifetimeS === 0 ? event.old : event.new) !== null &&
            JSON.stringify([event.old, event.new]).includes("2001:db8:32::/48");
          await reader.hears(`the last route of round ${round}, ${lifetimeS} s`, isLast);
        }
      }
      ok(!reader.events.some(isOf("lost")), "who reads loses nothing");
      strictEqual((await runAs("bob", ["pvd", "status"])).status, 0);
      let event = "";
      let read = 0;
      for (; event !== "lost"; read++) event = JSON.parse(await answer(idle) ?? "{}").event.event;
      ok(read > 100);
      const now: string[] = [];
      while (now.at(-1) !== "now") now.push(JSON.parse(await answer(idle) ?? "{}").event.event);
      ok(now.includes("routerNow"), now.join());
    } finally {
      closeFd(idle);
      await reader.interrupt();
      await router.send([plain(routes(0), { routerLifetimeS: 0 })]);
      await router.stop();
    }
  },
);

alone(
  "monitor: when the broker ends it says so in one sentence, 69; and so does one that is started then",
  async () => {
    const reader = await EventReader.start();
    await killBroker("SIGTERM");
    try {
      const ended = await reader.end();
      strictEqual(ended.status, 69);
      strictEqual(JSON.stringify(reader.events.at(-1)).includes('"unavailable"'), true);
      const { status, stdout, stderr } = await runAs("bob", ["pvd", "monitor"]);
      deepStrictEqual([status, stdout], [69, ""]);
      match(stderr, /^pvd: [^\n]+\n$/);
    } finally {
      await restartBroker();
    }
  },
);
