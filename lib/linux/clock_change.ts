// A descriptor that becomes readable when the wall clock jumps, which it also does when a suspended machine wakes: a
// timer of CLOCK_REALTIME that never fires and is cancelled by every jump (timerfd_create(2),
// TFD_TIMER_CANCEL_ON_SET). So nobody has to look at clocks again and again. Needs no privilege.

import * as abi from "./abi.ts";
import { must } from "./error.ts";
import { libc } from "./libc.ts";
import { allocate, view } from "./memory.ts";

/** The last second of time_t, as it_value of struct itimerspec. */
const NEVER = 0x7fff_ffff_ffff_ffffn;

/** Throws LinuxError. */
export function openClockChange(): number {
  const flags = abi.TFD_CLOEXEC | abi.TFD_NONBLOCK;
  const fd = must("timerfd_create", libc.timerfd_create(abi.CLOCK_REALTIME, flags));
  arm(fd);
  return fd;
}

/** Takes note of the jumps there were, and waits for the next. */
export function drainClockChange(fd: number): void {
  libc.read(fd, allocate(8), 8n);
  arm(fd);
}

/** ECANCELED, should the clock jump in this moment: it is armed all the same, and readable. */
function arm(fd: number): void {
  const wanted = allocate(32);
  view(wanted).setBigInt64(16, NEVER, true);
  libc.timerfd_settime(fd, abi.TFD_TIMER_ABSTIME | abi.TFD_TIMER_CANCEL_ON_SET, wanted, 0n);
}
