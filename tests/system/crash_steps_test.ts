// SIGKILL of helper or broker in the middle of making and of removing a domain, a little later each time: what is there
// afterwards is what is there after a fresh start, and nothing else. Runs in the lab, with nobody advertising but the
// tests.

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { namesIn } from "../../lib/linux/fd.ts";
import { killBroker, killHelper, listDomains, restartBroker, restartHelper, until } from "../lab/lab.ts";
import { withoutRouters } from "./advertise_lab.ts";
import { Announcer } from "./announcer.ts";
import { differences } from "./kernel_state.ts";
import { ip } from "./client_link.ts";

const ID = "steps.example.org";
/** What is lost with a process that was killed is told again. */
const SAY_AGAIN_MS = 300;
const PATIENCE_MS = 15_000;

const EACH_MS = Array.from({ length: 21 }, (_, ms) => ms);
/** With the times from the advertisement to the signal, in ms. The helper has made a domain in less than the longest; the
 * broker keeps it for its next start a tenth of a second after. */
const VICTIMS = {
  helper: { kill: () => killHelper("SIGKILL"), start: restartHelper, delays: [...EACH_MS, 40] },
  broker: {
    kill: () => killBroker("SIGKILL"),
    start: restartBroker,
    delays: [...EACH_MS.filter((ms) => ms % 2 === 0), 40, 70, 100, 110, 150],
  },
} as const;

/** What domains leave outside of themselves. */
const FOLDERS = {
  names: "/run/netns",
  resolvers: "/etc/netns",
  records: "/run/pvd-helper/domains",
} as const;

withoutRouters();

type Traces = Readonly<Record<string, readonly string[]>>;

/** Names in each folder, and of the client's interfaces. */
async function traces(): Promise<Traces> {
  const entries = Object.entries(FOLDERS).map(([what, folder]) => [what, namesIn(folder).sort()] as const);
  const links: { readonly ifname: string }[] = JSON.parse(await ip("-j", "link"));
  return { ...Object.fromEntries(entries), links: links.map(({ ifname }) => ifname).sort() };
}

/** Done when the domain is ready, or gone; the router says so again until then. */
async function settled(router: Announcer, isThere: boolean): Promise<void> {
  let saidAt = performance.now();
  await until(isThere ? "the domain is ready" : "the domain is gone", async () => {
    const states = (await listDomains()).map(({ id, state }) => `${id} ${state}`);
    if (states.join() === (isThere ? `${ID} ready` : "")) return true;
    if (performance.now() - saidAt > SAY_AGAIN_MS) {
      await router.say(isThere);
      saidAt = performance.now();
    }
    return false;
  }, PATIENCE_MS);
}

/** What is there is `before`, and what one domain has where it is to be there. Gives its addresses. */
async function isAsFresh(before: Traces, isThere: boolean, when: string): Promise<string[]> {
  const domains = await listDomains();
  const handles = domains.map(({ namespace }) => namespace);
  strictEqual(handles.length, isThere ? 1 : 0, when);
  const own = Object.keys(FOLDERS).map((what) => [what, [...before[what] ?? [], ...handles].sort()]);
  const wanted = { ...before, ...Object.fromEntries(own) };
  let found = await traces();
  // A namespace's name goes with the answer to its removal, a moment after the list.
  await until("nothing else is left", async () => {
    found = await traces();
    return same(found, wanted);
  }, 5_000).catch(() => deepStrictEqual(found, wanted, when));
  for (const domain of domains) deepStrictEqual(await differences(domain), [], when);
  return domains.flatMap((domain) => domain.addresses.map(({ address }) => address));
}

function same(one: Traces, other: Traces): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

for (const [victim, { kill, start, delays }] of Object.entries(VICTIMS)) {
  Deno.test(`19: ${victim}: SIGKILL at each step of making and of removing a domain, and all is as after a fresh start`, async () => {
    await using router = new Announcer(ID);
    const before = await traces();
    const addresses = new Set<string>();
    const met = { made: new Set<boolean>(), removed: new Set<boolean>() };
    for (const ms of delays) {
      for (const isThere of [true, false]) {
        const what = isThere ? "made" : "removed";
        await router.say(isThere);
        await new Promise((resolve) => setTimeout(resolve, ms));
        await kill();
        met[what].add(same(await traces(), before));
        await start();
        await settled(router, isThere);
        for (const each of await isAsFresh(before, isThere, `${what}, killed after ${ms} ms`)) {
          addresses.add(each);
        }
      }
    }
    strictEqual(addresses.size, 1, "the same domain has the same address each time");
    // Else it was never killed in the middle, nor on either side of it.
    deepStrictEqual([met.made.size, met.removed.size], [2, 2]);
  });
}
