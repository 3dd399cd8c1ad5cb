// The first UDP echo in a namespace that has just appeared: the moment from which a program can work there. Enters
// the namespace itself, as root, so that nothing but the network is measured.

import { AF_INET6, MSG_DONTWAIT } from "../../lib/linux/abi.ts";
import { close, open } from "../../lib/linux/fd.ts";
import { openInternetSocket } from "../../lib/linux/inet_socket.ts";
import { libc } from "../../lib/linux/libc.ts";
import { allocate, view } from "../../lib/linux/memory.ts";
import { inside, rememberHome } from "../../lib/linux/namespace.ts";
import { bootTimeMs } from "../../lib/linux/time.ts";
import { parseIpv6 } from "../../lib/ip.ts";

const ECHO_PORT = 7;
const GIVE_UP_MS = 10_000;
/** AF_UNSPEC: connect(2) with it dissolves the association. */
const NOWHERE = allocate(28);
const home = rememberHome();

/** When the first answer of `server` came, on CLOCK_BOOTTIME. Asks again and again, many times a millisecond at first,
 * as an impatient program would. */
export function firstEcho(namespace: string, server: string): number {
  const start = bootTimeMs();
  const fd = socketIn(namespace, start);
  const address = allocate(28);
  view(address).setUint16(0, AF_INET6, true);
  view(address).setUint16(2, ECHO_PORT, false);
  address.set(parseIpv6(server) ?? [], 8);
  const payload = allocate(4);
  const answer = allocate(64);
  let asked = -Infinity;
  try {
    for (;;) {
      const now = bootTimeMs();
      if (now - start > GIVE_UP_MS) throw new Error(`no echo in ${namespace} after ${GIVE_UP_MS} ms`);
      if (Number(libc.recv(fd, answer, 64n, MSG_DONTWAIT)) === 4) return now;
      // Until there is a route, connect fails at once; then a lost packet is repeated every two milliseconds.
      // A socket keeps the source address that it was first connected with, so it is disconnected before.
      if (now - asked <= 2) continue;
      libc.connect(fd, NOWHERE, NOWHERE.length);
      if (libc.connect(fd, address, address.length) !== 0) continue;
      libc.send(fd, payload, 4n, MSG_DONTWAIT);
      asked = now;
    }
  } finally {
    close(fd);
  }
}

/** The name is there a moment before the namespace is mounted on it. */
function socketIn(namespace: string, start: number): number {
  for (;;) {
    try {
      const fd = open(`/run/netns/${namespace}`, 0);
      try {
        return inside(fd, home, () => openInternetSocket("inet6 datagram udp"));
      } finally {
        close(fd);
      }
    } catch (error) {
      if (bootTimeMs() - start > GIVE_UP_MS) throw error;
    }
  }
}
