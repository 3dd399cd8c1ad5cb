// Plays hostile router, started in R1's namespace as root: sends every message of the vectors, each cut short at many
// lengths and with single octets changed, then some with a wrong hop limit. Sends on eth1 alone; prints how many.

import { IPPROTO_IPV6, IPV6_MULTICAST_HOPS } from "../../lib/linux/abi.ts";
import { openIcmp6Socket, sendIcmp6 } from "../../lib/linux/icmp6.ts";
import { linkIndexOf } from "../../lib/linux/process.ts";
import { setInteger } from "../../lib/linux/sockopt.ts";
import { readVectors } from "../fuzz/ndp_data.ts";

const ALL_NODES = "ff02::1";
/** The hop limit that a packet from another link may have (RFC 4861 6.1.2 wants 255). */
const FROM_AFAR = 64;
/** ICMPv6 header: what is changed in it never gets to the parser. */
const HEADER_OCTETS = 4;

/** A message, cut short at every fourth octet, and with octets set to what length fields fear. */
export function* mutations(message: Uint8Array): Generator<Uint8Array> {
  yield message;
  for (let length = HEADER_OCTETS; length < message.length; length += 4) yield message.subarray(0, length);
  for (let at = HEADER_OCTETS; at < message.length; at++) {
    for (const octet of [0, 0xff]) {
      const changed = message.slice();
      changed[at] = octet;
      yield changed;
    }
  }
}

/** For one message; a link that takes none at all ends it. */
const ATTEMPTS = 1_000;

if (import.meta.main) {
  const link = linkIndexOf("eth1") ?? 0;
  const fd = openIcmp6Socket(link, "eth1", []);
  let sent = 0;
  const send = (message: Uint8Array) => {
    if (message.length < HEADER_OCTETS) return;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      try {
        sendIcmp6(fd, message, ALL_NODES, link);
        sent++;
        return;
      } catch {
        // The link's queue is full: once more.
      }
    }
  };
  const vectors = readVectors().map(({ bytes }) => bytes);
  for (const vector of vectors) for (const message of mutations(vector)) send(message);
  setInteger(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, FROM_AFAR, "IPV6_MULTICAST_HOPS");
  for (const vector of vectors) send(vector);
  console.log(sent);
}
