// One PvD from two routers is one domain with two ways out; on two links it is two domains. Runs in the lab with
// routers of its own in place of the lab's, and a second link between the client and R2 for a while.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { stableMac } from "../../broker/identifier.ts";
import { parseSecret } from "../../broker/secret.ts";
import { domainKey } from "../../broker/state/key.ts";
import type { DomainView } from "../../lib/protocol.ts";
import {
  inHost,
  onHost,
  outcome,
  restartBroker,
  run,
  runAs,
  SERVER_ADDRESS,
  spawn,
  startRouters,
  stopRouters,
  until,
  waitForDomains,
} from "../lab/lab.ts";
import { netnsPath, type Router, SETTINGS_FOLDER } from "../lab/paths.ts";
import { brokerSettings } from "../lab/services.ts";
import { differences, kernelRoutes } from "./kernel_state.ts";

const ID = "shared.example.org";
const SETTINGS_FILE = "/etc/pvd/pvd.toml";

interface Said {
  readonly link?: string;
  readonly preference?: "low" | "medium" | "high";
  readonly lifetimeS?: number;
  readonly more?: string;
}

/** Advertisements of the PvD by one router; `end` as a crash would. */
function advertise(
  router: Router,
  { link = "eth1", preference = "medium", lifetimeS = 1800, more = "" }: Said,
) {
  const file = `${SETTINGS_FOLDER}/several-${router}-${link}.toml`;
  Deno.writeTextFileSync(
    file,
    `[[interface]]
name = "${link}"
max_interval = 0.5
min_interval = 0.1
min_delay_between_ras = 0.03
preference = "${preference}"
router_lifetime = ${lifetimeS}
[[interface.pvd]]
id = "${ID}"
${more}`,
  );
  const child = spawn(inHost(router, ["pvd", "advertise", "--config", file]));
  const ended = outcome(child);
  return async (signal: "SIGTERM" | "SIGKILL") => {
    try {
      child.kill(signal);
    } catch {
      // It ended before; its outcome says how.
    }
    return await ended;
  };
}

function prefix(text: string, lines = ""): string {
  return `[[interface.pvd.prefix]]\nprefix = "${text}"\nvalid = 600\npreferred = 600\n${lines}`;
}

/** Runs a test with nobody advertising but the test; what it starts ends with it. */
function alone(name: string, body: (start: typeof advertise) => Promise<void>): void {
  Deno.test(name, async () => {
    await stopRouters();
    await waitForDomains((domains) => domains.length === 0);
    const running: ReturnType<typeof advertise>[] = [];
    try {
      await body((router, said) => {
        const end = advertise(router, said);
        running.push(end);
        return end;
      });
    } finally {
      for (const end of running) await end("SIGTERM");
      await startRouters();
    }
  });
}

async function waysOut(namespace: string): Promise<string[]> {
  const routes = (await kernelRoutes(namespace)).filter(({ dst }) => dst === "default");
  return routes.map(({ gateway = "", pref }) => `${gateway} ${pref}`);
}

async function isInKernel(
  wanted: (domains: readonly DomainView[]) => boolean,
): Promise<readonly DomainView[]> {
  let domains = await waitForDomains(wanted);
  let found: readonly string[] = ["nothing was compared"];
  const same = async () => {
    // Asked anew each time: lifetimes go on.
    domains = await waitForDomains(wanted);
    found = (await Promise.all(domains.map(differences))).flat();
    return found.length === 0;
  };
  await until("the kernel has what pvd says", same).catch(() => deepStrictEqual(found, []));
  return domains;
}

const hasRouters = (count: number) => (domains: readonly DomainView[]) =>
  domains.length === 1 && domains[0]?.state === "ready" && domains[0].routers.length === count;

