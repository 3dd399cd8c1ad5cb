// `pvd decode [--json] FILE`: what the Router Advertisements in a capture say about provisioning domains.
// Reads one file or standard input and writes text; needs no privilege and speaks to nobody.

import { escapeText } from "../lib/escape.ts";
import { ICMPV6, ROUTER_ADVERTISEMENT } from "../lib/ndp/codes.ts";
import { domainAdvertisements } from "../lib/ndp/domains.ts";
import { parseMessage } from "../lib/ndp/parse.ts";
import { readCapture } from "../lib/pcap.ts";
import { type Ipv6Packet, readFrame } from "../lib/pcap_frame.ts";
import { type DecodeIo, processIo } from "./decode_io.ts";
import { advertisementJson, advertisementText, type DecodedAdvertisement } from "./decode_text.ts";
import { jsonDocument } from "./output.ts";

export type { DecodeIo } from "./decode_io.ts";

const USAGE = "usage: pvd decode [--json] FILE (FILE may be - for standard input)\n";
const EXIT_FAILURE = 1;
const EXIT_USAGE = 2;

interface Request {
  readonly json: boolean;
  readonly file: string;
}

/** The request, or what is wrong with the arguments. */
function readArguments(args: readonly string[]): Request | string {
  let json = false;
  let optionsEnded = false;
  const files: string[] = [];
  for (const arg of args) {
    if (optionsEnded || arg === "-" || !arg.startsWith("-")) files.push(arg);
    else if (arg === "--") optionsEnded = true;
    else if (arg === "--json") json = true;
    else return `there is no option ${escapeText(arg)}`;
  }
  const [file] = files;
  if (file === undefined) return "no file is named";
  return files.length === 1 ? { json, file } : "more than one file is named";
}

function decodePacket(packet: Ipv6Packet): Omit<DecodedAdvertisement, "packet"> | null {
  // A later fragment begins in the middle of a message: what it is part of cannot be told.
  if (packet.protocol !== ICMPV6 || packet.fragmentOffset !== 0) return null;
  if (packet.payload[0] !== ROUTER_ADVERTISEMENT) return null;
  const invalid = (problem: string) => ({ source: packet.source, problem, domains: [], ignored: [] });
  if (packet.fragmented) return invalid("it came fragmented, which RFC 6980 forbids");
  const { payload, payloadLength } = packet;
  if (payload.length < payloadLength) {
    return invalid(`the capture has ${payload.length} of its ${payloadLength} octets`);
  }
  const { source, destination, hopLimit } = packet;
  const result = parseMessage(payload, { source, destination, hopLimit, verifyChecksum: true });
  if (!result.ok) return invalid(result.problem);
  if (result.message.type !== "routerAdvertisement") return null;
  return {
    source,
    problem: null,
    domains: domainAdvertisements(result.message),
    ignored: result.message.ignored,
  };
}

/** Runs `pvd decode` and gives its exit status: 0, 1 where the capture cannot be read to its end, 2 for usage. */
export async function decode(args: readonly string[], io: DecodeIo = processIo()): Promise<number> {
  const request = readArguments(args);
  if (typeof request === "string") {
    io.err(`pvd decode: ${request}\n${USAGE}`);
    return EXIT_USAGE;
  }
  const name = request.file === "-" ? "standard input" : escapeText(request.file);
  const fail = (problem: string): number => {
    if (request.json) io.out(jsonDocument({ error: { code: "failed", message: `${name}: ${problem}` } }));
    io.err(`pvd decode: ${name}: ${problem}\n`);
    return EXIT_FAILURE;
  };

  let bytes: Uint8Array;
  try {
    bytes = await (request.file === "-" ? io.readStdin() : io.readFile(request.file));
  } catch (error) {
    return fail(error instanceof Error ? escapeText(error.message) : "it cannot be read");
  }
  let unsupported: string | null = null;
  for (const item of readCapture(bytes)) {
    if (item.type === "problem") return fail(item.problem);
    const read = readFrame(item.frame);
    if (read.type === "unsupported") unsupported ??= `packet ${item.frame.number}: ${read.problem}`;
    if (read.type !== "ipv6") continue;
    const decoded = decodePacket(read.packet);
    if (decoded === null) continue;
    const advertisement = { packet: item.frame.number, ...decoded };
    io.out(request.json ? advertisementJson(advertisement) : advertisementText(advertisement));
  }
  return unsupported === null ? 0 : fail(unsupported);
}
