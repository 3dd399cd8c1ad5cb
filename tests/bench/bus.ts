// The bus's benchmarks, in the lab of inside.ts after the others: a client in C against the broker and against a bare
// service in Python, sockets with and without polkit's part, and many clients at once. Prints, and says where a figure
// is over what is wanted; that is no error. Errors of the many clients, and descriptors left over, are one.

import { allReady, firstLine, listDomains, pidOf, run, spawn, waitForDomains } from "../lab/lab.ts";
import { LAB_FOLDER } from "../lab/paths.ts";
import { findUser } from "../lab/users.ts";
import { fdsAreBack, openFds } from "../system/fd_count.ts";
import { type BenchRouter, explicitPvd } from "./router.ts";

const DOMAINS = 4;
const ROUNDS = 5;
const CALLS = 2_000;
const SOCKETS = 500;
const CLIENTS = 100;
const STORM_S = 10;
/** Measured before this project began. */
const MIF_PVD_US = 147;
/** Wanted of OpenSocket without polkit: so many times a Ping at most. */
const PINGS_FOR_SOCKET = 1.5;
/** Where `buildClient` puts it. */
export const CLIENT = `${LAB_FOLDER}/bus_client`;
const PYTHON = "/usr/bin/python3";
const PEER = "net.pvd1.Bench";
const BUS_POLICY = `<busconfig>
  <policy user="root"><allow own="${PEER}"/></policy>
  <policy context="default"><allow send_destination="${PEER}"/></policy>
</busconfig>
`;

/** Measures all of it. R1, whose link-layer address is `mac`, is `router`. The exit status is 1 where the many clients
 * had errors or left descriptors. */
export async function benchBus(router: BenchRouter, mac: string): Promise<void> {
  if (!await buildClient()) return;
  const [path, id] = await fourDomains(router, mac);
  await getById();
  await openSocket(path, id);
  await storm(path);
}

/** False where something for it is not installed. */
export async function buildClient(): Promise<boolean> {
  const leftOut = (debianPackages: string) => {
    console.log(`the bus: left out; install it with apt-get install ${debianPackages}`);
    return false;
  };
  const { status, stdout } = await run([
    "sh",
    "-c",
    "command -v gcc >&2 && pkg-config --cflags --libs gio-2.0 gio-unix-2.0",
  ]);
  if (status !== 0) return leftOut("gcc pkg-config libglib2.0-dev");
  if ((await run([PYTHON, "-c", "import dbus"])).status !== 0) return leftOut("python3-dbus");
  const source = new URL("bus_client.c", import.meta.url).pathname;
  const flags = stdout.trim().split(/\s+/);
  const built = await run(["gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", CLIENT, source, ...flags]);
  if (built.status !== 0) throw new Error(`gcc: ${built.stderr}`);
  return true;
}

/** The others' go, four come. The first one's path and id. */
async function fourDomains(router: BenchRouter, mac: string): Promise<[path: string, id: string]> {
  const pathOf = (namespace: string) => `/net/pvd1/domain/${namespace.replace("-", "_")}`;
  for (const { namespace } of await listDomains()) {
    const { status, stderr } = await gdbus(
      "net.pvd1",
      "/net/pvd1",
      "net.pvd1.Manager.RemoveDomain",
      pathOf(namespace),
    );
    if (status !== 0) throw new Error(`RemoveDomain: ${stderr}`);
  }
  await waitForDomains((domains) => domains.length === 0, 60_000);
  await router.send(
    Array.from(
      { length: DOMAINS },
      (_, n) => explicitPvd(mac, `bench-${n}.example`, `2001:db8:9:${n + 1}::/64`),
    ),
  );
  const [first] = await waitForDomains(allReady(DOMAINS));
  return [pathOf(first?.namespace ?? ""), first?.id ?? ""];
}

