// The client's link loses its carrier, goes down, changes its name, goes and comes back: domains come back with it.
// Runs in the lab; everything is put back as it was.

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { onHost, run, until, waitForDomains } from "../lab/lab.ts";
import {
  addLink,
  advertisementsReceived,
  fourThatWork,
  fourWorkSoon,
  ip,
  linksOfStatus,
} from "./client_link.ts";

Deno.test("link: without carrier pvd status says down, and with it the domains work again", async () => {
  await onHost("BR", ["ip", "link", "set", "client", "down"]);
  await until("the link is shown as down", async () => String(await linksOfStatus()) === "eth1,false");
  const received = await advertisementsReceived();
  await onHost("BR", ["ip", "link", "set", "client", "up"]);
  await fourWorkSoon(received);
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
  const received = await advertisementsReceived();
  await addLink(21);
  await fourWorkSoon(received);
});
