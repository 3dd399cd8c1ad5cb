// The client's cable is pulled out of one network and put into another: the new one's PvDs come at once, the old one's
// do not stay for their lifetimes. Runs in the lab with routers of its own; everything is put back as it was.

import { deepStrictEqual, ok } from "node:assert/strict";
import type { DomainView } from "../../lib/protocol.ts";
import { listDomains, onHost, startRouters, stopRouters, until, waitForDomains } from "../lab/lab.ts";
import { advertisementsReceived, linksOfStatus, untilHeard } from "./client_link.ts";
import { differences } from "./kernel_state.ts";
import { interfaceSettings, OwnRouter } from "./own_router.ts";

const OFFICE = "2001:db8:1:1::/64", HOME = "2001:db8:1:2::/64";
/** From the first advertisement of the new network on. */
const SOON_MS = 3_000;
/** The time that routers have to answer (broker/state/confirm.ts), and what it takes to end a domain. */
const CONFIRMED_MS = 12_000, ENDED_MS = CONFIRMED_MS + 3_000;

/** An implicit domain for a day. */
function settings(prefix: string): string {
  return `${interfaceSettings()}[[interface.prefix]]\nprefix = "${prefix}"\nvalid = 86400\npreferred = 86400\n`;
}

function prefixesOf(domains: readonly DomainView[]): string {
  return domains.map(({ state, prefixes }) => `${state} ${prefixes.map((each) => each.prefix)}`).sort()
    .join();
}

async function ipOnRouter(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await onHost("R1", ["ip", ...args]);
  ok(status === 0, stderr);
  return stdout;
}

/** What takes the router's place while the client is unplugged, and puts it back as it was. */
interface Change {
  readonly make: () => Promise<void>;
  readonly undo: () => Promise<void>;
}

/** The office, the change, home; `check` is called when home's router has been heard. */
async function moved(change: Change, check: () => Promise<void>): Promise<void> {
  await stopRouters();
  let router: OwnRouter | null = null;
  try {
    await waitForDomains((domains) => domains.length === 0);
    router = new OwnRouter(settings(OFFICE));
    await waitForDomains((domains) => prefixesOf(domains) === `ready ${OFFICE}`);
    await onHost("BR", ["ip", "link", "set", "client", "down"]);
    try {
      await until("the link is shown as down", async () => String(await linksOfStatus()) === "eth1,false");
      await router.end("SIGKILL");
      await change.make();
      router = new OwnRouter(settings(HOME));
      await router.says("advertises");
      deepStrictEqual(prefixesOf(await listDomains()), `ready ${OFFICE}`);
    } finally {
      const received = await advertisementsReceived();
      await onHost("BR", ["ip", "link", "set", "client", "up"]);
      await untilHeard(received);
    }
    await check();
  } finally {
    await router?.end("SIGTERM");
    await change.undo();
    await startRouters();
  }
}

Deno.test("another network whose router has the same address: within 3 s the old prefix is gone, the new one there", async () => {
  const [link]: { address: string }[] = JSON.parse(await ipOnRouter("-j", "link", "show", "eth1"));
  const setMac = async (mac: string) => void await ipOnRouter("link", "set", "eth1", "address", mac);
  const change = {
    make: () => setMac("02:00:00:00:09:99"),
    undo: () => setMac(link?.address ?? "?"),
  };
  await moved(change, async () => {
    const [domain] = await waitForDomains((domains) => prefixesOf(domains) === `ready ${HOME}`, SOON_MS);
    ok(domain !== undefined);
    await until("the kernel has it alone", async () => (await differences(domain)).length === 0, SOON_MS);
  });
});

Deno.test("another network whose router has another address: its domain comes at once, the old one goes in time", async () => {
  const swap = async (from: string, to: string) => {
    await ipOnRouter("addr", "del", `${from}/64`, "dev", "eth1");
    await ipOnRouter("addr", "add", `${to}/64`, "dev", "eth1", "nodad");
  };
  const change = { make: () => swap("fe80::1", "fe80::9"), undo: () => swap("fe80::9", "fe80::1") };
  await moved(change, async () => {
    const heardAt = performance.now();
    await waitForDomains((domains) => prefixesOf(domains).includes(`ready ${HOME}`), SOON_MS);
    await waitForDomains((domains) => prefixesOf(domains) === `ready ${HOME}`, ENDED_MS);
    ok(
      performance.now() - heardAt > CONFIRMED_MS - 1_000,
      "what might be the same network is not ended sooner",
    );
  });
});
