// What the kernel has in a domain's namespace, as ip(8) tells it, and its resolver file, beside what `pvd` says that
// should be there. Runs ip(8) and reads that file; changes nothing.

import type { DomainView } from "../../lib/protocol.ts";
import { run } from "../lab/lab.ts";

/** The broker lets the kernel's lifetimes be this wrong before it has them renewed (broker/drift.ts): seconds, and a
 * share of long ones. */
const DRIFT_S = 5;
const DRIFT_SHARE = 0.1;
/** Both count in whole seconds, and are asked one after the other. */
const ROUNDING_S = 1;
/** How ip(8) prints what never ends. */
const FOREVER = 0xffff_ffff;

interface IpAddress {
  readonly local?: string;
  readonly prefixlen: number;
  readonly valid_life_time: number;
  readonly preferred_life_time: number;
  readonly deprecated?: boolean;
  readonly dadfailed?: boolean;
}
interface IpLink {
  readonly addr_info?: readonly IpAddress[];
}
interface IpRoute {
  readonly dst: string;
  readonly gateway?: string;
  readonly protocol: string;
  readonly metric: number;
  readonly expires?: number;
  readonly pref: string;
}

/** A datum by a name that says all of it but its lifetimes; null never ends. */
type Data = Map<string, readonly (number | null)[]>;

async function ip<T>(namespace: string, ...args: string[]): Promise<T[]> {
  const { stdout } = await run(["ip", "-j", "-n", namespace, "-6", ...args]);
  const parsed: T[] = JSON.parse(stdout === "" ? "[]" : stdout);
  return parsed;
}

/** The routes out of the namespace that advertisements made, best first. */
export async function kernelRoutes(namespace: string): Promise<readonly IpRoute[]> {
  const routes = await ip<IpRoute>(namespace, "route", "show", "dev", "mifpvd");
  return routes.filter(({ protocol }) => protocol === "ra").toSorted((one, other) =>
    one.metric - other.metric
  );
}

async function inKernel(namespace: string): Promise<Data> {
  const data: Data = new Map();
  const links = await ip<IpLink>(namespace, "addr", "show", "dev", "mifpvd", "scope", "global");
  const lifetime = (seconds: number) => seconds === FOREVER ? null : seconds;
  for (const each of links.flatMap(({ addr_info = [] }) => addr_info)) {
    if (each.local === undefined) continue;
    const marks = `${each.deprecated === true ? " deprecated" : ""}${
      each.dadfailed === true ? " failed" : ""
    }`;
    data.set(`address ${each.local}/${each.prefixlen}${marks}`, [
      lifetime(each.valid_life_time),
      lifetime(each.preferred_life_time),
    ]);
  }
  for (const { dst, gateway = "link", pref, expires = null } of await kernelRoutes(namespace)) {
    data.set(`route ${dst === "default" ? "::/0" : dst} via ${gateway} ${pref}`, [expires]);
  }
  return data;
}

/** What of a domain should be in the kernel: on-link prefixes, routers, and routes, of which a ::/0 counts more than
 * its router's header (RFC 4191 3.1). */
function inView({ addresses, prefixes, routers, routes }: DomainView): Data {
  const data: Data = new Map();
  for (const { address, prefixLength, validS, preferredS } of addresses) {
    const marks = preferredS === 0 ? " deprecated" : "";
    data.set(`address ${address}/${prefixLength}${marks}`, [validS, preferredS]);
  }
  for (const { prefix, onLink, validS } of prefixes) {
    if (onLink) data.set(`route ${prefix} via link medium`, [validS]);
  }
  for (const { address, preference, lifetimeS } of routers) {
    if (routes.some(({ prefix, router }) => prefix === "::/0" && router === address)) continue;
    data.set(`route ::/0 via ${address} ${preference}`, [lifetimeS]);
  }
  for (const { prefix, router, preference, lifetimeS } of routes) {
    data.set(`route ${prefix} via ${router} ${preference}`, [lifetimeS]);
  }
  return data;
}

function resolverLines({ rdnss, dnssl }: DomainView): string[] {
  const search = dnssl.length === 0 ? [] : [`search ${dnssl.map(({ domain }) => domain).join(" ")}`];
  return [...rdnss.map(({ address }) => `nameserver ${address}`), ...search].sort();
}

function resolverFile(namespace: string): string[] {
  const lines = Deno.readTextFileSync(`/etc/netns/${namespace}/resolv.conf`).split("\n");
  // "search ." is how the file says that there is nothing to search.
  return lines.filter((line) => /^(nameserver|search) (?!\.$)/.test(line)).sort();
}

/** Where kernel and resolver file are not what the view says, a line each; lifetimes may differ as `near` says. */
export async function differences(domain: DomainView): Promise<string[]> {
  const wanted = inView(domain);
  const actual = await inKernel(domain.namespace);
  const found: string[] = [];
  for (const [name, lifetimes] of wanted) {
    const held = actual.get(name);
    if (held === undefined) found.push(`not in the kernel: ${name}`);
    else if (!lifetimes.every((lifetime, at) => near(lifetime, held[at] ?? null))) {
      found.push(`${name}: ${held.join(", ")} s in the kernel, not ${lifetimes.join(", ")}`);
    }
  }
  for (const name of actual.keys()) if (!wanted.has(name)) found.push(`only in the kernel: ${name}`);
  const file = resolverFile(domain.namespace).join("; ");
  const lines = resolverLines(domain).join("; ");
  return file === lines ? found : [...found, `the resolver file has "${file}", not "${lines}"`];
}

function near(one: number | null, other: number | null): boolean {
  if (one === null || other === null) return one === other;
  return Math.abs(one - other) <= ROUNDING_S + Math.max(DRIFT_S, DRIFT_SHARE * Math.max(one, other));
}
