// Mutation fuzzer of the Neighbor Discovery parser: valid and hostile packets, bent in every way that found a
// bug in some other parser. Run by hand for as long as one likes, or for a moment as a unit test:
// deno run --allow-read tests/fuzz/ndp_fuzz.ts [SECONDS] [SEED]

import { isDeepStrictEqual } from "node:util";
import { buildMessage } from "../../lib/ndp/build.ts";
import { ROUTER_ADVERTISEMENT } from "../../lib/ndp/codes.ts";
import { domainAdvertisements } from "../../lib/ndp/domains.ts";
import { hex } from "../../lib/ndp/octets.ts";
import { parseMessage } from "../../lib/ndp/parse.ts";
import { readCapture } from "../../lib/pcap.ts";
import { readFrame } from "../../lib/pcap_frame.ts";
import { bend } from "./bend.ts";
import { captureFiles, readVectors } from "./ndp_data.ts";
import { chance, pick, type Random, randomFrom } from "./random.ts";

export interface FuzzReport {
  readonly runs: number;
  /** How many of the bent packets were still valid. */
  readonly valid: number;
}

/** The vectors and the captured messages. */
export function corpus(): Uint8Array[] {
  const packets = readVectors().map((vector) => vector.bytes);
  for (const { bytes } of captureFiles()) {
    for (const item of readCapture(bytes)) {
      if (item.type !== "frame") continue;
      const read = readFrame(item.frame);
      if (read.type === "ipv6") packets.push(read.packet.payload);
    }
  }
  return packets;
}

/** What must hold of any bytes. Throws an Error that has them in it where it does not. */
export function checkBytes(bytes: Uint8Array): boolean {
  const envelope = {
    source: "fe80::1",
    destination: "ff02::1",
    hopLimit: 255,
  };
  try {
    const first = parseMessage(bytes, envelope);
    parseMessage(bytes, { ...envelope, verifyChecksum: true });
    if (!first.ok) {
      if (first.problem === "") throw new Error("no reason is given");
      return false;
    }
    const second = parseMessage(buildMessage(first.message, null), envelope);
    if (!second.ok) {
      throw new Error(`what was built is invalid: ${second.problem}`);
    }
    const { message } = second;
    if (message.ignored.length > 0) {
      throw new Error(`what was built is ignored: ${message.ignored[0]}`);
    }
    if (!isDeepStrictEqual({ ...first.message, ignored: [] }, message)) {
      throw new Error("what was built reads otherwise");
    }
    if (first.message.type === "routerAdvertisement") {
      const domains = domainAdvertisements(first.message);
      if (domains.length === 0) throw new Error("there is no domain");
      for (const { id } of domains) {
        if (id === "") throw new Error("a domain has no id");
      }
    }
    return true;
  } catch (error) {
    throw new Error(`packet ${hex(bytes)}`, { cause: error });
  }
}

/** One of `packets`, bent once or a few times. */
export function bentPacket(packets: readonly Uint8Array[], random: Random): Uint8Array {
  let bytes = pick(random, packets);
  for (let harms = random(6); harms >= 0; harms--) bytes = bend(bytes, pick(random, packets), random);
  return chance(random, 4) ? bytes : asAdvertisement(bytes);
}

/** Most harms after the first need the message to be one still. */
export function asAdvertisement(bytes: Uint8Array): Uint8Array {
  const out = bytes.slice();
  out.set([ROUTER_ADVERTISEMENT, 0].slice(0, out.length));
  return out;
}

/** Bends packets for so many seconds; throws at the first that breaks a promise of the parser. */
export function fuzzParser(seconds: number, seed: number): FuzzReport {
  const random = randomFrom(seed);
  const packets = corpus();
  const end = performance.now() + seconds * 1000;
  let runs = 0;
  let valid = 0;
  while (runs % 256 !== 0 || performance.now() < end) {
    const bytes = bentPacket(packets, random);
    runs++;
    if (checkBytes(bytes)) valid++;
    // Grow the corpus with what was bent, within bounds, so that harms add up.
    if (random(50) === 0 && bytes.length < 4096) {
      packets[random(Math.min(packets.length + 1, 2000))] = bytes;
    }
  }
  return { runs, valid };
}

if (import.meta.main) {
  const [seconds = "10", seed = "1"] = Deno.args;
  const report = fuzzParser(Number(seconds), Number(seed));
  console.log(
    `${report.runs} packets, ${report.valid} of them valid, no promise broken`,
  );
}
