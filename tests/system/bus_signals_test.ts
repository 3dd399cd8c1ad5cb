// What `gdbus monitor` shows: one signal of net.pvd1 and one stateChanged of the old API for each change, and none
// where nothing changed. Runs in the lab; removes domains, and plays router for one test.

import { deepStrictEqual, ok } from "node:assert/strict";
import {
  allReady,
  DOCUMENTED_IDS,
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

function changed(values: string): string {
  return `PropertiesChanged ('net.pvd1.Domain', {${values}}, @as [])`;
}

function settings(searchDomain: string): string {
  return `${interfaceSettings()}[[interface.pvd]]
id = "${ID}"
[[interface.pvd.prefix]]
prefix = "2001:db8:1:1::/64"
[[interface.pvd.dnssl]]
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
