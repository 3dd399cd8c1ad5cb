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
import { BrokerLog } from "./broker_log.ts";
import { benchBus } from "./bus.ts";
import { batch, domainByHand, manyByHand } from "./by_hand.ts";
import { firstEcho } from "./echo.ts";
import { benchMany } from "./many.ts";
import { benchParse } from "./parse.ts";
import { benchLaunch } from "./launch.ts";
import { median, spread } from "./numbers.ts";
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
  await benchLaunch(router, mac, ROUTED);
  await benchMany(router, mac);
  await router.stop();
  await benchParse();
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
  const lines = await domainByHand(name, round);
  const start = bootTimeMs();
  await batch(lines);
  const end = firstEcho(name, SERVER_ADDRESS.S1);
  await batch([`netns del ${name}`]);
  return end - start;
}

async function manyDomains(router: BenchRouter): Promise<void> {
  const before = (await listDomains()).length;
  const messages = Array.from(
    { length: MANY },
    (_, n) => explicitPvd(mac, `many-${n}.example`, `2001:db8:7:${n + 1}::/64`),
  );
  using log = new BrokerLog();
  const report = await router.send(messages);
  const ours = await log.seen(/many-.* is ready/, MANY, 30_000) - report.firstMs;
  await until("all are there", async () => (await listDomains()).length === before + MANY);
  const theirs = await manyByHand(MANY);
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

if (import.meta.main) await main();
