// What routers take back, or let run out, goes; what is in use is kept until it is not. Runs in the lab with a router
// of its own in place of the lab's.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { DomainView } from "../../lib/protocol.ts";
import {
  firstLine,
  killBroker,
  listDomains,
  outcome,
  restartBroker,
  run,
  runAs,
  spawnAs,
  startRouters,
  stopRouters,
  until,
  waitForDomains,
} from "../lab/lab.ts";
import { domainSettings, interfaceSettings, OwnRouter, SHORT_LIVED } from "./own_router.ts";

const LONG_LIVED = { id: "long.example.org", prefix: "2001:db8:1:2::/64", lifetimeS: 3600 };

function ready(...ids: string[]): (domains: readonly DomainView[]) => boolean {
  const wanted = ids.toSorted().join();
  return (domains) =>
    domains.map(({ id }) => id).sort().join() === wanted && domains.every(({ state }) => state === "ready");
}

async function namespaces(): Promise<number> {
  return (await run(["ip", "netns", "list"])).stdout.split("\n").filter((line) => line !== "").length;
}

/** Runs a test with nobody advertising but the test. */
function alone(name: string, body: () => Promise<void>): void {
  Deno.test(name, async () => {
    await stopRouters();
    try {
      await waitForDomains(ready());
      await body();
    } finally {
      await startRouters();
    }
  });
}

alone("goodbye: all domains of the router end, and their namespaces with them", async () => {
  await until("no namespace is left", async () => await namespaces() === 0);
});

alone("goodbye: a domain in use is kept until the program is gone", async () => {
  const router = new OwnRouter(interfaceSettings() + domainSettings(LONG_LIVED));
  const [domain] = await waitForDomains(ready(LONG_LIVED.id));
  const child = spawnAs("alice", [
    "pvd",
    "run",
    LONG_LIVED.id,
    "sh",
    "-c",
    "echo up; read -r line; echo $line",
  ]);
  strictEqual(await firstLine(child), "up");
  strictEqual((await router.end("SIGTERM")).status, 0);
  await waitForDomains((domains) => domains.length === 1 && domains[0]?.state === "ending");
  ok((await run(["ip", "netns", "list"])).stdout.includes(domain?.namespace ?? "?"));
  deepStrictEqual(await outcome(child, "still here\n"), { status: 0, stdout: "still here\n", stderr: "" });
  await waitForDomains(ready());
  await until("no namespace is left", async () => await namespaces() === 0);
});

alone("expiry: a router that falls silent is forgotten when its lifetimes are over", async () => {
  const lifetime = ["router_lifetime = 6"];
  const router = new OwnRouter(interfaceSettings(lifetime) + domainSettings(SHORT_LIVED));
  await waitForDomains(ready(SHORT_LIVED.id));
  await router.end("SIGKILL");
  await waitForDomains(ready());
  await until("no namespace is left", async () => await namespaces() === 0);
});

alone("expiry: the kernel ends a domain's address even when no broker is there", async () => {
  // The kernel may have half of it left: the broker lets that much run out.
  const router = new OwnRouter(interfaceSettings() + domainSettings({ ...SHORT_LIVED, lifetimeS: 12 }));
  const [domain] = await waitForDomains(ready(SHORT_LIVED.id));
  await killBroker("SIGKILL");
  try {
    await router.end("SIGKILL");
    const global = [
      "ip",
      "-n",
      domain?.namespace ?? "",
      "-6",
      "addr",
      "show",
      "dev",
      "mifpvd",
      "scope",
      "global",
    ];
    match((await run(global)).stdout, /2001:db8:1:1:/);
    await until("the address is gone", async () => (await run(global)).stdout === "", 30_000);
  } finally {
    await restartBroker();
  }
  await waitForDomains(ready());
  await until("no namespace is left", async () => await namespaces() === 0);
});

alone("router lifetime 0: the way out goes, the addresses stay", async () => {
  const router = new OwnRouter(interfaceSettings() + domainSettings(LONG_LIVED));
  try {
    const [domain] = await waitForDomains(ready(LONG_LIVED.id));
    const namespace = domain?.namespace ?? "";
    const routes = async () => (await run(["ip", "-n", namespace, "-6", "route", "show", "default"])).stdout;
    match(await routes(), /via fe80::1/);
    router.reload(interfaceSettings(["router_lifetime = 0"]) + domainSettings(LONG_LIVED));
    await until("no default route is left", async () => await routes() === "");
    const [after] = await listDomains();
    deepStrictEqual([after?.id, after?.namespace, after?.routers], [LONG_LIVED.id, namespace, []]);
    strictEqual(after?.addresses.length, 1);
  } finally {
    await router.end("SIGTERM");
  }
});

alone("withdrawal: a domain that its router takes back goes, the other stays and works", async () => {
  const other = { ...LONG_LIVED, id: "other.example.org", prefix: "2001:db8:1:1::/64" };
  const router = new OwnRouter(interfaceSettings() + domainSettings(LONG_LIVED) + domainSettings(other));
  try {
    await waitForDomains(ready(LONG_LIVED.id, other.id));
    router.reload(interfaceSettings() + domainSettings(other));
    await waitForDomains(ready(other.id));
    strictEqual((await runAs("alice", ["pvd", "run", other.id, "true"])).status, 0);
  } finally {
    await router.end("SIGTERM");
  }
});

alone("renumbering: a new prefix replaces the old one in the same namespace", async () => {
  const router = new OwnRouter(interfaceSettings() + domainSettings(LONG_LIVED));
  try {
    const [before] = await waitForDomains(ready(LONG_LIVED.id));
    router.reload(interfaceSettings() + domainSettings({ ...LONG_LIVED, prefix: "2001:db8:1:1::/64" }));
    const [after] = await waitForDomains((domains) =>
      domains.some(({ addresses }) => addresses.some(({ address }) => address.startsWith("2001:db8:1:1:")))
    );
    strictEqual(after?.namespace, before?.namespace);
    await until("one namespace is left", async () => await namespaces() === 1);
  } finally {
    await router.end("SIGTERM");
  }
});
