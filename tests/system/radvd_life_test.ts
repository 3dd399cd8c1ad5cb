// The life of one domain under Debian's radvd, whose settings change under it, which is killed, and comes back: after
// each step the kernel's addresses, routes and resolvers are what `pvd` says, and that is what radvd said. Intervals
// are the shortest that radvd has, so that ten minutes of an ordinary link pass in seconds. Runs in the lab in place
// of its routers; starts radvd, writes one file in the lab's own folder.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { DomainView } from "../../lib/protocol.ts";
import {
  inHost,
  listDomains,
  type Outcome,
  outcome,
  run,
  spawn,
  startRouters,
  stopRouters,
  until,
  waitForDomains,
} from "../lab/lab.ts";
import { SETTINGS_FOLDER } from "../lab/paths.ts";
import { differences, kernelRoutes } from "./kernel_state.ts";

const FILE = `${SETTINGS_FOLDER}/radvd-life.conf`;
const ROUTER = "fe80::1";
const HOUR_S = 3600;
const A = "2001:db8:1:1::/64", B = "2001:db8:1:2::/64";
const OLD_RESOLVER = "2001:db8:1:1::53", NEW_RESOLVER = "2001:db8:1:1::54";

type Lifetime = number | "infinity";

interface Said {
  readonly router?: { readonly lifetimeS: number; readonly preference: "low" | "medium" | "high" };
  readonly prefixes?: readonly {
    readonly prefix: string;
    readonly valid: Lifetime;
    readonly preferred: Lifetime;
  }[];
  readonly routes?: readonly {
    readonly prefix: string;
    readonly preference: string;
    readonly lifetimeS: number;
  }[];
  /** Lifetimes in seconds by address. */
  readonly rdnss?: Readonly<Record<string, number>>;
  readonly dnsslS?: number;
}

/** radvd.conf(5). With the option of RFC 6275 (AdvIntervalOpt) radvd allows intervals below three seconds. */
function settings({ router, prefixes = [], routes = [], rdnss = {}, dnsslS }: Said): string {
  const { lifetimeS, preference } = router ?? { lifetimeS: 0, preference: "medium" };
  return `interface eth1 {
  AdvSendAdvert on;
  AdvIntervalOpt on;
  MinRtrAdvInterval 0.1;
  MaxRtrAdvInterval 0.4;
  MinDelayBetweenRAs 0.05;
  AdvDefaultLifetime ${lifetimeS};
  AdvDefaultPreference ${preference};
${
    prefixes.map(({ prefix, valid, preferred }) =>
      `  prefix ${prefix} { AdvValidLifetime ${valid}; AdvPreferredLifetime ${preferred}; };\n`
    ).join("")
  }${
    routes.map(({ prefix, preference, lifetimeS }) =>
      `  route ${prefix} { AdvRoutePreference ${preference}; AdvRouteLifetime ${lifetimeS}; };\n`
    ).join("")
  }${
    Object.entries(rdnss).map(([address, lifetimeS]) =>
      `  RDNSS ${address} { AdvRDNSSLifetime ${lifetimeS}; };\n`
    ).join("")
  }${dnsslS === undefined ? "" : `  DNSSL example.org { AdvDNSSLLifetime ${dnsslS}; };\n`}};
`;
}

class Radvd {
  readonly #child: Deno.ChildProcess;
  readonly #outcome: Promise<Outcome>;

  constructor(said: Said) {
    Deno.writeTextFileSync(FILE, settings(said));
    const argv = ["radvd", "-n", "-m", "stderr", "-C", FILE, "-p", `${FILE}.pid`];
    this.#child = spawn(inHost("R1", argv));
    this.#outcome = outcome(this.#child);
  }

  says(said: Said): void {
    Deno.writeTextFileSync(FILE, settings(said));
    this.#child.kill("SIGHUP");
  }

  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    try {
      this.#child.kill(signal);
    } catch {
      // It ended before.
    }
    await this.#outcome;
  }
}

