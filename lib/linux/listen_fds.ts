// The socket that a service manager listens on and passes on (sd_listen_fds(3)): so clients can connect before the
// service runs, and nobody is turned away while it starts anew.

import * as abi from "./abi.ts";
import { must } from "./error.ts";
import { libc } from "./libc.ts";
import { ownVariable } from "./own.ts";
import { getInteger } from "./sockopt.ts";

/** SD_LISTEN_FDS_START */
const FIRST = 3;

/** How many descriptors were passed to process `pid`; 0 where LISTEN_PID names another one. Pure. Throws SyntaxError
 * where the variables are no numbers. */
export function passedDescriptors(pid: number, listenPid: string | null, listenFds: string | null): number {
  if (listenPid === null || listenFds === null) return 0;
  if (!/^[1-9][0-9]{0,9}$/.test(listenPid) || !/^(0|[1-9][0-9]{0,3})$/.test(listenFds)) {
    throw new SyntaxError("LISTEN_PID and LISTEN_FDS must be numbers");
  }
  return listenPid === String(pid) ? Number(listenFds) : 0;
}

/** The passed SEQPACKET socket, now nonblocking and close-on-exec; null: none was passed. Throws Error where it is
 * another kind of descriptor, or there are several. */
export function passedListener(): number | null {
  const count = passedDescriptors(Deno.pid, ownVariable("LISTEN_PID"), ownVariable("LISTEN_FDS"));
  if (count === 0) return null;
  if (count > 1) throw new Error(`${count} sockets were passed (LISTEN_FDS), and one is wanted`);
  return checkedListener(FIRST);
}

/** Throws Error unless `fd` is a Unix SEQPACKET socket that listens. */
export function checkedListener(fd: number): number {
  const is = (option: number, name: string) => getInteger(fd, abi.SOL_SOCKET, option, name);
  if (
    is(abi.SO_DOMAIN, "SO_DOMAIN") !== abi.AF_UNIX || is(abi.SO_TYPE, "SO_TYPE") !== abi.SOCK_SEQPACKET ||
    is(abi.SO_ACCEPTCONN, "SO_ACCEPTCONN") !== 1
  ) {
    throw new Error(`descriptor ${fd} is no Unix SEQPACKET socket that listens (ListenSequentialPacket=)`);
  }
  must("fcntl", libc.fcntl(fd, abi.F_SETFD, abi.FD_CLOEXEC), "F_SETFD");
  must("fcntl", libc.fcntl(fd, abi.F_SETFL, abi.O_NONBLOCK), "F_SETFL");
  return fd;
}
