// Whether a resolver answers: one question by UDP (RFC 1035 4), straight to it and past the C library, so that it is
// known which of several is silent. Of the answer only the header is read.

import { isLinkLocal, parseAddress } from "../../lib/ip.ts";
import { readableWithin, receiveDatagram, sendDatagram } from "../../lib/linux/datagram.ts";
import { connectTo } from "../../lib/linux/endpoint.ts";
import { LinuxError } from "../../lib/linux/error.ts";
import { close } from "../../lib/linux/fd.ts";
import { openInternetSocket } from "../../lib/linux/inet_socket.ts";
import { linkIndexOf } from "../../lib/linux/process.ts";
import type { Found } from "./found.ts";

const PORT = 53;
/** Sent again once, as glibc does by default after longer. */
const TRIES = 2;
const TRY_MS = 2_000;
const HEADER_BYTES = 12;
const TYPE_A = 1, TYPE_NS = 2, CLASS_IN = 1;
const RESPONSE = 0x80, RECURSION_DESIRED = 0x01;

type Answer = Found["resolvers"][number];

/** `server` as resolv.conf(5) has it, perhaps with "%interface"; `name` null: asks for the root's name servers. */
export async function askResolver(server: string, name: string | null): Promise<Answer> {
  const start = performance.now();
  const answered = (answer: Answer["answer"], responseCode: number | null = null): Answer => ({
    address: server,
    answer,
    responseCode,
    ms: Math.round(performance.now() - start),
  });
  const [text = "", zone] = server.split("%");
  const address = parseAddress(text);
  if (address === null) return answered("unreachable");
  const family = address.length === 16 ? "inet6" : "inet";
  const fd = openInternetSocket(family === "inet6" ? "inet6 datagram udp" : "inet datagram udp");
  try {
    const index = zone === undefined || !isLinkLocal(address) ? 0 : linkIndexOf(zone) ?? 0;
    connectTo(fd, { family, address, port: PORT, zone: index });
    for (let left = TRIES; left > 0; left--) {
      const id = crypto.getRandomValues(new Uint8Array(2));
      sendDatagram(fd, question(id, name));
      const end = performance.now() + TRY_MS;
      while (await readableWithin(fd, end - performance.now())) {
        const response = receiveDatagram(fd);
        const code = response === null ? null : responseCode(id, response);
        if (code !== null) return answered("answer", code);
      }
    }
    return answered("none");
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    return answered(error.errnoName === "ECONNREFUSED" ? "refused" : "unreachable");
  } finally {
    close(fd);
  }
}

/** Pure; `name` has labels of 1 to 63 octets. */
export function question(id: Uint8Array, name: string | null): Uint8Array {
  const labels = name === null ? [] : name.split(".").filter((label) => label !== "");
  const encoded = labels.flatMap((label) => {
    const octets = new TextEncoder().encode(label);
    return [octets.length, ...octets];
  });
  const header = [id[0] ?? 0, id[1] ?? 0, RECURSION_DESIRED, 0, 0, 1, 0, 0, 0, 0, 0, 0];
  return Uint8Array.of(...header, ...encoded, 0, 0, name === null ? TYPE_NS : TYPE_A, 0, CLASS_IN);
}

/** Pure; null where it is no response to that question. */
export function responseCode(id: Uint8Array, response: Uint8Array): number | null {
  const [first, second, flags = 0, code = 0] = response;
  if (response.length < HEADER_BYTES || first !== id[0] || second !== id[1]) return null;
  return (flags & RESPONSE) === 0 ? null : code & 0x0f;
}
