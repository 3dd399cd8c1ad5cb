// Another node on the LAN has the address that a domain would take: the domain takes the next one, or says in one
// sentence why it has none. Runs in the lab with a router of its own on R1 in place of the lab's, and R2 as the other node:
// it has the addresses, so its kernel answers for them (RFC 4862 5.4.4).

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { domainAddress, eui64Identifier, type IdentifierMethod, stableMac } from "../../broker/identifier.ts";
import { parseSecret } from "../../broker/secret.ts";
import { IDGEN_RETRIES } from "../../broker/state/duplicate.ts";
import { domainKey } from "../../broker/state/key.ts";
import { formatAddress, parseIpv6 } from "../../lib/ip.ts";
import type { DomainView } from "../../lib/protocol.ts";
import {
  killBroker,
  listDomains,
  onHost,
  restartBroker,
  restartHelper,
  run,
  runAs,
  startRouters,
  stopRouters,
  until,
  waitForDomains,
} from "../lab/lab.ts";
import { brokerSettings } from "../lab/services.ts";
import { domainSettings, interfaceSettings, OwnRouter } from "./own_router.ts";

const ID = "twice.example.org";
const KEY = domainKey("explicit", "eth1", ID);
const PREFIX = "2001:db8:1:7::/64";
const OTHER_PREFIX = "2001:db8:1:8::/64";
const SETTINGS_FILE = "/etc/pvd/pvd.toml";
const DOMAIN = domainSettings({ id: ID, prefix: PREFIX, lifetimeS: 3600 });
const SECOND_PREFIX =
  `[[interface.pvd.prefix]]\nprefix = "${OTHER_PREFIX}"\nvalid = 3600\npreferred = 3600\n`;

function secrets(identifiers: IdentifierMethod = "stable") {
  const key = parseSecret(Deno.readTextFileSync("/run/pvd/secret"));
  ok(key !== null, "the lab's broker has a secret");
  return { key, identifiers };
}

/** The addresses that the broker tries in a prefix, in their order. */
function candidates(prefix = PREFIX, identifiers: IdentifierMethod = "stable"): string[] {
  return Array.from(
    { length: IDGEN_RETRIES + 1 },
    (_, counter) => domainAddress(secrets(identifiers), KEY, prefix, counter) ?? "",
  );
}

/** Runs `body` while the other node has these addresses. */
async function owned(addresses: readonly string[], body: () => Promise<void>): Promise<void> {
  const change = async (what: string, address: string) => {
    const nodad = what === "add" ? ["nodad"] : [];
    const { status, stderr } = await onHost("R2", [
      ...["ip", "-6", "addr", what, `${address}/64`, "dev", "eth1"],
      ...nodad,
    ]);
    strictEqual(status, 0, stderr);
  };
  for (const address of addresses) await change("add", address);
  try {
    await body();
  } finally {
    for (const address of addresses) await change("del", address);
  }
}

type Advertise = (more?: string) => void;

/** Runs a test with nobody advertising but the test's router, once the test says so. */
function alone(name: string, body: (advertise: Advertise) => Promise<void>): void {
  Deno.test(name, async () => {
    await stopRouters();
    await waitForDomains((domains) => domains.length === 0);
    const routers: OwnRouter[] = [];
    try {
      await body((more = "") => {
        routers.push(new OwnRouter(interfaceSettings() + DOMAIN + more));
      });
    } finally {
      for (const router of routers) await router.end("SIGTERM");
      await startRouters();
    }
  });
}

/** The domain as soon as it is as wanted. */
async function domainWhere(wanted: (domain: DomainView) => boolean): Promise<DomainView> {
  const [domain] = await waitForDomains(([domain]) => domain !== undefined && wanted(domain));
  ok(domain !== undefined);
  return domain;
}

const addressesOf = (domain: DomainView) => domain.addresses.map(({ address }) => address);

interface IpAddress {
  readonly local: string;
  readonly scope: string;
  readonly tentative?: boolean;
  readonly dadfailed?: boolean;
}

async function kernelAddresses(namespace: string, scope = "global"): Promise<IpAddress[]> {
  const { stdout } = await run([
    "ip",
    "-j",
    "-n",
    namespace,
    "-6",
    "addr",
    "show",
    "dev",
    "mifpvd",
    "scope",
    scope,
  ]);
  const links: { readonly addr_info?: readonly IpAddress[] }[] = JSON.parse(stdout);
  // ip(8) prints {} for a link without an address of that scope.
  return links.flatMap(({ addr_info = [] }) => addr_info).filter(({ local }) => local !== undefined);
}

/** Waits until duplicate address detection is over and has left this address alone. */
async function keeps(domain: DomainView, address: string): Promise<void> {
  await until(`the kernel has verified ${address}`, async () => {
    const held = await kernelAddresses(domain.namespace);
    return held.length === 1 && held[0]?.local === address && held[0].tentative !== true;
  });
  deepStrictEqual(addressesOf(await domainWhere(() => true)), [address]);
}

