// What the header of a Router Advertisement says of an interface (RFC 4861 6.3.4): its hop limit and the times of
// neighbour detection. Reads and writes /proc/sys/net of a domain's namespace, in the machine's mount namespace.

import { readTextFile, writeSetting } from "../lib/linux/fd.ts";
import { type Home, insideOnMachine } from "../lib/linux/namespace.ts";
import { DOMAIN_INTERFACE } from "../lib/protocol.ts";
import { type HeaderSettings, settingsDifference } from "./difference.ts";

const HOP_LIMIT = `/proc/sys/net/ipv6/conf/${DOMAIN_INTERFACE}/hop_limit`;
const REACHABLE_TIME = `/proc/sys/net/ipv6/neigh/${DOMAIN_INTERFACE}/base_reachable_time_ms`;
const RETRANS_TIMER = `/proc/sys/net/ipv6/neigh/${DOMAIN_INTERFACE}/retrans_time_ms`;

/** The kernel takes no less from an advertisement that it reads itself: no answer would come in time. */
const MIN_REACHABLE_TIME_MS = 100;
const MIN_RETRANS_TIMER_MS = 10;
/** A router may say 49 days, and nothing bounds it. So long the kernel would wait between two questions for a neighbour,
 * and for the end of duplicate address detection: with a minute, a router's mistake is slow, but not for ever. */
const MAX_RETRANS_TIMER_MS = 60_000;

/** Makes the settings of the domain's interface as wanted where they differ; what is null stays as it is. Throws
 * LinuxError. */
export function applyHeaderSettings(namespace: number, home: Home, wanted: HeaderSettings): void {
  const sensible = sensibleSettings(wanted);
  if (Object.values(sensible).every((value) => value === null)) return;
  insideOnMachine(namespace, home, () => {
    const change = settingsDifference(actualSettings(sensible), sensible);
    write(HOP_LIMIT, change.hopLimit);
    write(REACHABLE_TIME, change.reachableTimeMs);
    write(RETRANS_TIMER, change.retransTimerMs);
  });
}

/** What is written for what a router says. */
export function sensibleSettings(
  { hopLimit, reachableTimeMs, retransTimerMs }: HeaderSettings,
): HeaderSettings {
  return {
    hopLimit,
    reachableTimeMs: reachableTimeMs === null ? null : Math.max(reachableTimeMs, MIN_REACHABLE_TIME_MS),
    retransTimerMs: retransTimerMs === null
      ? null
      : Math.min(Math.max(retransTimerMs, MIN_RETRANS_TIMER_MS), MAX_RETRANS_TIMER_MS),
  };
}

/** Of those that are wanted; null also where it cannot be read, which writing then tells of. */
function actualSettings(wanted: HeaderSettings): HeaderSettings {
  return {
    hopLimit: wanted.hopLimit === null ? null : read(HOP_LIMIT),
    reachableTimeMs: wanted.reachableTimeMs === null ? null : read(REACHABLE_TIME),
    retransTimerMs: wanted.retransTimerMs === null ? null : read(RETRANS_TIMER),
  };
}

function read(path: string): number | null {
  const text = readTextFile(path, 64);
  return text === null ? null : Number(text);
}

function write(path: string, value: number | null): void {
  if (value !== null) writeSetting(path, String(value));
}