/** The one domain as soon as it is as wanted, its kernel state then equal to it. */
async function step(what: string, wanted: (domain: DomainView) => boolean): Promise<DomainView> {
  const isThere = (domains: readonly DomainView[]) => {
    const [domain] = domains;
    return domains.length === 1 && domain !== undefined && domain.state === "ready" && wanted(domain);
  };
  await waitForDomains(isThere).catch((error: unknown) => {
    throw new Error(`${what}: ${error instanceof Error ? error.message : ""}`);
  });
  let found: string[] = [];
  let domain: DomainView | undefined;
  await until(`${what}: the kernel has what pvd says`, async () => {
    [domain] = await listDomains();
    ok(domain !== undefined, `${what}: the domain is gone`);
    found = await differences(domain);
    return found.length === 0;
  }).catch(() => deepStrictEqual(found, [], what));
  ok(domain !== undefined);
  return domain;
}

/** Renewals for longer than the lifetimes of six seconds, a quarter of a second apart, during which the kernel ends
 * nothing. */
async function renewedWithoutGap(namespace: string): Promise<void> {
  const monitor = new Deno.Command("ip", {
    args: ["-n", namespace, "-6", "monitor", "address", "route"],
    stdin: "null",
    stdout: "piped",
  }).spawn();
  try {
    const before = await heard();
    await until("fifty renewals", async () => await heard() >= before + 50, 60_000);
  } finally {
    monitor.kill("SIGTERM");
  }
  const said = new TextDecoder().decode((await monitor.output()).stdout);
  strictEqual(/Deleted|deprecated/.test(said), false, said);
}

async function heard(): Promise<number> {
  const { status } = JSON.parse((await run(["pvd", "status", "--json"])).stdout);
  return Number(status.advertisements.received);
}

/** A minute is more than a slow machine takes for a step, and less than lies between any two of the long lifetimes. */
const about = (seconds: number | null | undefined, wanted: number) =>
  typeof seconds === "number" && seconds <= wanted && seconds >= wanted - 60;
const addressIn = (domain: DomainView, prefix: string) =>
  domain.addresses.find(({ address }) => address.startsWith(prefix.replace("::/64", ":")));
const prefixOf = (domain: DomainView, prefix: string) =>
  domain.prefixes.find((each) => each.prefix === prefix);
const resolversOf = (domain: DomainView) => domain.rdnss.map(({ address }) => address).join();

const PREFIX_A = { prefix: A, valid: 86_400, preferred: 14_400 } as const;
const BASIC: Said = {
  router: { lifetimeS: 1800, preference: "medium" },
  prefixes: [PREFIX_A],
  rdnss: { [OLD_RESOLVER]: 600 },
  dnsslS: 600,
};

