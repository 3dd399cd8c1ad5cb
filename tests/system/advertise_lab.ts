// What the tests of `pvd advertise` share: settings with every plain option, one round of them seen on the link, and the
// octets of an option. Writes settings of the lab; runs the program on R1.

import { deepStrictEqual } from "node:assert/strict";
import { onHost, type Outcome, startRouters, stopRouters, waitForDomains } from "../lab/lab.ts";
import { SETTINGS_FOLDER } from "../lab/paths.ts";
import { ADVERTISEMENTS, type Captured, captured } from "./capture.ts";
import { OwnRouter } from "./own_router.ts";

const FILE = `${SETTINGS_FOLDER}/advertise-test.toml`;
export const OPTION_PVD = 21;
export const RA_HEADER_OCTETS = 16;

/** Every plain option, and every field of the header. */
export const PLAIN = `[[interface]]
name = "eth1"
max_interval = 10
min_delay_between_ras = 0.03
hop_limit = 33
managed = true
other = true
home_agent = true
snac = true
preference = "low"
router_lifetime = 1800
reachable_time_ms = 30000
retrans_timer_ms = 1000
mtu = 1480
captive_portal = "https://portal.example/api"
prefix = [
  { prefix = "2001:db8:d::/64", valid = 7200, preferred = 3600, router_address = true, dhcpv6_pd = true },
  { prefix = "fd00:d::/64", valid = "infinite", on_link = false, autonomous = false },
]
route = [
  { prefix = "2001:db8:dddd::/48", preference = "high", lifetime = 3600 },
  { prefix = "::/0", preference = "low", lifetime = 900, short = true },
]
rdnss = [{ addresses = ["2001:db8:d::53", "fe80::53"], lifetime = 600 }]
dnssl = [{ domains = ["corp.example.com", "example.com"], lifetime = 601 }]
pref64 = [{ prefix = "64:ff9b::/96", lifetime = 1000 }]
encrypted_dns = [{ name = "dns.example", priority = 7, addresses = ["2001:db8:d::853"], lifetime = 602,
                   parameters = "0001000403646f74" }]
option = [{ type = 253, data = "010203040506" }]
`;

/** Registers that nobody advertises in a file of tests but the tests. */
export function withoutRouters(): void {
  Deno.test.beforeAll(async () => {
    await stopRouters();
    await waitForDomains((domains) => domains.length === 0);
  });
  Deno.test.afterAll(startRouters);
}

/** One round of these settings, from R1. */
export function once(settings: string): Promise<Outcome> {
  Deno.writeTextFileSync(FILE, settings);
  return onHost("R1", ["pvd", "advertise", "--config", FILE, "--once"]);
}

/** What `--once` sends, `count` advertisements. The host has heard them too, until `withdraw`. */
export async function sentOnce(settings: string, count: number): Promise<readonly Captured[]> {
  return await captured(ADVERTISEMENTS, count, async () => {
    deepStrictEqual(await once(settings), { status: 0, stdout: "", stderr: "" });
  });
}

/** Ends what an advertisement without a goodbye made: by a router that has the same settings and says one. */
export async function withdraw(settings: string): Promise<void> {
  const lines = settings.split("\n").filter((line) => !line.startsWith("min_"));
  const router = new OwnRouter(lines.join("\n").replace('"eth1"', '"eth1"\nmin_delay_between_ras = 0.03'));
  await router.says("advertises");
  await router.end("SIGTERM");
  await waitForDomains((domains) => domains.length === 0);
}

/** The address on a host's eth1 that it solicits from, and its MAC. */
export async function eth1Of(argv: (command: string[]) => Promise<Outcome>) {
  const [link] = JSON.parse((await argv(["ip", "-j", "-6", "addr", "show", "dev", "eth1"])).stdout);
  const [{ address: mac }] = JSON.parse((await argv(["ip", "-j", "link", "show", "dev", "eth1"])).stdout);
  const local: { scope: string; local: string }[] = link.addr_info;
  return { mac: String(mac), linkLocal: local.find(({ scope }) => scope === "link")?.local ?? "" };
}

/** The octets of the first option of a type. */
export function optionBytes(message: Uint8Array, type: number): Uint8Array {
  for (let at = RA_HEADER_OCTETS; at < message.length; at += 8 * (message[at + 1] ?? 1)) {
    if (message[at] === type) return message.subarray(at, at + 8 * (message[at + 1] ?? 0));
  }
  throw new Error(`there is no option of type ${type}`);
}
