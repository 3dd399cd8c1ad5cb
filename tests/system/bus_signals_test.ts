// What `gdbus monitor` shows: one signal of net.pvd1 and one stateChanged of the old API for each change, and none
// where nothing changed. Runs in the lab; removes domains, and plays router for one test.

import { deepStrictEqual, ok } from "node:assert/strict";
import {
  allReady,
  DOCUMENTED_IDS,
  listDomains,
  run,
  startRouters,
  stopRouters,
  until,
  waitForDomains,
} from "../lab/lab.ts";
import { callAs, errorNames, MANAGER, pathOf, removeDomain } from "./bus_caller.ts";
import { Monitor } from "./bus_monitor.ts";
import { interfaceSettings, OwnRouter } from "./own_router.ts";

const [FIRST, SECOND] = [DOCUMENTED_IDS.R1.explicit, DOCUMENTED_IDS.R2.explicit];
const SOLICIT = { ...MANAGER, member: "Solicit", signature: "s", args: [""] };
const ID = "signals.example.org";
const DOMAIN = `[[interface.pvd]]
id = "${ID}"
[[interface.pvd.prefix]]
prefix = "2001:db8:1:1::/64"
`;

Deno.test("signals: routers that say the same again give none; a domain that goes and comes gives one each", async () => {
  await waitForDomains(allReady(4));
  const [first, second] = [await pathOf(FIRST), await pathOf(SECOND)];
  const monitor = await Monitor.start();
  try {
    const before = await advertisementsHeard();
    await callAs("bob", SOLICIT);
    await until("both routers have answered", async () => await advertisementsHeard() >= before + 2);
    deepStrictEqual(errorNames(await callAs("root", removeDomain(first))), [""]);
    await callAs("bob", SOLICIT);
    await monitor.hears(/InterfacesAdded/);
    await waitForDomains(allReady(4));
    const again = await pathOf(FIRST);
    // Signals come in order: whatever the first change gave is before this one's.
    await callAs("root", removeDomain(second));
    await monitor.hears(new RegExp(`InterfacesRemoved .*${second}'`));
    const signals = monitor.signals;
    const end = signals.findIndex((signal) =>
      signal.startsWith("InterfacesRemoved") && signal.includes(second)
    );
    const wasReady = signals.some((signal) => /^InterfacesAdded .*'State': <'ready'>/.test(signal));
    deepStrictEqual(signals.slice(0, end).map((signal) => signal.replace(/, \{'net.*/, "")), [
      `InterfacesRemoved (objectpath '${first}', ['net.pvd1.Domain'])`,
      `stateChanged ('${FIRST}',)`,
      `InterfacesAdded (objectpath '${again}'`,
      `stateChanged ('${FIRST}',)`,
      // It came before it was ready: that is another change.
      ...(wasReady ? [] : [changed(`'State': <'ready'>`), `stateChanged ('${FIRST}',)`]),
    ]);
  } finally {
    await monitor.end();
    await callAs("bob", SOLICIT);
    await waitForDomains(allReady(4));
  }
});

Deno.test("signals: another value gives one PropertiesChanged, with that property alone", async () => {
  await stopRouters();
  await waitForDomains((domains) => domains.length === 0);
  const router = new OwnRouter(settings("one.example"));
  try {
    await waitForDomains(allReady(1));
    const path = await pathOf(ID);
    const monitor = await Monitor.start();
    try {
      router.reload(settings("two.example"));
      await monitor.hears(/PropertiesChanged .*two\.example/);
      await callAs("root", removeDomain(path));
      await monitor.hears(/InterfacesRemoved/);
      const signals = monitor.signals;
      const end = signals.findIndex((signal) => signal.startsWith("InterfacesRemoved"));
      deepStrictEqual(signals.slice(0, end), [
        changed(`'Dnssl': <['two.example']>`),
        `stateChanged ('${ID}',)`,
      ]);
    } finally {
      await monitor.end();
    }
  } finally {
    await router.end("SIGTERM");
    await waitForDomains((domains) => domains.length === 0);
    await startRouters();
  }
});

Deno.test("signals: an address that a router deprecates, and one whose time is over, are told as Deprecated", async () => {
  await stopRouters();
  await waitForDomains((domains) => domains.length === 0);
  const router = new OwnRouter(preferredFor(3600));
  try {
    const [domain] = await waitForDomains(allReady(1));
    const path = await pathOf(ID);
    const deprecated = changed(`'Deprecated': <['${domain?.addresses[0]?.address}']>`);
    const preferred = changed(`'Deprecated': <@as []>`);
    const monitor = await Monitor.start();
    const hears = (signal: string, times: number) =>
      until(
        `${signal} is heard`,
        () => Promise.resolve(monitor.signals.filter((each) => each === signal).length === times),
      );
    try {
      router.reload(preferredFor(0));
      await hears(deprecated, 1);
      router.reload(preferredFor(3));
      await hears(preferred, 1);
      // Nobody says anything any more.
      await router.end("SIGKILL");
      await hears(deprecated, 2);
      await callAs("root", removeDomain(path));
      await monitor.hears(/InterfacesRemoved/);
      const signals = monitor.signals;
      const end = signals.findIndex((signal) => signal.startsWith("InterfacesRemoved"));
      const stateChanged = `stateChanged ('${ID}',)`;
      deepStrictEqual(
        signals.slice(0, end),
        [deprecated, preferred, deprecated].flatMap((signal) => [signal, stateChanged]),
      );
    } finally {
      await monitor.end();
    }
  } finally {
    await router.end("SIGTERM");
    for (const { id } of await listDomains()) await callAs("root", removeDomain(await pathOf(id)));
    await waitForDomains((domains) => domains.length === 0);
    await startRouters();
  }
});

function changed(values: string): string {
  return `PropertiesChanged ('net.pvd1.Domain', {${values}}, @as [])`;
}

/** The prefix, for so many seconds; nothing else of the domain ends meanwhile. */
function preferredFor(seconds: number): string {
  return `${interfaceSettings(["router_lifetime = 600"])}${DOMAIN}preferred = ${seconds}\n`;
}

function settings(searchDomain: string): string {
  return `${interfaceSettings()}${DOMAIN}[[interface.pvd.dnssl]]
domains = ["${searchDomain}"]
`;
}

/** Also those that were not looked at because nothing in them is new. */
async function advertisementsHeard(): Promise<number> {
  const { status } = JSON.parse((await run(["pvd", "status", "--json"])).stdout);
  const { received, coalesced } = status.advertisements;
  ok(Number.isInteger(received) && Number.isInteger(coalesced));
  return received;
}
