// Ways by which a program could get names from the host and not from its PvD: what nsswitch.conf(5) names, and the
// services that answer for them on Unix sockets. Reads that file, and connects to those sockets without a word.

import { LinuxError } from "../../lib/linux/error.ts";
import { close, readTextFile } from "../../lib/linux/fd.ts";
import { SOCK_DGRAM, SOCK_STREAM } from "../../lib/linux/abi.ts";
import { connectUnixSocket } from "../../lib/linux/unix_address.ts";
import type { Found } from "./found.ts";

const NSSWITCH = "/etc/nsswitch.conf";
/** nsswitch.conf(5): what holds without a line for hosts. */
const DEFAULT_SOURCES = ["dns", "files"];

/** Each with every place where distributions have its socket. */
const SERVICES: readonly (readonly [name: string, paths: readonly string[]])[] = [
  ["nscd", ["/run/nscd/socket", "/var/run/nscd/socket"]],
  ["systemd-resolved", ["/run/systemd/resolve/io.systemd.Resolve"]],
  ["avahi-daemon", ["/run/avahi-daemon/socket", "/var/run/avahi-daemon/socket"]],
  ["sssd", ["/var/lib/sss/pipes/nss"]],
  ["nslcd", ["/run/nslcd/socket"]],
  ["winbindd", ["/run/samba/winbindd/pipe", "/var/run/samba/winbindd/pipe"]],
];

export function nameServices(): Found["services"] {
  return SERVICES.map(([name, paths]) => ({ name, reachable: paths.some(isReachable) }));
}

export function nameSources(): string[] {
  return sourcesIn(readTextFile(NSSWITCH) ?? "");
}

/** Pure: "files mdns4_minimal [NOTFOUND=return] dns" without the actions. */
export function sourcesIn(nsswitch: string): string[] {
  for (const line of nsswitch.split("\n")) {
    const [, sources] = /^\s*hosts:([^#]*)/.exec(line) ?? [];
    if (sources !== undefined) {
      return sources.replace(/\[[^\]]*\]/g, " ").split(/\s+/).filter((word) => word !== "");
    }
  }
  return DEFAULT_SOURCES;
}

/** A datagram socket refuses streams, and is reachable all the same. */
function isReachable(path: string): boolean {
  return [SOCK_STREAM, SOCK_DGRAM].some((type) => {
    try {
      close(connectUnixSocket(type, path));
      return true;
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      // EAGAIN: it is there, and busy.
      return error.errnoName === "EAGAIN";
    }
  });
}
