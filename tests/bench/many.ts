// A thousand domains from a thousand PvDs on one link, and floods of ten thousand: time, memory, idle processor time,
// and how long a client on the bus waits meanwhile. In the lab of inside.ts; prints, asserts nothing about time.

import { bootTimeMs } from "../../lib/linux/time.ts";
import {
  firstLine,
  listDomains,
  removeDomain,
  restartBroker,
  restartHelper,
  run,
  spawn,
  until,
} from "../lab/lab.ts";
import { BrokerLog } from "./broker_log.ts";
import { buildClient, CLIENT, percentile } from "./bus.ts";
import { manyByHand } from "./by_hand.ts";
import { missed } from "./missed.ts";
import { BenchRouter, explicitPvd } from "./router.ts";
import { type Idle, idleFor, type Memory, memoryNow, together } from "./usage.ts";

const MANY = 1000;
const FLOOD = 10_000;
/** Together at least 10,000 different ones, and longer than the client measures. */
const FLOOD_S = 4;
const MEASURE_S = 3;
const IDLE_S = 10;
/** V8 gives back what a burst took when nothing has happened for a while, and counts that as work. */
const SETTLE_MS = 45_000;
const MOST_MS = 120_000;
/** It would be another machine: what it takes to send must not be taken from those whose waiting is measured. */
const ATTACKER = ["nice", "-n", "19"];
const KIB = 1024;
/** Limits: octets of memory a domain, and how many times longer a client on the bus may wait during a flood. */
const MOST_DOMAIN = 60_000;
const MOST_RATIO = 10;

interface Advertisements {
  readonly received: number;
  readonly refused: Readonly<Record<string, number>>;
}

/** Measures all of it. R1, whose link-layer address is `mac`, is `router`. */
export async function benchMany(router: BenchRouter, mac: string): Promise<void> {
  await removeAll();
  await restartHelper();
  await restartBroker();
  await until("the broker listens", async () => (await status()).links[0]?.listening === true);
  await pause(SETTLE_MS);
  const rest = await memoryNow();
  const idle = await idleFor(IDLE_S);
  const messages = pvds(mac, "thousand", MANY);
  await make(router, messages);
  const made = await memoryNow();
  // As routers do: what they said is said again.
  await router.send(messages);
  await pause(SETTLE_MS);
  const settled = await memoryNow();
  tellMemory(rest, made, settled);
  tellIdle("no domain", idle);
  tellIdle(`${MANY} domains`, await idleFor(IDLE_S));
  if (!await buildClient()) return;
  const attacker = await BenchRouter.start(ATTACKER);
  await floods(attacker, mac);
  await attacker.stop();
}

function pvds(mac: string, name: string, count: number): string[] {
  const network = (n: number) =>
    `2001:db8:${(0x100 + (n >> 12)).toString(16)}:${(1 + (n & 0xfff)).toString(16)}`;
  return Array.from(
    { length: count },
    (_, n) => explicitPvd(mac, `${name}-${n}.example`, `${network(n)}::/64`),
  );
}

async function make(router: BenchRouter, messages: readonly string[]): Promise<void> {
  using log = new BrokerLog();
  const report = await router.send(messages);
  const ours = await log.seen(/thousand-.* is ready/, MANY, MOST_MS) - report.firstMs;
  const theirs = await manyByHand(MANY);
  console.log(
    `${MANY} domains from ${MANY} RAs, until the last is ready: ${ours.toFixed(0)} ms; ` +
      `the same by one ip -batch: ${theirs.toFixed(0)} ms; ratio ${ratio(ours, theirs)}`,
  );
}

function tellMemory(rest: Memory, made: Memory, settled: Memory): void {
  const each = (memory: Memory) => ((together(memory) - together(rest)) / MANY).toFixed(1);
  const part = (name: "brokerKib" | "helperKib", memory: Memory) =>
    ((memory[name] - rest[name]) / MANY).toFixed(1);
  const isSmall = [made, settled].every((memory) =>
    (together(memory) - together(rest)) * KIB / MANY <= MOST_DOMAIN
  );
  const mb = (memory: Memory) => (together(memory) * KIB / 1e6).toFixed(1);
  console.log(
    `resident, broker and helper: ${mb(rest)} MB with no domain, ${mb(made)} MB with ${MANY}; a domain ` +
      `${each(made)} KiB (broker ${part("brokerKib", made)}, helper ${part("helperKib", made)}); ` +
      `said again and left alone: ${each(settled)} KiB; wanted: at most ${MOST_DOMAIN / 1000} KB${
        missed(isSmall)
      }`,
  );
}

