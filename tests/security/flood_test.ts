// A router that shouts: ten thousand equal advertisements, and ten thousand PvDs, as fast as it can send them. What is
// there stays, what is over the cap is refused and counted, and everybody is answered meanwhile. Runs in the lab with
// its routers; the flood comes from R1.

import { ok, strictEqual } from "node:assert/strict";
import { BenchRouter, explicitPvd } from "../bench/router.ts";
import { memoryNow, together } from "../bench/usage.ts";
import {
  allReady,
  DOCUMENTED_IDS,
  listDomains,
  onHost,
  removeDomain,
  restartBroker,
  run,
  until,
  waitForDomains,
} from "../lab/lab.ts";
import { within } from "../lab/supervisor.ts";

const SETTINGS = "/etc/pvd/pvd.toml";
/** The lab's four, and as many of the flood's. */
const CAP = 8;
const FLOOD = 10_000;
const FLOOD_MS = 120_000;
const SENDER_MS = 30_000;
/** More than both daemons take for ten thousand PvDs that they do not keep, less than what keeping them would take. */
const MOST_KIB = 60 * 1024;
const DOCUMENTED: readonly string[] = Object.values(DOCUMENTED_IDS).map(({ explicit }) => explicit);

const [{ address: mac }] = JSON.parse((await onHost("R1", ["ip", "-j", "link", "show", "eth1"])).stdout);
const network = (n: number) =>
  `2001:db8:${(0x100 + (n >> 12)).toString(16)}:${(1 + (n & 0xfff)).toString(16)}::/64`;

interface Advertisements {
  readonly received: number;
  readonly coalesced: number;
  readonly refused: Readonly<Record<string, number>>;
}

async function counted(): Promise<Advertisements> {
  return JSON.parse((await run(["pvd", "status", "--json"])).stdout).status.advertisements;
}

const refusedOf = ({ refused }: Advertisements) => refused["domains on the link"] ?? 0;
const isFlood = ({ id }: { readonly id: string }) => id.startsWith("flood-");

/** Sends, asking the bus all the while; how often it answered before the last was sent. */
async function flood(messages: readonly string[], repeat: number): Promise<number> {
  const router = await within(SENDER_MS, "the sender is not ready", BenchRouter.start());
  try {
    let answers = 0;
    let flooding = true;
    const sending = within(FLOOD_MS, "the flood is not over", router.send(messages, repeat))
      .finally(() => flooding = false);
    // Where an answer is wrong before that, that is what is told.
    sending.catch(() => {});
    while (flooding) {
      const { status, stderr } = await run([
        ...["gdbus", "call", "--system", "--dest", "net.pvd1", "--object-path", "/net/pvd1"],
        ...["--method", "org.freedesktop.DBus.Peer.Ping"],
      ]);
      strictEqual(status, 0, stderr);
      answers++;
    }
    strictEqual((await sending).sent, messages.length * repeat);
    return answers;
  } finally {
    await within(SENDER_MS, "the sender has not ended", router.stop());
  }
}

/** Until nothing of it waits in the socket any more. */
async function heard(): Promise<Advertisements> {
  let last = await counted();
  await until("the flood is over for the broker, too", async () => {
    const now = await counted();
    const isQuiet = now.received - last.received < 20;
    last = now;
    return isQuiet;
  }, 60_000);
  return last;
}

async function addressesOf(wanted: string): Promise<number> {
  return (await listDomains()).find(({ id }) => id === wanted)?.addresses.length ?? 0;
}

async function send(message: string): Promise<void> {
  const router = await within(SENDER_MS, "the sender is not ready", BenchRouter.start());
  await within(SENDER_MS, "nothing is sent", router.send([message]));
  await within(SENDER_MS, "the sender has not ended", router.stop());
}

const settings = Deno.readTextFileSync(SETTINGS);

Deno.test.beforeAll(async () => {
  Deno.writeTextFileSync(SETTINGS, `${settings}max_domains_per_link = ${CAP}\n`);
  await restartBroker();
  await waitForDomains(allReady(4));
});

Deno.test.afterAll(async () => {
  for (const domain of (await listDomains()).filter(isFlood)) await removeDomain(domain);
  Deno.writeTextFileSync(SETTINGS, settings);
  await restartBroker();
  await waitForDomains(allReady(4), 60_000);
});

Deno.test("flood: ten thousand equal advertisements are one domain, and the next different one is heard", async () => {
  const before = await counted();
  const message = explicitPvd(mac, "flood-equal.example", network(0));
  ok(await flood([message], FLOOD) > 0);
  const after = await heard();
  ok(after.coalesced > before.coalesced);
  strictEqual((await listDomains()).filter(isFlood).length, 1);
  await send(explicitPvd(mac, "flood-equal.example", network(1)));
  await until("the next one adds its address", async () => await addressesOf("flood-equal.example") === 2);
});

Deno.test("flood: of ten thousand PvDs those over the cap are refused and counted, and what was there stays", async () => {
  const memory = together(await memoryNow());
  const before = await counted();
  const messages = Array.from(
    { length: FLOOD },
    (_, n) => explicitPvd(mac, `flood-${n}.example`, network(n)),
  );
  ok(await flood(messages, 1) > 0);
  const after = await heard();
  const domains = await waitForDomains(allReady(CAP), 60_000);
  for (const id of DOCUMENTED) ok(domains.some((domain) => domain.id === id), `${id} was pushed out`);
  const [received, refused] = [after.received - before.received, refusedOf(after) - refusedOf(before)];
  const kept = domains.filter(isFlood).length - 1;
  // The lab's own routers go on talking; nothing of theirs is refused.
  ok(refused > 0 && refused + kept <= received, `${refused} refused and ${kept} kept of ${received}`);
  ok(refused >= FLOOD / 2, `only ${refused} of ${FLOOD} were counted`);
  const more = together(await memoryNow()) - memory;
  ok(more < MOST_KIB, `${more} KiB more are resident`);
  await send(explicitPvd(mac, "flood-0.example", network(FLOOD)));
  await until("the next good one is heard", async () => await addressesOf("flood-0.example") === 2);
});
