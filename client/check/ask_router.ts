// Whether a router is there: an echo request (RFC 4443 4.1), which many answer, a datagram to a port where nobody
// listens, which others refuse, and the kernel's neighbour cache (RFC 4861 7.3), which knows of those that do neither.
// Sends to that router alone.

import { isLinkLocal, parseAddress } from "../../lib/ip.ts";
import { readableWithin, receiveDatagram, sendDatagram } from "../../lib/linux/datagram.ts";
import { connectTo } from "../../lib/linux/endpoint.ts";
import { LinuxError } from "../../lib/linux/error.ts";
import { closeAll } from "../../lib/linux/fd.ts";
import { openInternetSocket } from "../../lib/linux/inet_socket.ts";
import { neighbors } from "../../lib/linux/network_view.ts";
import type { Found } from "./found.ts";

/** An entry that is STALE is confirmed or given up 5 s (DELAY_FIRST_PROBE_TIME) and three probes later (RFC 4861 10). */
const MOST_MS = 10_000;
/** And one that is INCOMPLETE, three multicast ones later; the kernel then begins anew with the next datagram. */
const LOOKING_MS = 2_500;
const BETWEEN_MS = 250;
const ECHO_REQUEST = { inet6: 128, inet: 8 } as const;
const ECHO_BYTES = 16;
/** traceroute(8) begins with it. */
const UNUSED_PORT = 33_434;

type Answer = Found["routers"][number];

export interface Router {
  readonly address: string;
  /** Index of the interface that it is behind. */
  readonly index: number;
}

/** Takes `MOST_MS` at most. */
export async function askRouter(router: Router): Promise<Answer> {
  const start = performance.now();
  const answer = await answerOf(router, start);
  return { address: router.address, answer, ms: Math.round(performance.now() - start) };
}

async function answerOf(router: Router, start: number): Promise<Answer["answer"]> {
  const opened: number[] = [];
  try {
    const echo = connected(router, "icmp", opened);
    const other = connected(router, "udp", opened);
    if (echo === null || other === null) return "unknown";
    let lookingSince = Infinity;
    let hadEntry = false;
    for (let count = 1; performance.now() - start < MOST_MS; count++) {
      if (await answers(echo, echoRequest(router, count))) return "answer";
      if (await answers(other, new Uint8Array(ECHO_BYTES))) return "answer";
      const now = performance.now();
      const state = neighborState(router, now - start);
      if (state === "none" || state === "neighbor") return state;
      if (state === "unconfirmed") hadEntry = true;
      if (state === "looking") lookingSince = Math.min(lookingSince, now);
      // From an entry that it had, the kernel begins anew only when it has given that up.
      if (lookingSince <= now - (hadEntry ? 0 : LOOKING_MS)) return "none";
    }
    return "unknown";
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    if (error.errnoName === "ECONNREFUSED") return "answer";
    // EHOSTUNREACH: the kernel has looked for it in vain.
    const state = neighborState(router, performance.now() - start);
    if (state === "none" || state === "neighbor") return state;
    return error.errnoName === "EHOSTUNREACH" ? "none" : "unknown";
  } finally {
    closeAll(opened);
  }
}

function connected({ address, index }: Router, kind: "icmp" | "udp", opened: number[]): number | null {
  const bytes = parseAddress(address);
  if (bytes === null) return null;
  const family = bytes.length === 16 ? "inet6" : "inet";
  const fd = openInternetSocket(`${family} datagram ${kind}`);
  opened.push(fd);
  const port = kind === "udp" ? UNUSED_PORT : 0;
  connectTo(fd, { family, address: bytes, port, zone: isLinkLocal(bytes) ? index : 0 });
  return fd;
}

/** Throws LinuxError where the answer is an error. */
async function answers(fd: number, question: Uint8Array): Promise<boolean> {
  sendDatagram(fd, question);
  return await readableWithin(fd, BETWEEN_MS) && receiveDatagram(fd) !== null;
}

/** What the kernel has learned of it in the last `ms`. */
function neighborState(
  { address, index }: Router,
  ms: number,
): "none" | "neighbor" | "looking" | "unconfirmed" | null {
  const entry = neighbors().find((each) => each.index === index && each.address === address);
  if (entry === undefined) return null;
  if (entry.state === "failed") return "none";
  if (entry.state === "looking") return "looking";
  return entry.confirmedMs !== null && entry.confirmedMs < ms ? "neighbor" : "unconfirmed";
}

/** The kernel fills in identifier and checksum (icmp(7)). */
function echoRequest({ address }: Router, sequence: number): Uint8Array {
  const bytes = new Uint8Array(ECHO_BYTES);
  bytes[0] = ECHO_REQUEST[address.includes(":") ? "inet6" : "inet"];
  new DataView(bytes.buffer).setUint16(6, sequence);
  return bytes;
}
