// A program belongs where its caller is: into the caller's cgroup (cgroups(7)), so that its limits hold for the program
// too, and stopping the helper's own service does not end it. Reads where the unified hierarchy is mounted.

import { readTextFile } from "../lib/linux/fd.ts";

const SHELL = "/bin/sh";
/** "0" is the process that writes. A cgroup that takes none, or has gone, is no reason not to run. */
const ENTER = '{ echo 0 >"$0"; } 2>/dev/null; exec "$@"';

/** Pure: the beginning of a command line that enters a cgroup. To be first, so that nothing is started outside. */
export function enteringArgv(mountPoint: string, cgroup: string): string[] {
  return [SHELL, "-c", ENTER, `${mountPoint}${cgroup}/cgroup.procs`];
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