alone(
  "one PvD from two routers is one domain whose ways out go by preference, and the death of one leaves the other",
  async (start) => {
    const end = start("R2", { preference: "high", lifetimeS: 6 });
    start("R1", { preference: "low", more: prefix("2001:db8:1:2::/64") });
    const [domain] = await isInKernel(hasRouters(2));
    ok(domain !== undefined);
    deepStrictEqual(await waysOut(domain.namespace), ["fe80::2 high", "fe80::1 low"]);
    await end("SIGKILL");
    const [after] = await isInKernel(hasRouters(1));
    deepStrictEqual([after?.namespace, await waysOut(domain.namespace)], [domain.namespace, ["fe80::1 low"]]);
    const fetched = await runAs("alice", [
      ...["pvd", "run", ID, "curl", "-sS", "-o", "/dev/null", "-w", "%{http_code}"],
      `http://[${SERVER_ADDRESS.S1}]/`,
    ]);
    deepStrictEqual([fetched.status, fetched.stdout], [0, "200"], fetched.stderr);
  },
);

alone("prefixes: one without the A flag is on-link alone, and so is one that is no /64", async (start) => {
  const others = [prefix("2001:db8:1:4::/64", "autonomous = false\n"), prefix("2001:db8:1:80::/57")];
  start("R1", { more: [prefix("2001:db8:1:2::/64"), ...others].join("") });
  const [domain] = await isInKernel(([domain]) => domain?.state === "ready" && domain.prefixes.length === 3);
  ok(domain !== undefined);
  deepStrictEqual(domain.addresses.map(({ address }) => address.split(":").slice(0, 4).join(":")), [
    "2001:db8:1:2",
  ]);
  const onLink = (await kernelRoutes(domain.namespace)).filter(({ gateway }) => gateway === undefined);
  deepStrictEqual(onLink.map(({ dst }) => dst).sort(), [
    "2001:db8:1:2::/64",
    "2001:db8:1:4::/64",
    "2001:db8:1:80::/57",
  ]);
});

alone(
  "one PvD on two links is two domains, told apart by link, each with a MAC of its own",
  async (start) => {
    const settings = Deno.readTextFileSync(SETTINGS_FILE);
    const add = ["link", "add", "eth2", "index", "31", "type", "veth", "peer", "name", "eth9", "netns"];
    strictEqual((await run(["ip", ...add, netnsPath("R2")])).status, 0);
    try {
      strictEqual((await onHost("R2", ["ip", "link", "set", "eth9", "up"])).status, 0);
      strictEqual((await run(["ip", "link", "set", "eth2", "up"])).status, 0);
      Deno.writeTextFileSync(SETTINGS_FILE, brokerSettings().replace('["eth1"]', '["eth1", "eth2"]'));
      await restartBroker();
      start("R1", { more: prefix("2001:db8:1:2::/64") });
      start("R2", { link: "eth9", more: prefix("2001:db8:2:2::/64") });
      const domains = await isInKernel((domains) =>
        domains.length === 2 && domains.every(({ state }) => state === "ready")
      );
      deepStrictEqual(domains.map(({ id, link }) => [id, link]).sort(), [[ID, "eth1"], [ID, "eth2"]]);
      const key = parseSecret(Deno.readTextFileSync("/run/pvd/secret"));
      ok(key !== null);
      for (const { namespace, link } of domains) {
        const shown = await run(["ip", "-n", namespace, "link", "show", "mifpvd"]);
        match(shown.stdout, new RegExp(stableMac({ key }, domainKey("explicit", link, ID))));
      }
      const byId = await runAs("alice", ["pvd", "show", ID]);
      strictEqual(byId.status, 1);
      for (const link of ["eth1", "eth2"]) match(byId.stderr, new RegExp(`on ${link} `));
      const byNamespace = await runAs("alice", ["pvd", "show", domains[1]?.namespace ?? ""]);
      strictEqual(byNamespace.status, 0, byNamespace.stderr);
    } finally {
      await run(["ip", "link", "del", "eth2"]);
      Deno.writeTextFileSync(SETTINGS_FILE, settings);
      await restartBroker();
    }
  },
);
