// Binds and connects internet sockets that were made elsewhere (bind(2), listen(2), connect(2), ipv6(7)): whatever
// namespace this thread is in, the socket stays in its own.

import { formatAddress, parseIpv4, parseIpv6 } from "../ip.ts";
import * as abi from "./abi.ts";
import { must } from "./error.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";
import { setInteger } from "./sockopt.ts";

export interface Endpoint {
  readonly family: "inet" | "inet6";
  /** Four or sixteen octets. */
  readonly address: Uint8Array;
  readonly port: number;
  /** Index of the interface that a link-local address belongs to. */
  readonly zone?: number;
}

const BACKLOG = 128;

/** "[ADDRESS]:PORT", "1.2.3.4:PORT", or ":PORT" for every address of IPv6; null for anything else. Pure. */
export function parseEndpoint(text: string): Endpoint | null {
  const match = /^(?:\[([^\]]*)\]|([0-9.]*)):([0-9]{1,5})$/.exec(text);
  if (match === null) return null;
  const [, six, four = "", digits] = match;
  const port = Number(digits);
  if (port > 65_535) return null;
  if (six !== undefined || four === "") {
    const address = parseIpv6(six ?? "::");
    return address === null ? null : { family: "inet6", address, port };
  }
  const address = parseIpv4(four);
  return address === null ? null : { family: "inet", address, port };
}

/** Throws LinuxError (EADDRINUSE, EACCES, EADDRNOTAVAIL). */
export function bindTo(fd: number, endpoint: Endpoint): void {
  setInteger(fd, abi.SOL_SOCKET, abi.SO_REUSEADDR, 1, "SO_REUSEADDR");
  const address = socketAddress(endpoint);
  must("bind", libc.bind(fd, address, address.length), describe(endpoint));
}

export function listenOn(fd: number): void {
  must("listen", libc.listen(fd, BACKLOG));
}

/** Waits until the other end has answered. Throws LinuxError (ECONNREFUSED, ENETUNREACH, ETIMEDOUT). */
export function connectTo(fd: number, endpoint: Endpoint): void {
  const address = socketAddress(endpoint);
  must("connect", libc.connect(fd, address, address.length), describe(endpoint));
}

function describe({ family, address, port }: Endpoint): string {
  return family === "inet6" ? `[${formatAddress(address)}]:${port}` : `${formatAddress(address)}:${port}`;
}

/** sockaddr_in or sockaddr_in6. */
function socketAddress({ family, address, port, zone = 0 }: Endpoint): Uint8Array<ArrayBuffer> {
  const bytes = allocate(family === "inet6" ? 28 : 16);
  view(bytes).setUint16(0, family === "inet6" ? abi.AF_INET6 : abi.AF_INET, true);
  view(bytes).setUint16(2, port, false);
  bytes.set(address, family === "inet6" ? 8 : 4);
  if (family === "inet6") view(bytes).setUint32(24, zone, true);
  return bytes;
}
