// Why a link cannot have a domain's interface, as one sentence that says what to do. Pure.

import { EBUSY, EOPNOTSUPP } from "../lib/linux/abi.ts";
import { LinuxError } from "../lib/linux/error.ts";
import type { InterfaceKind } from "../lib/protocol.ts";
import { Failure } from "./failure.ts";

const OPTIONS: Readonly<Record<InterfaceKind, string>> = {
  macvlan: "CONFIG_MACVLAN",
  ipvlan: "CONFIG_IPVLAN",
};

/** RFC 8200 5: no link that carries IPv6 has less, and the kernel turns IPv6 off there. */
export const MIN_IPV6_MTU = 1280;

export function tooSmall(link: string, mtu: number): Failure {
  return new Failure(
    "failed",
    `${link} has an MTU of ${mtu} octets, and IPv6 needs ${MIN_IPV6_MTU} at least`,
  );
}

/** The error for an interface of `kind` on `link` that the kernel refused with `errno`. */
export function interfaceFailure(errno: number, kind: InterfaceKind, link: string): Failure | LinuxError {
  switch (errno) {
    case EOPNOTSUPP:
      // The kernel has tried to load the module by itself.
      return new Failure(
        "failed",
        `this kernel has no ${kind}, which PvDs on ${link} need: install and load its module ` +
          `(modprobe ${kind}, kernel option ${OPTIONS[kind]}), or choose the other kind in the settings`,
      );
    case EBUSY:
      return new Failure(
        "failed",
        `${link} cannot have the ${kind} of a PvD: it is a port of a bridge or bond, or has interfaces of another kind already ` +
          "(macvlan and ipvlan exclude each other)",
      );
    default:
      return new LinuxError("rtnetlink", errno, `${kind} on ${link}`);
  }
}
