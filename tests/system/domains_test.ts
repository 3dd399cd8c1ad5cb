// The four domains of test case 1: what `pvd` says of them and what the kernel has in their namespaces. Runs in the
// lab; changes nothing.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { DOCUMENTED_IDS, listDomains, onHost, run, runAs } from "../lab/lab.ts";

interface IpAddress {
  readonly family: string;
  readonly local: string;
  readonly prefixlen: number;
  readonly scope: string;
  readonly valid_life_time: number;
}
interface IpLink {
  readonly ifname: string;
  readonly addr_info: readonly IpAddress[];
}
interface IpRoute {
  readonly dst: string;
  readonly gateway?: string;
  readonly dev?: string;
  readonly expires?: number;
}

const PREFIXES: Readonly<Record<string, string>> = {
  [DOCUMENTED_IDS.R1.implicit]: "2001:db8:1:1:",
  [DOCUMENTED_IDS.R1.explicit]: "2001:db8:1:2:",
  [DOCUMENTED_IDS.R2.implicit]: "2001:db8:2:1:",
  [DOCUMENTED_IDS.R2.explicit]: "2001:db8:2:2:",
};

async function ip<T>(namespace: string, ...args: string[]): Promise<T[]> {
  const parsed: T[] = JSON.parse((await run(["ip", "-j", "-n", namespace, ...args])).stdout);
  return parsed;
}

Deno.test("discovery: the four documented domains are there, and no other", async () => {
  const domains = await listDomains();
  deepStrictEqual(domains.map(({ id }) => id).sort(), Object.keys(PREFIXES).sort());
  for (const { state, link, encoding, kind } of domains) {
    deepStrictEqual([state, link, encoding], ["ready", "eth1", kind === "explicit" ? "mif" : "ra"]);
  }
});

Deno.test("discovery: each namespace has the domain's address, as the domain says it, with its lifetime", async () => {
  for (const { id, namespace, addresses } of await listDomains()) {
    const links = await ip<IpLink>(namespace, "addr");
    deepStrictEqual(links.map(({ ifname }) => ifname).sort(), ["lo", "mifpvd"]);
    const global = links.flatMap((link) => link.addr_info).filter(({ scope }) => scope === "global");
    deepStrictEqual(global.map(({ local }) => local), addresses.map(({ address }) => address));
    for (const { local, valid_life_time } of global) {
      ok(local.startsWith(PREFIXES[id] ?? "?"), `${local} is not of ${id}`);
      ok(valid_life_time > 86_000 && valid_life_time <= 86_400);
    }
  }
});

Deno.test("discovery: each namespace has its own router as only way out, with its lifetime", async () => {
  for (const { namespace, routers } of await listDomains()) {
    const routes = await ip<IpRoute>(namespace, "-6", "route");
    const out = routes.filter(({ dst }) => dst === "default");
    deepStrictEqual(out.map(({ gateway }) => gateway), routers.map(({ address }) => address));
    for (const { expires = 0 } of out) ok(expires > 0 && expires <= 12);
  }
});

Deno.test("discovery: the host's own network takes nothing of what the routers offer", async () => {
  const addresses = JSON.parse(
    (await run(["ip", "-j", "-6", "addr", "show", "dev", "eth1", "scope", "global"])).stdout,
  );
  deepStrictEqual(addresses.flatMap((link: Partial<IpLink>) => link.addr_info ?? []), []);
  const { stdout } = await run(["ip", "-6", "route", "show", "default"]);
  strictEqual(stdout, "");
});

Deno.test("discovery: ip netns shows the domains' namespaces, and only these", async () => {
  const { stdout } = await run(["ip", "netns", "list"]);
  const names = stdout.trim().split("\n").map((line) => line.split(" ")[0]).sort();
  deepStrictEqual(names, (await listDomains()).map(({ namespace }) => namespace).sort());
});

Deno.test("pvd show: a domain is found by the beginning of its id and by its namespace", async () => {
  const [domain] = await listDomains();
  ok(domain !== undefined);
  for (const word of [DOCUMENTED_IDS.R1.implicit.slice(0, 6), DOCUMENTED_IDS.R1.implicit.toUpperCase()]) {
    const { status, stdout } = await runAs("alice", ["pvd", "show", word, "--json"]);
    strictEqual(status, 0);
    strictEqual(JSON.parse(stdout).domain.id, DOCUMENTED_IDS.R1.implicit);
  }
  const byNamespace = await runAs("alice", ["pvd", "show", domain.namespace]);
  match(byNamespace.stdout, new RegExp(domain.id));
});

Deno.test("pvd show: an unknown domain is an error that lists near names", async () => {
  const near = DOCUMENTED_IDS.R1.implicit.replace(/.$/, "0");
  const { status, stderr } = await runAs("alice", ["pvd", "show", near]);
  strictEqual(status, 1);
  match(stderr, new RegExp(DOCUMENTED_IDS.R1.implicit));
});

Deno.test("pvd show: the beginning of two ids is refused, and both are named", async () => {
  const { status, stderr } = await runAs("alice", ["pvd", "show", "f037"]);
  strictEqual(status, 1);
  match(stderr, new RegExp(DOCUMENTED_IDS.R1.explicit));
  match(stderr, new RegExp(DOCUMENTED_IDS.R2.explicit));
});

Deno.test("pvd status: broker, helper and link are shown as they are", async () => {
  const { stdout } = await runAs("bob", ["pvd", "status", "--json"]);
  const { status } = JSON.parse(stdout);
  deepStrictEqual([status.helper.connected, status.domains], [true, 4]);
  deepStrictEqual(
    status.links.map((
      link: { name: string; up: boolean; listening: boolean },
    ) => [link.name, link.up, link.listening]),
    [["eth1", true, true]],
  );
});

Deno.test("lab: the routers know nothing of each other's servers", async () => {
  const { stdout } = await onHost("R1", ["ip", "-6", "route", "get", "2001:db8:20::2"]);
  strictEqual(stdout, "");
});
