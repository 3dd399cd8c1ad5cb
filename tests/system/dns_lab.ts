// What the tests of DNS share: a resolver on either side, programs in a domain and on the host that look names up, and
// who was asked. Before each attempt the host itself resolves by the way that a test is about, so that no test passes
// because the way is not there. Works in the lab; gives the client host another link for the while.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { DOCUMENTED_IDS, type Outcome, run, runAs, type RunOptions, spawnAs } from "../lab/lab.ts";
import { ip } from "./client_link.ts";
import { DnsSide } from "./dns_side.ts";
import { Lines } from "./lines.ts";
import { type NameService, RunningService } from "./name_services.ts";

const ID = DOCUMENTED_IDS.R1.explicit;
/** The domain announces it, and two search domains. */
export const DOMAIN_RESOLVER = "2001:db8:1::1";
export const HOST_RESOLVER = "2001:db8:ffff::53";
const UPLINK = "uplink";
/** What either side says. */
export const FROM_DOMAIN = "2001:db8:d::1";
export const FROM_HOST = "2001:db8:e::1";
export const NAME = "www.example.net";
/** Known to the second search domain only. */
export const SHORT = "intranet";
export const LOCAL = "printer.local";
const DOMAIN_NAMES = { [NAME]: FROM_DOMAIN, [`${SHORT}.example-10.hr`]: FROM_DOMAIN, [LOCAL]: FROM_DOMAIN };
/** It would answer anything. */
const HOST_NAMES = { "*": FROM_HOST };

/** The runtime of the lab's own programs may look for a newer one of itself, at any time. */
const RUNTIME_NAME = "dl.deno.land";

export const RESOLV_CONF = "/etc/resolv.conf";
export const NSSWITCH_CONF = "/etc/nsswitch.conf";
export const STUB = "/run/systemd/resolve/stub-resolv.conf";
export const HOST_TEXT = `nameserver ${HOST_RESOLVER}\nsearch host.example\n`;

/** The resolvers of a test: the domain's, the host's, and one with the host's address that only programs in the domain
 * would find, who learnt that address from the host. */
export class Sides {
  constructor(readonly domain: DnsSide, readonly host: DnsSide, readonly beyond: DnsSide) {}

  /** The questions that the host's resolver heard, from wherever. */
  async atHost(): Promise<string[]> {
    const asked = [...await this.host.asked(), ...await this.beyond.asked()].map(({ name }) => name);
    return asked.filter((name) => name !== RUNTIME_NAME);
  }

  /** Forgets what was asked up to here. */
  async clear(): Promise<void> {
    await Promise.all([this.domain, this.host, this.beyond].map((side) => side.asked()));
  }
}

export function withSides(name: string, body: (sides: Sides) => Promise<void>): void {
  Deno.test(name, async () => {
    const before = [RESOLV_CONF, NSSWITCH_CONF].map((path) => [path, Deno.readTextFileSync(path)] as const);
    const started: DnsSide[] = [];
    const side = async (...args: Parameters<typeof DnsSide.start>) => {
      const one = await DnsSide.start(...args);
      started.push(one);
      return one;
    };
    // systemd-resolved asks nobody before the host has a network.
    await ip("link", "add", UPLINK, "type", "veth", "peer", "name", `${UPLINK}-peer`);
    for (const name of [UPLINK, `${UPLINK}-peer`]) await ip("link", "set", name, "up");
    try {
      await body(
        new Sides(
          await side("R1", DOMAIN_RESOLVER, DOMAIN_NAMES),
          await side(null, HOST_RESOLVER, HOST_NAMES, UPLINK),
          await side("R1", HOST_RESOLVER, HOST_NAMES, "lo"),
        ),
      );
    } finally {
      await Promise.all(started.map((one) => one.end()));
      await ip("link", "del", UPLINK);
      for (const [path, text] of before) replace(path, text);
    }
  });
}

/** As network managers do: another file takes the place of the old one. */
export function replace(path: string, text: string): void {
  Deno.writeTextFileSync(`${path}.other`, text);
  Deno.renameSync(`${path}.other`, path);
}

export function lookUp(name: string): string[] {
  return ["getent", "ahostsv6", name];
}

export function inDomain(
  argv: readonly string[],
  environment: RunOptions["environment"] = {},
  id: string = ID,
): Promise<Outcome> {
  return runAs("alice", ["pvd", "run", id, ...argv], { environment });
}

export function addresses({ stdout }: Outcome): string[] {
  return [
    ...new Set(stdout.split("\n").map((line) => line.split(" ")[0] ?? "").filter((word) => word !== "")),
  ];
}

/** The name comes from the domain's resolver, and the host's was asked nothing. */
export async function cameFromDomain(sides: Sides, result: Outcome): Promise<void> {
  deepStrictEqual(addresses(result), [FROM_DOMAIN], `${result.stdout}${result.stderr}`);
  deepStrictEqual(await sides.atHost(), []);
  ok((await sides.domain.asked()).length > 0, "the domain's resolver was asked");
}

/** Both attempts, by a name that is whole and by one that needs the search list. */
export async function domainResolves(sides: Sides): Promise<void> {
  for (const name of [NAME, SHORT]) {
    await sides.clear();
    await cameFromDomain(sides, await inDomain(lookUp(name)));
  }
}

/** The host resolves by the way that the test is about. */
export async function hostResolves(sides: Sides, name: string = NAME): Promise<void> {
  await sides.clear();
  deepStrictEqual(addresses(await run(lookUp(name))), [FROM_HOST]);
  ok((await sides.atHost()).length > 0, "the host's resolver was asked");
}

export async function withService(
  service: NameService,
  nsswitch: string | null,
  body: (running: RunningService) => Promise<void>,
): Promise<void> {
  const running = new RunningService(service, HOST_RESOLVER);
  await running.start();
  try {
    if (nsswitch !== null) replace(NSSWITCH_CONF, `passwd: files\nhosts: ${nsswitch}\n`);
    await body(running);
  } finally {
    await running.stop(true);
  }
}

/** A program in the domain that looks a name up each time it reads a line, and says so. */
export class Asker {
  readonly #child: Deno.ChildProcess;
  readonly #lines: Lines;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;

  constructor(id: string) {
    const script = 'echo up; while read name; do echo "$(getent ahostsv6 "$name" | head -n 1)"; done';
    this.#child = spawnAs("alice", ["pvd", "run", id, "sh", "-c", script]);
    this.#lines = new Lines(this.#child.stdout);
    this.#writer = this.#child.stdin.getWriter();
  }

  async isUp(): Promise<void> {
    strictEqual(await this.#lines.next(), "up");
  }

  /** Each by a process that never asked before, as glibc notes what it found. */
  async resolves(sides: Sides): Promise<void> {
    for (const name of [NAME, SHORT]) {
      await sides.clear();
      await this.#writer.write(new TextEncoder().encode(`${name}\n`));
      const stdout = await this.#lines.next();
      await cameFromDomain(sides, { status: 0, stdout, stderr: "" });
    }
  }

  async end(): Promise<void> {
    await this.#writer.close();
    await this.#lines.end();
    await this.#child.stderr.cancel();
    await this.#child.status;
  }
}

export async function whileAsking(body: (asker: Asker) => Promise<void>, id: string = ID): Promise<void> {
  const asker = new Asker(id);
  try {
    await asker.isUp();
    await body(asker);
  } finally {
    await asker.end();
  }
}
