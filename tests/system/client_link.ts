// The client's link, eth1, and the broker that listens on it: changed and put back by tests. Works in the lab; runs
// ip(8), writes the broker's settings.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { tryCell } from "../demo/cells.ts";
import { allReady, DOCUMENTED_IDS, onHost, restartBroker, run, until, waitForDomains } from "../lab/lab.ts";
import { netnsPath } from "../lab/paths.ts";
import { brokerSettings } from "../lab/services.ts";
import { CLIENT_INDEX, CLIENT_MAC } from "../lab/topology.ts";
import { differences } from "./kernel_state.ts";

const SETTINGS = "/etc/pvd/pvd.toml";

/** Router Solicitations from the client's link, as a capture filter. When carriers change, the kernel sends some for other
 * interfaces of the lab too, and the bridge passes them on. */
export function solicitationsFrom(mac: string = CLIENT_MAC): string {
  return `icmp6 and ip6[40] == 133 and ether src ${mac}`;
}

/** When to bring about a solicitation again. The last one was less than a second ago: the next waits, and a router that is
 * heard meanwhile saves it. */
export const SOLICITED_AFTER_MS = 2_000;

/** Runs ip(8) on the client; it has to succeed. */
export async function ip(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await run(["ip", ...args]);
  strictEqual(status, 0, stderr);
  return stdout;
}

/** The lab's four domains are there again, and one of them reaches its server. */
export async function fourThatWork(): Promise<void> {
  await waitForDomains(allReady(4));
  const cell = {
    id: DOCUMENTED_IDS.R1.explicit,
    kind: "explicit",
    server: "S1",
    expected: "reached S1",
  } as const;
  await until("the domain reaches its server", async () => await tryCell(cell) === cell.expected);
}

/** What the four domains say is what the kernel has. */
export async function asInTheKernel(): Promise<void> {
  let found: readonly string[] = ["nothing was compared"];
  const same = async () => {
    found = (await Promise.all((await waitForDomains(allReady(4))).map(differences))).flat();
    return found.length === 0;
  };
  await until("the domains are as in the kernel", same).catch(() => deepStrictEqual(found, []));
}

/** Whoever waits for a PvD on a link that is back is not to notice more. */
const SOON_MS = 3_000;

/** When a router is heard after so many advertisements, the four domains work within three seconds. */
export async function fourWorkSoon(received: number): Promise<void> {
  await untilHeard(received);
  const heardAt = performance.now();
  await fourThatWork();
  const ms = Math.round(performance.now() - heardAt);
  ok(ms < SOON_MS, `after the first advertisement it took ${ms} ms`);
}

/** Until there are more advertisements than so many. */
export async function untilHeard(received: number): Promise<void> {
  await until("a router is heard", async () => await advertisementsReceived() > received);
}

/** How many advertisements the broker has heard since its start. */
export async function advertisementsReceived(): Promise<number> {
  return (await status()).advertisements.received;
}

interface StatusLink {
  readonly name: string;
  readonly up: boolean;
  readonly problem: string | null;
}

interface Status {
  readonly links: readonly StatusLink[];
  readonly advertisements: { readonly received: number };
}

async function status(): Promise<Status> {
  const { status }: { status: Status } = JSON.parse((await run(["pvd", "status", "--json"])).stdout);
  return status;
}

/** Name and whether it is up, of each link that `pvd status` shows. */
export async function linksOfStatus(): Promise<readonly (readonly [string, boolean])[]> {
  return (await status()).links.map(({ name, up }) => [name, up] as const);
}

/** What `pvd status` says is wrong with the one link there is. */
export async function linkProblem(): Promise<string | null> {
  return (await status()).links[0]?.problem ?? null;
}

/** Plugs the client's link in again after it was deleted. */
export async function addLink(index: number = CLIENT_INDEX): Promise<void> {
  await ip(
    ...["link", "add", "eth1", "index", String(index), "address", CLIENT_MAC, "type", "veth"],
    ...["peer", "name", "client", "netns", netnsPath("BR")],
  );
  await onHost("BR", ["ip", "link", "set", "client", "master", "lan", "up"]);
  await ip("link", "set", "eth1", "up");
}

/** Runs `body` with a broker that has these settings in place of its `links`, and then with the lab's again. */
export async function withSettings(lines: readonly string[], body: () => Promise<void>): Promise<void> {
  const usual = brokerSettings();
  Deno.writeTextFileSync(SETTINGS, usual.replace(/^links = .*\n/, `${lines.join("\n")}\n`));
  try {
    await restartBroker();
    await body();
  } finally {
    Deno.writeTextFileSync(SETTINGS, usual);
    await restartBroker();
  }
}
