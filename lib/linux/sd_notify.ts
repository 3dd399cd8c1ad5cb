// Tells the service manager how a service is (sd_notify(3)): it is ready, it lives, it stops. Touches one datagram
// socket, and only where the manager has named it in NOTIFY_SOCKET.

import * as abi from "./abi.ts";
import { must } from "./error.ts";
import { close } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";
import { ownVariable } from "./own.ts";
import { makeBlocking } from "./socket.ts";
import { unixAddress } from "./unix_address.ts";

/** "READY=1" and its like, one a line (sd_notify(3)). */
export type Notice = "READY=1" | "STOPPING=1" | "WATCHDOG=1";

/** False where there is no service manager, which is no failure. Throws LinuxError, RangeError. */
export function notify(notices: readonly Notice[], socket = ownVariable("NOTIFY_SOCKET")): boolean {
  if (socket === null || socket === "") return false;
  const address = notifyAddress(socket);
  const fd = must("socket", libc.socket(abi.AF_UNIX, abi.SOCK_DGRAM | abi.SOCK_CLOEXEC, 0));
  try {
    // The manager may be busy, and this message must not be lost: as sd_notify(3) does, it is waited for.
    makeBlocking(fd);
    must("connect", libc.connect(fd, address, address.length), "NOTIFY_SOCKET");
    const bytes = new TextEncoder().encode(`${notices.join("\n")}\n`);
    must("send", libc.send(fd, bytes, BigInt(bytes.length), abi.MSG_NOSIGNAL), "NOTIFY_SOCKET");
    return true;
  } finally {
    close(fd);
  }
}

/** sockaddr_un of a path, or of a name in the abstract namespace, which begins with "@" here and with NUL there
 * (unix(7)). Pure. Throws RangeError for any other form. */
export function notifyAddress(socket: string): Uint8Array<ArrayBuffer> {
  if (socket.startsWith("/")) return unixAddress(socket);
  const name = new TextEncoder().encode(socket.slice(1));
  if (!socket.startsWith("@") || name.length === 0 || name.length > 107) {
    throw new RangeError("NOTIFY_SOCKET is neither a path nor an abstract name");
  }
  // Its length is what ends an abstract name, so no NUL follows.
  const address = allocate(3 + name.length);
  view(address).setUint16(0, abi.AF_UNIX, true);
  address.set(name, 3);
  return address;
}

/** How often the manager wants to hear WATCHDOG=1, in ms; null: not at all (sd_watchdog_enabled(3)). Pure. */
export function watchdogMs(pid: number, usec: string | null, watchedPid: string | null): number | null {
  if (usec === null || !/^[1-9][0-9]{0,15}$/.test(usec)) return null;
  if (watchedPid !== null && watchedPid !== String(pid)) return null;
  return Math.floor(Number(usec) / 1000);
}
