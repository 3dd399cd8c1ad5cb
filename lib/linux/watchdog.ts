// Tells the service manager again and again that a service lives (sd_watchdog_enabled(3)). The time comes as an event
// of the reactor, so it is told only while the whole loop turns: waiting, main thread and dispatch.

import * as abi from "./abi.ts";
import { must } from "./error.ts";
import { close } from "./fd.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";
import { ownVariable } from "./own.ts";
import type { Reactor } from "./reactor.ts";
import { notify, watchdogMs } from "./sd_notify.ts";

/** Until the function that it gives is called; does nothing where nobody watches. Throws LinuxError. */
export function startWatchdog(reactor: Pick<Reactor, "add" | "remove">): () => void {
  const period = watchdogMs(Deno.pid, ownVariable("WATCHDOG_USEC"), ownVariable("WATCHDOG_PID"));
  const socket = ownVariable("NOTIFY_SOCKET");
  if (period === null || socket === null) return () => {};
  // Twice in each period, as sd_watchdog_enabled(3) advises.
  const fd = openTimer(Math.max(1, Math.floor(period / 2)));
  reactor.add(fd, abi.EPOLLIN, () => {
    libc.read(fd, allocate(8), 8n);
    notify(["WATCHDOG=1"], socket);
  });
  return () => {
    reactor.remove(fd);
    close(fd);
  };
}

/** A timer of the monotonic clock that is readable each `ms` (timerfd_create(2)). */
export function openTimer(ms: number): number {
  const flags = abi.TFD_CLOEXEC | abi.TFD_NONBLOCK;
  const fd = must("timerfd_create", libc.timerfd_create(abi.CLOCK_MONOTONIC, flags));
  // struct itimerspec: it_interval and it_value, seconds and nanoseconds each.
  const wanted = allocate(32);
  for (const at of [0, 16]) {
    view(wanted).setBigInt64(at, BigInt(Math.floor(ms / 1000)), true);
    view(wanted).setBigInt64(at + 8, BigInt(ms % 1000) * 1_000_000n, true);
  }
  must("timerfd_settime", libc.timerfd_settime(fd, 0, wanted, 0n));
  return fd;
}
