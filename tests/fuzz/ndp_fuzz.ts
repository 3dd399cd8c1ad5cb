// Mutation fuzzer of the Neighbor Discovery parser: valid and hostile packets, bent in every way that found a
// bug in some other parser. Run by hand for as long as one likes, or for a moment as a unit test:
// deno run --allow-read tests/fuzz/ndp_fuzz.ts [SECONDS] [SEED]

import { isDeepStrictEqual } from "node:util";
import { buildMessage } from "../../lib/ndp/build.ts";
import { domainAdvertisements } from "../../lib/ndp/domains.ts";
import { hex } from "../../lib/ndp/octets.ts";
import { parseMessage } from "../../lib/ndp/parse.ts";
import { readCapture } from "../../lib/pcap.ts";
import { readFrame } from "../../lib/pcap_frame.ts";
import { captureFiles, readVectors } from "./ndp_data.ts";

export interface FuzzReport {
  readonly runs: number;
  /** How many of the bent packets were still valid. */
  readonly valid: number;
}

/** xorshift32: the same packets for the same seed. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

type Random = (below: number) => number;

function splice(
  bytes: Uint8Array,
  at: number,
  remove: number,
  insert: Uint8Array,
): Uint8Array {
  const out = new Uint8Array(
    Math.max(at, 0) + insert.length + Math.max(bytes.length - at - remove, 0),
  );
  out.set(bytes.subarray(0, at));
  out.set(insert, at);
  out.set(bytes.subarray(at + remove), at + insert.length);
  return out;
}

/** One small harm to a packet, another packet at hand. */
function bend(
  bytes: Uint8Array,
  other: Uint8Array,
  random: Random,
): Uint8Array {
  const at = random(bytes.length + 1);
  const unit = at & ~7;
  switch (random(8)) {
    case 0: { // a bit
      const out = bytes.slice();
      if (at < out.length) out[at] = (out[at] ?? 0) ^ 1 << random(8);
      return out;
    }
    case 1: { // an octet that is a limit somewhere
      const out = bytes.slice();
      const limits = [0, 1, 2, 3, 0x3f, 0x40, 0x7f, 0x80, 0xc0, 0xfe, 0xff];
      if (at < out.length) out[at] = limits[random(limits.length)] ?? 0;
      return out;
    }
    case 2: { // a length field
      const out = bytes.slice();
      if (unit + 1 < out.length) {
        out[unit + 1] = (out[unit + 1] ?? 0) + random(5) - 2;
      }
      return out;
    }
    case 3: { // another type
      const out = bytes.slice();
      const types = [1, 3, 5, 21, 24, 25, 31, 37, 38, 63, 64, 144];
      if (unit < out.length) out[unit] = types[random(types.length)] ?? 0;
      return out;
    }
    case 4:
      return bytes.slice(0, at);
    case 5: { // options of another packet in the middle
      const from = random(other.length + 1) & ~7;
      return splice(
        bytes,
        unit,
        0,
        other.subarray(from, from + 8 * random(12)),
      );
    }
    case 6:
      return splice(bytes, unit, 8 * random(6), new Uint8Array(0));
    default: { // what follows becomes the inside of a PvD option or a container
      const rest = bytes.subarray(unit);
      const head = random(2) === 0
        ? [21, 0, 0, random(256), 0, 0, 1, 0x61, 0, 0, 0, 0, 0, 0, 0, 0]
        : [63, 0, 0, 0, 0, 0, 0, 0];
      head[1] = (head.length + rest.length >> 3) & 0xff;
      return splice(bytes, unit, 0, Uint8Array.from(head));
    }
  }
}

function corpus(): Uint8Array[] {
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

/** Bends packets for so many seconds; throws at the first that breaks a promise of the parser. */
export function fuzzParser(seconds: number, seed: number): FuzzReport {
  const random = randomFrom(seed);
  const packets = corpus();
  const pick = () => packets[random(packets.length)] ?? new Uint8Array(0);
  const end = performance.now() + seconds * 1000;
  let runs = 0;
  let valid = 0;
  while (runs % 256 !== 0 || performance.now() < end) {
    let bytes = pick();
    for (let harms = random(6); harms >= 0; harms--) {
      bytes = bend(bytes, pick(), random);
    }
    // Most harms after the first need the message to be one still.
    if (random(4) !== 0 && bytes.length > 1) {
      bytes[0] = 134;
      bytes[1] = 0;
    }
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
