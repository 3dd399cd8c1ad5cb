// The benchmarks, run in a lab without routers (main.ts): each figure beside its peer's, measured in the same run.
// Prints a table; asserts nothing about time.

import { namesIn } from "../../lib/linux/fd.ts";
import { bootTimeMs } from "../../lib/linux/time.ts";
import {
  listDomains,
  onHost,
  pidOf,
  restartBroker,
  restartHelper,
  run,
  SERVER_ADDRESS,
  until,
} from "../lab/lab.ts";
import { benchBus } from "./bus.ts";
import { firstEcho } from "./echo.ts";
import { BenchRouter, explicitPvd } from "./router.ts";

const ROUNDS = 10;
const MANY = 100;
const FLOOD = 10_000;
/** MIF-PvD in the same topology, measured before this project began; it cannot be run here. */
const MIF_PVD_MS = "2140 to 2230";

/** R1 has an address in it, so answers come back. */
const ROUTED = "2001:db8:1:1::/64";

/** R1's link-layer address. */
const [facts] = JSON.parse((await onHost("R1", ["ip", "-j", "link", "show", "eth1"])).stdout);
const mac: string = facts.address;

async function main(): Promise<void> {
  const router = await BenchRouter.start();
  // As on a machine that has started them before: with compiled code in their caches.
  await restartHelper();
  await restartBroker();
  const status = async () => JSON.parse((await run(["pvd", "status", "--json"])).stdout).status;
  await until("the broker listens", async () => (await status()).links[0]?.listening === true);
  await memory("at rest, no domain");
  await firstEchoes(router);
  await manyDomains(router);
  await flood(router);
  await memory(`with ${MANY + ROUNDS + 2} domains`);
  await benchBus(router, mac);
  await router.stop();
}

async function firstEchoes(router: BenchRouter): Promise<void> {
  const ours: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = new Set(namesIn("/run/netns"));
    const report = await router.send([explicitPvd(mac, `echo-${round}.example`, ROUTED)]);
    let made: string | undefined;
    while (made === undefined) {
      made = namesIn("/run/netns").find((name) => !before.has(name));
      if (bootTimeMs() - report.firstMs > 5000) throw new Error("no domain was made in 5 s");
    }
    ours.push(firstEcho(made, SERVER_ADDRESS.S1) - report.firstMs);
    // The broker's answer to it has to be over before the next one is measured.
    await until(
      "the domain is ready",
      async () => (await listDomains()).every(({ state }) => state === "ready"),
    );
  }
  const theirs: number[] = [];
  for (let round = 0; round < 3; round++) theirs.push(await echoByHand(round));
  print(
    "RA to first UDP echo in a new domain",
    median(ours),
    "the same by ip(8), default DAD",
    median(theirs),
    "ms",
  );
  console.log(
    `    ours: ${spread(ours)}; MIF-PvD, measured elsewhere: ${MIF_PVD_MS} ms; wanted: under 20 ms`,
  );
}

async function echoByHand(round: number): Promise<number> {
  const name = `peer-echo-${round}`;
  const start = bootTimeMs();
  await run(["ip", "-batch", "-"], {
    input: [
      `netns add ${name}`,
      `link add link eth1 name mifpvd netns ${name} type macvlan mode bridge`,
      `netns exec ${name} ip -batch ${await batchFile(name, handMade(round))}`,
    ].join("\n") + "\n",
  });
  const end = firstEcho(name, SERVER_ADDRESS.S1);
  await run(["ip", "netns", "del", name]);
  return end - start;
}

function handMade(number: number): string[] {
  return [
    "link set lo up",
    "link set mifpvd up",
    `addr add 2001:db8:1:1::${(number + 0x1000).toString(16)}/64 dev mifpvd`,
    "route add default via fe80::1 dev mifpvd",
  ];
}

async function batchFile(name: string, lines: readonly string[]): Promise<string> {
  const path = `/run/lab/${name}.batch`;
  await Deno.writeTextFile(path, lines.join("\n") + "\n");
  return path;
}