alone("duplicate address: the domain takes the next identifier, and works", async (advertise) => {
  const [first = "", second = ""] = candidates();
  await owned([first], async () => {
    advertise();
    const domain = await domainWhere((each) => each.state === "ready" && addressesOf(each).includes(second));
    await keeps(domain, second);
    strictEqual(domain.problem, null);
    const seen = await runAs("alice", ["pvd", "run", ID, "ip", "-6", "addr", "show", "dev", "mifpvd"]);
    match(seen.stdout, new RegExp(second), seen.stderr);
  });
});

alone("duplicate address: its identifier is kept when broker and helper are killed", async (advertise) => {
  const [first = "", second = ""] = candidates();
  await owned([first], async () => {
    advertise();
    const before = await domainWhere((each) => each.state === "ready" && addressesOf(each).includes(second));
    await keeps(before, second);
    const monitor = new Deno.Command("ip", {
      args: ["-n", before.namespace, "monitor", "address"],
      stdout: "piped",
    }).spawn();
    await killBroker("SIGKILL");
    await restartHelper();
    await restartBroker();
    const after = await domainWhere((each) => each.state === "ready");
    deepStrictEqual([after.namespace, addressesOf(after)], [before.namespace, [second]]);
    await keeps(after, second);
    monitor.kill("SIGTERM");
    const said = new TextDecoder().decode((await monitor.output()).stdout);
    strictEqual(said.includes(first), false, `the first one was tried again: ${said}`);
  });
});

alone(
  "duplicate addresses: an attacker who answers for all of them is tried three times, then the domain fails with one sentence",
  async (advertise) => {
    const all = candidates();
    await owned(all, async () => {
      advertise();
      const domain = await domainWhere((each) => each.state === "failed");
      match(
        domain.problem ?? "",
        /^no address in 2001:db8:1:7::\/64: other hosts on eth1 have all 3 that were tried;/,
      );
      deepStrictEqual([domain.addresses, await kernelAddresses(domain.namespace)], [[], []]);
      match((await run(["pvd", "show", ID])).stdout, /problem +no address in 2001:db8:1:7::\/64/);
      const refused = await runAs("alice", ["pvd", "run", ID, "true"]);
      strictEqual(refused.status, 125);
      match(refused.stderr, /no address in 2001:db8:1:7::\/64/);
    });
    // Nobody has them any more, and the link is another one, for all that the broker knows.
    await onHost("BR", ["ip", "link", "set", "client", "down"]);
    await onHost("BR", ["ip", "link", "set", "client", "up"]);
    const again = await domainWhere((each) => each.state === "ready");
    await keeps(again, all[0] ?? "");
  },
);

alone("duplicate addresses: one prefix without address leaves the other, and says why", async (advertise) => {
  const [other = ""] = candidates(OTHER_PREFIX);
  await owned(candidates(), async () => {
    advertise(SECOND_PREFIX);
    const domain = await domainWhere((each) => each.problem !== null);
    strictEqual(domain.state, "ready");
    match(domain.problem ?? "", /^no address in 2001:db8:1:7::\/64: /);
    await keeps(domain, other);
    deepStrictEqual(await runAs("alice", ["pvd", "run", ID, "true"]), { status: 0, stdout: "", stderr: "" });
  });
});

alone(
  "duplicate link-local address: the domain fails with one sentence, and comes back when the other node has gone",
  async (advertise) => {
    const bytes = parseIpv6("fe80::") ?? new Uint8Array(16);
    bytes.set(eui64Identifier(stableMac(secrets(), KEY)), 8);
    const address = formatAddress(bytes);
    let namespace = "";
    await owned([address], async () => {
      advertise();
      const domain = await domainWhere((each) => each.state === "failed");
      match(domain.problem ?? "", new RegExp(`another host on eth1 has the link-local address ${address}`));
      namespace = domain.namespace;
    });
    await domainWhere((each) => each.state === "ready");
    const [linkLocal] = await kernelAddresses(namespace, "link");
    deepStrictEqual([linkLocal?.local, linkLocal?.dadfailed], [address, undefined]);
  },
);

alone(
  'interface_identifier = "eui64": the address comes from the MAC; a duplicate one has no successor, and the domain says so',
  async (advertise) => {
    const settings = Deno.readTextFileSync(SETTINGS_FILE);
    Deno.writeTextFileSync(SETTINGS_FILE, `${brokerSettings()}interface_identifier = "eui64"\n`);
    try {
      await restartBroker();
      const [address = ""] = candidates(PREFIX, "eui64");
      await owned([address], async () => {
        advertise();
        const domain = await domainWhere((each) => each.state === "failed");
        match(
          domain.problem ?? "",
          new RegExp(`another host on eth1 has ${address}, and EUI-64 gives no other`),
        );
        deepStrictEqual(await kernelAddresses(domain.namespace), []);
      });
      await restartBroker();
      const domain = await domainWhere((each) => each.state === "ready");
      await keeps(domain, address);
      const [linkLocal] = await kernelAddresses(domain.namespace, "link");
      strictEqual(
        address.split(":").slice(4).join(":"),
        linkLocal?.local.replace("fe80::", ""),
        "both from one MAC",
      );
    } finally {
      Deno.writeTextFileSync(SETTINGS_FILE, settings);
      await restartBroker();
      await listDomains();
    }
  },
);
