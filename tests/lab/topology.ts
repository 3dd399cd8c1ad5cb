// Test case 1 of MIF-PvD as network namespaces: the client host is the lab's own, and a bridge, two routers and two
// servers have one each. Touches the lab's namespaces only.
//
//            R1 --- S1   2001:db8:10::2
//   client --+
//            R2 --- S2   2001:db8:20::2

import { type Host, HOSTS, netnsPath, ROUTERS } from "./paths.ts";
import { run, runIn } from "./run.ts";

/** Fixed, so that what is derived from it is the same in every lab. */
export const CLIENT_MAC = "02:00:00:00:01:01";
/** Unlike the peer's: the kernel reports the carrier of a link that looks like its own peer up to a second late. */
export const CLIENT_INDEX = 11;

/** Makes the namespaces, links, addresses and routes. */
export async function buildTopology(): Promise<void> {
  await Promise.all(HOSTS.map(async (host) => {
    Deno.writeTextFileSync(netnsPath(host), "");
    await run(["unshare", `--net=${netnsPath(host)}`, "true"]);
  }));
  // The host itself takes no part in what the routers offer: whatever gets out has been put into a domain.
  await configure(null, { "default.accept_ra": 0, "default.accept_dad": 0 }, [
    "link set lo up",
    `link add eth1 index ${CLIENT_INDEX} address ${CLIENT_MAC} type veth peer name client netns ${
      netnsPath("BR")
    }`,
  ]);
  await configure("BR", { "default.disable_ipv6": 1 }, [
    "link add lan type bridge mcast_snooping 0",
    "link set lan up",
    "link set client master lan up",
    ...ROUTERS.flatMap((router) => [
      `link add ${router} type veth peer name eth1 netns ${netnsPath(router)}`,
      `link set ${router} master lan up`,
    ]),
  ]);
  await Promise.all([buildSide("R1", "S1", 1), buildSide("R2", "S2", 2)]);
  await configure(null, {}, ["link set eth1 up"]);
}

async function buildSide(router: Host, server: Host, side: number): Promise<void> {
  const lan = `2001:db8:${side}`;
  const far = `2001:db8:${side}0`;
  // Every refusal is answered: the kernel's default is one a second to each address.
  await configure(router, { "all.forwarding": 1, ...FAST, "icmp.ratelimit": 0 }, [
    "link set lo up",
    `link add eth2 type veth peer name eth1 netns ${netnsPath(server)}`,
    "link set eth2 up",
    // A router solicits its neighbours from a link-local address: without one it cannot forward to them.
    `addr add fe80::1/64 dev eth2 nodad`,
    `addr add ${far}::1/64 dev eth2 nodad`,
    "link set eth1 addrgenmode none up",
    `addr add fe80::${side}/64 dev eth1 nodad`,
    ...["1::", "2::", ":"].map((part) => `addr add ${lan}:${part}1/64 dev eth1 nodad`),
  ]);
  await configure(server, FAST, [
    "link set lo up",
    "link set eth1 up",
    `addr add ${far}::2/64 dev eth1 nodad`,
    `route add default via ${far}::1`,
  ]);
}

/** These hosts are scenery; nobody waits for their duplicate address detection. */
const FAST = { "default.accept_dad": 0 };

/** Settings under /proc/sys/net/ipv6 (in `conf` where not said otherwise), then commands of ip(8). */
async function configure(
  host: Host | null,
  settings: Readonly<Record<string, number>>,
  commands: readonly string[],
): Promise<void> {
  const netns = host === null ? null : netnsPath(host);
  const writes = Object.entries(settings).map(([name, value]) => {
    const path = name.startsWith("icmp.") ? name : `conf.${name}`;
    return `echo ${value} > /proc/sys/net/ipv6/${path.replaceAll(".", "/")}`;
  });
  const input = commands.join("\n");
  await runIn(netns, ["sh", "-ec", [...writes, "exec ip -batch -"].join("\n")], `${input}\n`);
}