async function manyDomains(router: BenchRouter): Promise<void> {
  const before = (await listDomains()).length;
  const messages = Array.from(
    { length: MANY },
    (_, n) => explicitPvd(mac, `many-${n}.example`, `2001:db8:7:${n + 1}::/64`),
  );
  const sent = Deno.statSync("/run/lab/log/broker.log").size;
  const report = await router.send(messages);
  // The broker's own word for each: asking it all the time would be measured too, and so would reading all it ever said.
  using log = Deno.openSync("/run/lab/log/broker.log");
  log.seekSync(sent, Deno.SeekMode.Start);
  const buffer = new Uint8Array(65_536);
  let said = "";
  let ready = 0;
  while (ready < MANY) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    const length = log.readSync(buffer) ?? 0;
    if (length === 0) continue;
    said += new TextDecoder().decode(buffer.subarray(0, length));
    ready = said.match(/many-.* is ready/g)?.length ?? 0;
    if (bootTimeMs() - report.firstMs > 30_000) throw new Error(`${ready} of ${MANY} domains after 30 s`);
  }
  const ours = bootTimeMs() - report.firstMs;
  await until("all are there", async () => (await listDomains()).length === before + MANY);
  const lines: string[] = [];
  for (let number = 0; number < MANY; number++) {
    const name = `peer-${number}`;
    lines.push(`netns add ${name}`, `link add link eth1 name mifpvd netns ${name} type macvlan mode bridge`);
    lines.push(`netns exec ${name} ip -batch ${await batchFile(name, handMade(number))}`);
  }
  const start = bootTimeMs();
  const { status, stderr } = await run(["ip", "-batch", "-"], { input: lines.join("\n") + "\n" });
  if (status !== 0) throw new Error(`ip -batch: ${stderr}`);
  const theirs = bootTimeMs() - start;
  for (let number = 0; number < MANY; number++) await run(["ip", "netns", "del", `peer-${number}`]);
  print(
    `${MANY} domains from ${MANY} RAs, until the last is ready`,
    ours,
    "the same by one ip -batch",
    theirs,
    "ms",
  );
  console.log("    wanted: at most half");
}

async function flood(router: BenchRouter): Promise<void> {
  const counts = async () =>
    JSON.parse((await run(["pvd", "status", "--json"])).stdout).status.advertisements;
  const same = explicitPvd(mac, "flood.example", "2001:db8:8:1::/64");
  const before = await counts();
  const report = await router.send([same], FLOOD);
  const last = await router.send([explicitPvd(mac, "after-the-flood.example", "2001:db8:8:2::/64")]);
  const there = async () =>
    (await listDomains()).some(({ id, state }) => id === "after-the-flood.example" && state === "ready");
  await until("the different one is configured", there);
  const done = bootTimeMs();
  const after = await counts();
  const received = after.received - before.received;
  const rate = Math.round(FLOOD / (report.lastMs - report.firstMs) * 1000);
  console.log(
    `${FLOOD} equal RAs at ${rate} a second: ${received - 1} received, ${
      after.coalesced - before.coalesced
    } coalesced,` +
      ` ${after.invalid - before.invalid} invalid; the next, different, ready ${
        Math.round(done - last.firstMs)
      } ms later`,
  );
  console.log("    MIF-PvD, measured elsewhere: 275 of 10,000 handled at 84,000 a second");
}

async function memory(when: string): Promise<void> {
  const kib = async (name: string) => {
    const rollup = await Deno.readTextFile(`/proc/${await pidOf(name)}/smaps_rollup`);
    const of = (field: string) => Number(new RegExp(`^${field}:\\s+([0-9]+)`, "m").exec(rollup)?.[1] ?? 0);
    return { rss: of("Rss"), pss: of("Pss") };
  };
  const [broker, helper] = [await kib("broker"), await kib("helper")];
  const mb = (value: number) => (value * 1.024 / 1000).toFixed(1);
  console.log(
    `memory ${when}: broker ${mb(broker.rss)} MB, helper ${mb(helper.rss)} MB, together ${
      mb(broker.rss + helper.rss)
    } MB` +
      ` (${mb(broker.pss + helper.pss)} MB with shared pages counted once)`,
  );
  console.log("    wanted at rest: at most 90 MB; MIF-PvD, measured elsewhere: 43.6 MB with no PvD");
}

function print(what: string, ours: number, peer: string, theirs: number, unit: string): void {
  const ratio = (ours / theirs).toPrecision(2);
  console.log(`${what}: ${ours.toFixed(1)} ${unit}; ${peer}: ${theirs.toFixed(1)} ${unit}; ratio ${ratio}`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function spread(values: readonly number[]): string {
  return `median ${median(values).toFixed(1)}, ${Math.min(...values).toFixed(1)} to ${
    Math.max(...values).toFixed(1)
  } ms`;
}

if (import.meta.main) await main();