async function life(radvd: Radvd): Promise<Radvd> {
  const first = await step("beginning", ({ routers, rdnss }) => routers.length === 1 && rdnss.length === 1);
  ok(about(first.routers[0]?.lifetimeS, 1800));
  const { namespace } = first;
  const ofA = addressIn(first, A)?.address;

  radvd.says({ ...BASIC, prefixes: [PREFIX_A, { prefix: B, valid: "infinity", preferred: "infinity" }] });
  const added = await step("prefix added", (domain) => addressIn(domain, B) !== undefined);
  deepStrictEqual([addressIn(added, B)?.validS, addressIn(added, B)?.preferredS], [null, null]);
  const ofB = addressIn(added, B)?.address;

  radvd.says({ ...BASIC, prefixes: [PREFIX_A, { prefix: B, valid: HOUR_S, preferred: 0 }] });
  const deprecated = await step("prefix deprecated", (domain) => addressIn(domain, B)?.preferredS === 0);
  ok(about(addressIn(deprecated, B)?.validS, 2 * HOUR_S), "the address: two hours (RFC 4862 5.5.3 e)");
  ok(about(prefixOf(deprecated, B)?.validS, HOUR_S), "the on-link prefix: what was said (RFC 4861 6.3.4)");

  radvd.says({ ...BASIC, prefixes: [PREFIX_A, { prefix: B, valid: 0, preferred: 0 }] });
  const withdrawn = await step("prefix withdrawn", (domain) => prefixOf(domain, B) === undefined);
  ok(about(addressIn(withdrawn, B)?.validS, 2 * HOUR_S));
  strictEqual(addressIn(withdrawn, B)?.preferredS, 0);

  radvd.says({ ...BASIC, prefixes: [{ prefix: A, valid: 50_000, preferred: 0 }] });
  await step("the other prefix deprecated", (domain) => addressIn(domain, A)?.preferredS === 0);
  radvd.says(BASIC);
  const preferred = await step(
    "and preferred again",
    (domain) => about(addressIn(domain, A)?.preferredS, 14_400),
  );
  ok(about(addressIn(preferred, A)?.validS, 86_400), "longer is believed at once");

  const high: Said = { ...BASIC, router: { lifetimeS: 900, preference: "high" } };
  radvd.says(high);
  const promoted = await step("router preference", ({ routers }) => routers[0]?.preference === "high");
  ok(about(promoted.routers[0]?.lifetimeS, 900));

  const network = { prefix: "2001:db8:77::/48", preference: "low", lifetimeS: 700 };
  radvd.says({ ...high, routes: [network, { prefix: "::/0", preference: "low", lifetimeS: 500 }] });
  await step("a ::/0 route over the header (RFC 4191 3.1)", ({ routes }) => routes.length === 2);
  const [way, ...others] = (await kernelRoutes(namespace)).filter(({ dst }) => dst === "default");
  deepStrictEqual([way?.gateway, way?.pref, others], [ROUTER, "low", []]);
  ok(about(way?.expires, 500), "its lifetime, too");
  radvd.says({ ...high, routes: [network, { prefix: "::/0", preference: "low", lifetimeS: 0 }] });
  await step(
    "which withdraws the default route",
    ({ routes, routers }) => routes.length + routers.length === 1,
  );
  radvd.says({ ...BASIC, routes: [{ ...network, lifetimeS: 0 }] });
  await step("routes withdrawn", ({ routes, routers }) => routes.length === 0 && routers.length === 1);

  radvd.says({ ...BASIC, rdnss: { [OLD_RESOLVER]: 0, [NEW_RESOLVER]: 600 } });
  await step("resolvers swapped", (domain) => resolversOf(domain) === NEW_RESOLVER);
  radvd.says({ ...BASIC, rdnss: { [OLD_RESOLVER]: 600, [NEW_RESOLVER]: 6 } });
  await step("both", (domain) => domain.rdnss.length === 2);
  radvd.says(BASIC);
  await step("and one that ends by itself", (domain) => resolversOf(domain) === OLD_RESOLVER);

  const short: Said = {
    router: { lifetimeS: 6, preference: "medium" },
    prefixes: [{ ...PREFIX_A, preferred: 6 }],
    rdnss: { [OLD_RESOLVER]: 6 },
    dnsslS: 6,
  };
  radvd.says(short);
  await step("short lifetimes", (domain) => {
    const [router, resolver, address] = [domain.routers[0], domain.rdnss[0], addressIn(domain, A)];
    return (router?.lifetimeS ?? 9) <= 6 && (resolver?.lifetimeS ?? 9) <= 6 &&
      (address?.preferredS ?? 9) <= 6;
  });
  await renewedWithoutGap(namespace);
  await radvd.end("SIGKILL");
  const silent = await step("killed", (domain) => {
    const left = domain.routers.length + domain.rdnss.length + domain.dnssl.length;
    return left === 0 && addressIn(domain, A)?.preferredS === 0;
  });
  deepStrictEqual(silent.addresses.map(({ address }) => address).sort(), [ofA, ofB].sort());

  const again = new Radvd(BASIC);
  const back = await step(
    "started again",
    ({ routers, rdnss }) => routers.length === 1 && rdnss.length === 1,
  );
  deepStrictEqual([back.namespace, addressIn(back, A)?.address], [namespace, ofA]);
  return again;
}

Deno.test("radvd's settings change, it is killed and comes back: after each step the kernel has what pvd says, lifetimes too", async () => {
  await stopRouters();
  await waitForDomains((domains) => domains.length === 0);
  let radvd = new Radvd(BASIC);
  try {
    radvd = await life(radvd);
    radvd.says({
      prefixes: [{ prefix: A, valid: 0, preferred: 0 }],
      rdnss: { [OLD_RESOLVER]: 0 },
      dnsslS: 0,
    });
    await waitForDomains((domains) => domains.length === 0);
  } finally {
    await radvd.end("SIGKILL");
    await startRouters();
  }
});
