// The client's link loses its carrier, goes down, changes its name, goes and comes back: domains come back with it.
// Runs in the lab; everything is put back as it was.

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { allReady, DOCUMENTED_IDS, onHost, run, until, waitForDomains } from "../lab/lab.ts";
import { tryCell } from "../demo/cells.ts";
import { netnsPath } from "../lab/paths.ts";

async function ip(...args: string[]): Promise<void> {
  const { status, stderr } = await run(["ip", ...args]);
  strictEqual(status, 0, stderr);
}

async function fourThatWork(): Promise<void> {
  await waitForDomains(allReady(4));
  const cell = {
    id: DOCUMENTED_IDS.R1.explicit,
    kind: "explicit",
    server: "S1",
    expected: "reached S1",
  } as const;
  await until("the domain reaches its server", async () => await tryCell(cell) === cell.expected);
}

async function linksOfStatus(): Promise<unknown> {
  const { status } = JSON.parse((await run(["pvd", "status", "--json"])).stdout);
  return status.links.map(({ name, up }: { name: string; up: boolean }) => [name, up]);
}

Deno.test("link: without carrier pvd status says down, and with it the domains work again", async () => {
  await onHost("BR", ["ip", "link", "set", "client", "down"]);
  await until("the link is shown as down", async () => String(await linksOfStatus()) === "eth1,false");
  await onHost("BR", ["ip", "link", "set", "client", "up"]);
  await fourThatWork();
  deepStrictEqual(await linksOfStatus(), [["eth1", true]]);
});

Deno.test("link: set down and up again, its domains work again", async () => {
  await ip("link", "set", "eth1", "down");
  await until("the link is shown as down", async () => String(await linksOfStatus()) === "eth1,false");
  await ip("link", "set", "eth1", "up");
  await fourThatWork();
});

Deno.test("link: one that gets a name which is not listened to loses its domains, and gets them back", async () => {
  await ip("link", "set", "eth1", "down");
  await ip("link", "set", "eth1", "name", "other0", "up");
  await waitForDomains((domains) => domains.length === 0);
  await ip("link", "set", "other0", "down");
  await ip("link", "set", "other0", "name", "eth1", "up");
  await fourThatWork();
});

Deno.test("link: one that goes takes its domains along, and one of the same name that comes brings them back", async () => {
  await ip("link", "del", "eth1");
  await waitForDomains((domains) => domains.length === 0);
  const { stdout } = await run(["ip", "netns", "list"]);
  strictEqual(stdout.trim(), "");
  const mac = "02:00:00:00:01:01";
  await ip(
    ...["link", "add", "eth1", "index", "21", "address", mac, "type", "veth", "peer", "name", "client"],
    ...["netns", netnsPath("BR")],
  );
  await onHost("BR", ["ip", "link", "set", "client", "master", "lan", "up"]);
  await ip("link", "set", "eth1", "up");
  await fourThatWork();
});
