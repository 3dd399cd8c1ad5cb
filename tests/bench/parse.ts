// How many advertisements a second one core parses, against C in the same run: libndp, the library of ndptool, where
// it is installed, and a loop that walks the same options. The messages are those of the captures. Prints; asserts
// nothing. Also by itself: deno run -A tests/bench/parse.ts

import { domainAdvertisements, outerAdvertisement } from "../../lib/ndp/domains.ts";
import { parseMessage } from "../../lib/ndp/parse.ts";
import { AdvertisementCache, type Said } from "../../broker/advertisement_cache.ts";
import { captureFiles } from "../fuzz/ndp_data.ts";
import { readCapture } from "../../lib/pcap.ts";
import { median } from "./numbers.ts";
import { readFrame } from "../../lib/pcap_frame.ts";

const ROUNDS = 3;
const SECONDS = 0.5;
/** Plain options, MIF's containers, RFC 8801. */
const CAPTURES = ["debian-full", "mif-1pvd-tc01R1", "mpvd-H-nested-noR"];
const BATCH = 1000;
const SOURCE = "fe80::1";

/** The Router Advertisements of a capture. */
interface Sample {
  readonly name: string;
  readonly messages: readonly Uint8Array[];
}

export async function benchParse(): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "pvd-bench-" });
  try {
    const peer = `${folder}/parse_peer`;
    const peers = await build(peer);
    if (peers === null) return console.log("parsing: left out; install it with apt-get install gcc");
    for (const sample of samples()) await compare(sample, peer, peers);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function samples(): Sample[] {
  const files = captureFiles().filter(({ name }) => CAPTURES.some((each) => name === `${each}.pcap`));
  return files.flatMap(({ name, bytes }) => {
    const messages: Uint8Array[] = [];
    for (const item of readCapture(bytes)) {
      const read = item.type === "frame" ? readFrame(item.frame) : null;
      if (read?.type === "ipv6" && read.packet.payload[0] === 134) messages.push(read.packet.payload);
    }
    return messages.length === 0 ? [] : [{ name: name.replace(".pcap", ""), messages }];
  });
}

/** What it can do; null where nothing can be built. */
async function build(output: string): Promise<string[] | null> {
  const source = new URL("parse_peer.c", import.meta.url).pathname;
  const flags = ["-O2", "-Wall", "-Wextra", "-Werror", "-o", output, source];
  if (await succeeds("gcc", [...flags, "-DLIBNDP", "-lndp"])) return ["libndp", "walk", "walk-text"];
  console.log("    libndp is not there (apt-get install libndp-dev): against a loop in C alone");
  return await succeeds("gcc", flags) ? ["walk", "walk-text"] : null;
}

async function succeeds(program: string, args: string[]): Promise<boolean> {
  try {
    return (await new Deno.Command(program, { args, stdout: "null", stderr: "null" }).output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function compare({ name, messages }: Sample, peer: string, peers: readonly string[]): Promise<void> {
  const input = packed(messages);
  const ours: number[] = [], equal: number[] = [];
  const theirs = new Map<string, number[]>(peers.map((each) => [each, []]));
  // In turns, so that a machine that is busy for a while is so for all.
  for (let round = 0; round <= ROUNDS; round++) {
    const figures = [parsed(messages), known(messages)] as const;
    // The first is for the compiler.
    if (round === 0) continue;
    ours.push(figures[0]);
    equal.push(figures[1]);
    for (const each of peers) theirs.get(each)?.push(await run(peer, each, input));
  }
  const rate = median(ours);
  const octets = Math.round(messages.reduce((sum, each) => sum + each.length, 0) / messages.length);
  console.log(
    `parsing ${name} (${messages.length} RAs of ${octets} octets on average): ${shown(rate)} RAs a second, ` +
      `to domains as plain values with text; the same ones heard again: ${shown(median(equal))}`,
  );
  const lines = [...theirs].map(([each, rates]) =>
    `${each} ${shown(median(rates))}, ratio ${(rate / median(rates)).toPrecision(2)}`
  );
  console.log(`    in C: ${lines.join("; ")}`);
}

/** From bytes to what each domain is told. */
function parsed(messages: readonly Uint8Array[]): number {
  return rateOf((number) =>
    saidBy(messages[number % messages.length] ?? new Uint8Array(0)).advertisements.length
  );
}

function saidBy(message: Uint8Array): Said {
  const read = parseMessage(message, { source: SOURCE, hopLimit: 255 });
  if (!read.ok || read.message.type !== "routerAdvertisement") throw new Error("a capture does not parse");
  return { advertisements: domainAdvertisements(read.message), outer: outerAdvertisement(read.message) };
}

/** What the broker does with most of what it hears: it has heard it before. */
function known(messages: readonly Uint8Array[]): number {
  const cache = new AdvertisementCache();
  for (const message of messages) cache.remember(SOURCE, message, saidBy(message), 0);
  return rateOf((number) => {
    const entry = cache.find(SOURCE, messages[number % messages.length] ?? new Uint8Array(0));
    if (entry === null) throw new Error("what was heard is not known");
    return 1;
  });
}

function rateOf(once: (number: number) => number): number {
  const start = performance.now();
  let done = 0, sum = 0;
  while (performance.now() - start < SECONDS * 1000) {
    for (let round = 0; round < BATCH; round++) sum += once(done++);
  }
  if (sum < done) throw new Error("an advertisement had no domain");
  return done / (performance.now() - start) * 1000;
}

async function run(peer: string, mode: string, input: Uint8Array): Promise<number> {
  const child = new Deno.Command(peer, { args: [mode, String(SECONDS)], stdin: "piped", stdout: "piped" })
    .spawn();
  const writer = child.stdin.getWriter();
  await writer.write(input);
  await writer.close();
  const { success, stdout } = await child.output();
  if (!success) throw new Error(`parse_peer ${mode} failed`);
  return Number(new TextDecoder().decode(stdout));
}

function packed(messages: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(messages.flatMap((each) => [each.length >> 8, each.length & 0xff, ...each]));
}

function shown(rate: number): string {
  return rate >= 1e6 ? `${(rate / 1e6).toFixed(1)} M` : `${Math.round(rate / 1000)} k`;
}

if (import.meta.main) await benchParse();
