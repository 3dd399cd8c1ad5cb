// One internet socket in a domain: what kind somebody asks for, and that it really is in that domain's namespace before
// it is handed to anybody.

import { type Fields, oneOf } from "../lib/check.ts";
import { close } from "../lib/linux/fd.ts";
import {
  INTERNET_SOCKETS,
  type InternetSocket,
  namespaceCookie,
  openInternetSocket,
} from "../lib/linux/inet_socket.ts";
import { type Home, inside } from "../lib/linux/namespace.ts";
import type { Domain } from "./domains.ts";
import { Failure } from "./failure.ts";
import { log } from "./log.ts";

/** The members of a request that name a kind of socket. */
export const SOCKET_MEMBERS = ["family", "socketType", "protocol"];

/** Throws SyntaxError for a name that does not exist, Failure for a kind that does not. */
export function readSocketKind(fields: Fields): InternetSocket {
  const family = oneOf(fields, "family", ["inet", "inet6"]);
  const type = oneOf(fields, "socketType", ["stream", "datagram"]);
  const kind = `${family} ${type} ${oneOf(fields, "protocol", ["tcp", "udp", "icmp"])}`;
  if (!isSocketKind(kind)) throw new Failure("invalidArgument", `there is no ${kind} socket`);
  return kind;
}

/** The receiver's. Throws Failure, LinuxError. */
export function openSocketIn(home: Home, domain: Domain, kind: InternetSocket): number {
  const fd = inside(domain.namespace, home, () => openInternetSocket(kind));
  if (namespaceCookie(fd) === domain.cookie) return fd;
  close(fd);
  log("error", `${domain.record.id}: a socket came from another namespace and is not handed out`);
  throw new Failure("failed", `${domain.record.id}: the socket is not in ${domain.handle}`);
}

function isSocketKind(kind: string): kind is InternetSocket {
  return Object.hasOwn(INTERNET_SOCKETS, kind);
}