async function getById(): Promise<void> {
  Deno.writeTextFileSync("/usr/share/dbus-1/system.d/bench.conf", BUS_POLICY);
  await gdbus("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.ReloadConfig");
  const script = new URL("bare_service.py", import.meta.url).pathname;
  const service = spawn([PYTHON, script, String(DOMAINS), PEER]);
  try {
    if (await firstLine(service) !== "ready") throw new Error("the service in Python did not start");
    const ours: number[] = [], theirs: number[] = [];
    // In turns, so that a machine that is busy for a while is so for both.
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(...await times(["get_by_id", "org.freedesktop.PvDManager", String(CALLS)]));
      theirs.push(...await times(["get_by_id", PEER, String(CALLS)]));
    }
    const [own, peer] = [percentile(ours, 50), percentile(theirs, 50)];
    console.log(
      `get_by_id("*") with ${DOMAINS} domains from C: p50 ${own} µs, p99 ${percentile(ours, 99)} µs; ` +
        `a bare service in Python: p50 ${peer} µs; ratio ${ratio(own, peer)}`,
    );
    console.log(
      `    MIF-PvD, measured elsewhere: p50 ${MIF_PVD_US} µs; wanted: at most that${missed(own, MIF_PVD_US)}`,
    );
  } finally {
    service.kill("SIGTERM");
    await Promise.all([service.stdin.close(), service.stdout.cancel(), service.stderr.cancel()]);
    await service.status;
  }
}

async function openSocket(path: string, id: string): Promise<void> {
  const pings: number[] = [], sockets: number[] = [], checks: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    pings.push(...await times(["ping", String(SOCKETS)]));
    sockets.push(...await times(["open_socket", path, String(SOCKETS)]));
    checks.push(...await times(["polkit", String(findUser("pvd").uid), id, "eth1", String(SOCKETS)]));
  }
  const [ping, whole, polkit] = [percentile(pings, 50), percentile(sockets, 50), percentile(checks, 50)];
  console.log(
    `OpenSocket, as root: p50 ${whole} µs, p99 ${percentile(sockets, 99)} µs; ` +
      `without polkit's round trip (the same CheckAuthorization from C: p50 ${polkit} µs): ${
        whole - polkit
      } µs; ` +
      `Ping of the broker: p50 ${ping} µs; ratio ${ratio(whole - polkit, ping)}`,
  );
  const most = PINGS_FOR_SOCKET * ping;
  console.log(
    `    wanted without polkit: at most ${PINGS_FOR_SOCKET} times a Ping${missed(whole - polkit, most)}`,
  );
}

async function storm(path: string): Promise<void> {
  const broker = await pidOf("broker");
  const [fdsBefore, mbBefore] = [openFds(broker), residentMb(broker)];
  const { status, stdout, stderr } = await run([CLIENT, "storm", path, String(CLIENTS), String(STORM_S)]);
  if (status !== 0) throw new Error(`storm: ${stderr}`);
  const { calls, sockets, errors } = JSON.parse(stdout);
  const mbAfter = residentMb(broker);
  const leftOver = await fdsAreBack(broker, fdsBefore).then(() => "none", String);
  console.log(
    `${CLIENTS} clients at once for ${STORM_S} s: ${calls} calls, ${sockets} of them for sockets, ${errors} errors; ` +
      `the broker's descriptors left over: ${leftOver}; ` +
      `resident ${mbBefore.toFixed(1)} MB before, ${mbAfter.toFixed(1)} MB after`,
  );
  const [problem] = stderr.split("\n");
  if (errors > 0) console.log(`    the first: ${problem}`);
  const isFailure = errors > 0 || leftOver !== "none";
  if (isFailure) Deno.exitCode = 1;
  console.log(`    wanted: no error, no descriptor left over, memory level${isFailure ? "; FAILED" : ""}`);
}

async function times(argv: readonly string[]): Promise<number[]> {
  const { status, stdout, stderr } = await run([CLIENT, ...argv]);
  if (status !== 0) throw new Error(`${argv.join(" ")}: ${stderr}`);
  return stdout.trim().split("\n").map(Number);
}

function gdbus(name: string, path: string, method: string, ...args: readonly string[]) {
  return run([
    "gdbus",
    "call",
    "--system",
    "--dest",
    name,
    "--object-path",
    path,
    "--method",
    method,
    ...args,
  ]);
}

function residentMb(pid: number): number {
  const kib = /^Rss:\s+([0-9]+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`))?.[1];
  return Number(kib ?? NaN) * 1.024 / 1000;
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length * percent / 100)] ?? NaN;
}

function ratio(ours: number, theirs: number): string {
  return (ours / theirs).toPrecision(2);
}

/** Behind a figure's limit. */
function missed(figure: number, limit: number): string {
  return figure <= limit ? "" : "; MISSED";
}
