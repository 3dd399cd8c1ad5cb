// The part of `pvd check` that runs in the PvD, as any program there: what the network is, who answers. It prints one
// JSON document, for the part outside to judge, and asks nobody but the PvD's own routers and resolvers.

import { print } from "../terminal.ts";
import { safeJson } from "../../lib/escape.ts";
import { linkTarget, readTextFile } from "../../lib/linux/fd.ts";
import { lookUp } from "../../lib/linux/lookup.ts";
import { addresses, interfaces, routes } from "../../lib/linux/network_view.ts";
import { askResolver } from "./ask_resolver.ts";
import { askRouter } from "./ask_router.ts";
import type { Found } from "./found.ts";
import { nameServices, nameSources } from "./name_services.ts";

const RESOLVER_FILE = "/etc/resolv.conf";
/** More than the C library ever uses (MAXNS), and few enough to ask at once. */
const MAX_ASKED = 16;

/** `name` null: no name is looked up. */
export async function checkInside(name: string | null): Promise<number> {
  const [routers, resolvers, lookups] = await Promise.all([
    Promise.all(gateways().slice(0, MAX_ASKED).map(askRouter)),
    Promise.all(
      nameservers(readTextFile(RESOLVER_FILE) ?? "").slice(0, MAX_ASKED)
        .map((server) => askResolver(server, name)),
    ),
    name === null ? [] : Promise.all((["inet6", "inet"] as const).map((family) => timedLookup(name, family))),
  ]);
  print(`${safeJson({ ...networkNow(), routers, resolvers, lookups, ...sourcesNow() } satisfies Found)}\n`);
  return 0;
}

function networkNow(): Pick<Found, "namespace" | "interfaces" | "addresses" | "routes"> {
  const links = interfaces();
  const nameOf = (index: number) => links.find((link) => link.index === index)?.name ?? `${index}`;
  return {
    namespace: linkTarget("/proc/self/ns/net") ?? "",
    interfaces: links.map(({ name, up, loopback }) => ({ name, up, loopback })),
    addresses: addresses().filter((each) => each.global && !isLoopback(each.address)).map((each) => ({
      interface: nameOf(each.index),
      family: each.family,
      address: each.address,
      state: each.state,
    })),
    routes: routes().map((each) => ({
      interface: nameOf(each.index),
      family: each.family,
      prefix: each.prefix,
      gateway: each.gateway,
    })),
  };
}

function sourcesNow(): Pick<Found, "nameSources" | "services"> {
  return { nameSources: nameSources(), services: nameServices() };
}

function isLoopback(address: string): boolean {
  return address === "::1" || address.startsWith("127.");
}

function gateways(): { readonly address: string; readonly index: number }[] {
  const all = new Map<string, { readonly address: string; readonly index: number }>();
  for (const { gateway, index } of routes()) {
    if (gateway !== null) all.set(`${gateway}%${index}`, { address: gateway, index });
  }
  return [...all.values()];
}

/** Pure: the servers that a resolver file (resolv.conf(5)) names. */
export function nameservers(file: string): string[] {
  return [...file.matchAll(/^nameserver[ \t]+(\S+)/gm)].map(([, address = ""]) => address);
}

async function timedLookup(name: string, family: "inet" | "inet6"): Promise<Found["lookups"][number]> {
  const start = performance.now();
  const { code, addresses: found } = await lookUp(name, family);
  return {
    family,
    code,
    addresses: [...new Set(found)],
    ms: Math.round(performance.now() - start),
  };
}