function tellIdle(when: string, { ticksMs, exactMs }: Idle): void {
  const percent = (exactMs / (IDLE_S * 10)).toFixed(1);
  console.log(
    `idle over ${IDLE_S} s with ${when}: ${percent} % of a core (${
      exactMs.toFixed(1)
    } ms by the scheduler, ` +
      `${ticksMs} ms in utime and stime); wanted: 0.0${missed(percent === "0.0")}`,
  );
}

async function floods(router: BenchRouter, mac: string): Promise<void> {
  const different = pvds(mac, "flood", FLOOD);
  const [path] = (await listDomains()).map(({ namespace }) =>
    `/net/pvd1/domain/${namespace.replace("-", "_")}`
  );
  const once = await router.send(different);
  const rounds = Math.ceil(FLOOD_S * 1000 / (once.lastMs - once.firstMs));
  for (const call of ["ping", "get_all"]) {
    const quiet = await (await client(call, path ?? "")).latencies();
    const before = await counted();
    const asking = await client(call, path ?? "");
    const flooding = router.send(different, rounds);
    const busy = await asking.latencies();
    const { sent } = await flooding;
    await tellFlood(`${MANY} domains already`, call, quiet, busy, sent, before);
  }
  await removeAll();
  const quiet = await (await client("ping", "")).latencies();
  const before = await counted();
  using log = new BrokerLog();
  const asking = await client("ping", "");
  const sending = router.send(different);
  const busy = await asking.latencies();
  const { sent } = await sending;
  await log.seen(/ is ready/, MANY, MOST_MS);
  await tellFlood("none, so that all are configured meanwhile", "ping", quiet, busy, sent, before);
  const last = await router.send([explicitPvd(mac, "flood-0.example", "2001:db8:100:ffff::/64")]);
  await until(
    "the next good one is heard",
    async () =>
      (await listDomains()).some(({ id, addresses }) => id === "flood-0.example" && addresses.length === 2),
  );
  console.log(
    `    the next good RA: its address is there within ${(bootTimeMs() - last.firstMs).toFixed(0)} ms`,
  );
  await removeAll();
}

async function tellFlood(
  held: string,
  call: string,
  quiet: readonly number[],
  busy: readonly number[],
  sent: number,
  before: Advertisements,
): Promise<void> {
  const name = call === "ping" ? "Ping" : "GetAll of a domain";
  const [q, b] = [percentile(quiet, 99), percentile(busy, 99)];
  console.log(
    `flood of ${sent} RAs of ${FLOOD} PvDs, ${held}: ${name} p99 ${b} µs, quiet ${q} µs, ratio ${
      ratio(b, q)
    } ` +
      `(p50 ${percentile(busy, 50)} and ${percentile(quiet, 50)} µs); wanted: at most ${MOST_RATIO}${
        missed(b / q <= MOST_RATIO)
      }`,
  );
  const after = await counted();
  const refused = (counts: Advertisements) =>
    Object.values(counts.refused).reduce((sum, count) => sum + count, 0);
  console.log(
    `    ${after.received - before.received} received, ${
      refused(after) - refused(before)
    } refused and counted, ` +
      `${(await listDomains()).length} domains; memory ${
        (together(await memoryNow()) * KIB / 1e6).toFixed(1)
      } MB`,
  );
}

/** A client in C that has begun to ask; `latencies` waits until it is done. Microseconds. */
async function client(call: string, path: string): Promise<{ readonly latencies: () => Promise<number[]> }> {
  const child = spawn([CLIENT, "during", call, path, String(MEASURE_S)]);
  if (await firstLine(child) !== "ready") throw new Error(`${CLIENT} during ${call} did not start`);
  return {
    latencies: async () => {
      const [text, { success }] = await Promise.all([
        rest(child.stdout),
        child.status,
        child.stderr.cancel(),
        child.stdin.close(),
      ]);
      if (!success) throw new Error(`${CLIENT} during ${call} failed`);
      // The first line of what is left may be half of one.
      return text.trim().split("\n").slice(1).map(Number);
    },
  };
}

async function rest(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) text += part;
  return text;
}

/** Administrators may end a domain; routers here are silent. */
async function removeAll(): Promise<void> {
  for (const domain of await listDomains()) await removeDomain(domain);
  await until("every domain is gone", async () => (await listDomains()).length === 0, MOST_MS);
}

async function status() {
  return JSON.parse((await run(["pvd", "status", "--json"])).stdout).status;
}

/** What was heard, when nothing waits in the socket any more. */
async function counted(): Promise<Advertisements> {
  for (let last = -1;;) {
    const { advertisements } = await status();
    if (advertisements.received === last) return advertisements;
    last = advertisements.received;
    await pause(200);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function ratio(ours: number, theirs: number): string {
  return (ours / theirs).toPrecision(2);
}
