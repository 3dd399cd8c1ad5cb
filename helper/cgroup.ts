// A program belongs where its caller is: into the caller's cgroup (cgroups(7)), so that its limits hold for the program
// too, and stopping the helper's own service does not end it. Reads where the unified hierarchy is mounted. Names in it
// may be any bytes, so a path is a string here in which each character stands for one byte.

import { ENOENT, ESRCH, O_RDONLY } from "../lib/linux/abi.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { close, open, readAll, readTextFile } from "../lib/linux/fd.ts";

const SHELL = "/bin/sh";
const MAX_FILE_BYTES = 65_536;
/** Plain to every shell and to printf(1); anything else is written as `\0` and three octal digits. */
const PLAIN = /[A-Za-z0-9/._@:-]/;
/** The slice of a person in which the caller is: below it, and no higher, another cgroup will do. */
const SLICE = /^\/user\.slice\/user-[0-9]+\.slice(?=\/)/;

/** "0" is the process that writes. The root of a hierarchy is nobody's place: who does not get there may stay. */
const ENTER_ROOT = '{ echo 0 >"$0"; } 2>/dev/null; exec "$@"';
/** From the caller's own cgroup upwards, and no further than the first argument. The program does not start where nobody
 * takes it: it would be in the helper's cgroup, without the person's limits. */
const ENTER = [
  'stop=$(printf %b "$0") at=$(printf %b "$1") && shift || exit 125',
  'until { echo 0 >"$at/cgroup.procs"; } 2>/dev/null; do',
  'if [ "$at" = "$stop" ]; then',
  'echo "pvd: the cgroup that pvd runs in takes no programs (cgroups(7)); start pvd from another terminal" >&2',
  "exit 125; fi; at=${at%/*}; done",
  'exec "$@"',
].join("\n");

/** Pure: the beginning of a command line that enters a cgroup, or ends with status 125 and one sentence. To be first, so
 * that nothing is started outside. `mountPoint` is text as usual. */
export function enteringArgv(mountPoint: string, cgroup: string): string[] {
  if (cgroup === "/") return [SHELL, "-c", ENTER_ROOT, `${mountPoint}/cgroup.procs`];
  const mount = String.fromCharCode(...new TextEncoder().encode(mountPoint));
  const highest = SLICE.exec(cgroup)?.[0] ?? cgroup;
  return [SHELL, "-c", ENTER, escaped(mount + highest), escaped(mount + cgroup)];
}

/** Pure: for `printf %b`. */
function escaped(path: string): string {
  return [...path].map((each) =>
    PLAIN.test(each) ? each : `\\0${each.charCodeAt(0).toString(8).padStart(3, "0")}`
  ).join("");
}

/** /proc/PID/cgroup, each character a byte; null: there is no such process. Throws LinuxError. */
export function cgroupFileOf(pid: number): string | null {
  let fd: number;
  try {
    fd = open(`/proc/${pid}/cgroup`, O_RDONLY);
  } catch (error) {
    if (error instanceof LinuxError && error.errno === ENOENT) return null;
    throw error;
  }
  try {
    return Array.from(readAll(fd, MAX_FILE_BYTES), (byte) => String.fromCharCode(byte)).join("");
  } catch (error) {
    // It ended between opening and reading.
    if (error instanceof LinuxError && error.errno === ESRCH) return null;
    throw error;
  } finally {
    close(fd);
  }
}

/** Pure: the path in the unified hierarchy that /proc/PID/cgroup gives; null where it lies outside of what this process
 * can name (cgroup_namespaces(7)). A name holds anything but "/" and a line's end. */
export function unifiedCgroup(text: string): string | null {
  const path = text.split("\n").find((line) => line.startsWith("0::/"))?.slice("0::".length);
  return path === undefined || path.split("/").includes("..") ? null : path;
}

/** Where the unified hierarchy is mounted as a whole; null: nowhere. */
export function unifiedMountPoint(): string | null {
  return mountPointIn(readTextFile("/proc/self/mountinfo") ?? "");
}

/** Pure: from proc_pid_mountinfo(5). */
export function mountPointIn(mountinfo: string): string | null {
  for (const line of mountinfo.split("\n")) {
    const [, root, path] = line.match(/^\d+ \d+ \S+ (\S+) (\S+) .*- cgroup2 /) ?? [];
    if (root === "/" && path !== undefined) {
      return path.replace(/\\([0-7]{3})/g, (_, octal) => octalChar(octal));
    }
  }
  return null;
}

function octalChar(octal: string): string {
  return String.fromCharCode(Number.parseInt(octal, 8));
}
