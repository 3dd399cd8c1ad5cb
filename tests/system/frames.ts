// Neighbor Discovery packets as nobody's kernel would send them: any source, hop limit, code and checksum. Works in the
// lab, as root; starts send_frames.py.

import { parseIpv6 } from "../../lib/ip.ts";
import { icmpv6Checksum } from "../../lib/ndp/checksum.ts";
import { ICMPV6 } from "../../lib/ndp/codes.ts";
import { concat, hex, pad8, writeU16 } from "../../lib/ndp/octets.ts";
import { inHost, run } from "../lab/lab.ts";
import type { Host } from "../lab/paths.ts";

const PYTHON = "/usr/bin/python3";
const SENDER = new URL("send_frames.py", import.meta.url).pathname;
const FRAGMENT_HEADER = 44;
const SOURCE_MAC = [0x02, 0, 0, 0, 0x66, 0x66];

/** An ICMPv6 message and what is around it. */
export interface FrameToSend {
  /** With zeros for the checksum. */
  readonly message: Uint8Array;
  readonly source: string;
  /** A multicast address. */
  readonly destination: string;
  readonly hopLimit?: number;
  /** Wrong by one bit. */
  readonly badChecksum?: boolean;
}

/** The Ethernet frame. */
export function frame(given: FrameToSend): Uint8Array {
  return packet(given, ICMPV6, payloadOf(given));
}

/** The same message with a Fragment header (RFC 8200 4.5), as a whole or in so many parts. */
export function fragments(given: FrameToSend, parts: number): Uint8Array[] {
  const payload = payloadOf(given);
  const size = pad8(Math.ceil(payload.length / parts));
  return Array.from({ length: parts }, (_, index) => {
    const part = payload.subarray(index * size, (index + 1) * size);
    const header = new Uint8Array(8);
    header[0] = ICMPV6;
    writeU16(header, 2, index * size + (index < parts - 1 ? 1 : 0));
    header.set([0xf, 0x0, 0x0, parts], 4);
    return packet(given, FRAGMENT_HEADER, concat([header, part]));
  });
}

function payloadOf({ message, source, destination, badChecksum }: FrameToSend): Uint8Array {
  const payload = message.slice();
  writeU16(payload, 2, 0);
  const checksum = icmpv6Checksum(address(source), address(destination), payload);
  writeU16(payload, 2, checksum ^ (badChecksum === true ? 1 : 0));
  return payload;
}

function packet(
  { source, destination, hopLimit = 255 }: FrameToSend,
  protocol: number,
  payload: Uint8Array,
): Uint8Array {
  const to = address(destination);
  const header = new Uint8Array(8);
  header[0] = 0x60;
  writeU16(header, 4, payload.length);
  header.set([protocol, hopLimit], 6);
  const ethernet = Uint8Array.of(0x33, 0x33, ...to.subarray(12), ...SOURCE_MAC, 0x86, 0xdd);
  return concat([ethernet, header, address(source), to, payload]);
}

function address(text: string): Uint8Array {
  const parsed = parseIpv6(text);
  if (parsed === null) throw new RangeError(`${text} is no IPv6 address`);
  return parsed;
}

/** Sends frames on a host's eth1, each so often, so many seconds apart. */
export async function sendFrames(
  host: Host,
  frames: readonly Uint8Array[],
  count = 1,
  pauseS = 0,
): Promise<void> {
  const input = frames.map((bytes) => `${hex(bytes)} ${count} ${pauseS}\n`).join("");
  const { status, stderr } = await run(inHost(host, [PYTHON, SENDER, "eth1"]), { input });
  if (status !== 0) throw new Error(`send_frames.py: ${stderr}`);
}
