// What a program would inherit if the person's own process started it: resource limits, niceness and cgroup, as the
// kernel tells them of the process that asked (proc_pid_limits(5), getpriority(2), cgroups(7)). The helper has others,
// and what a person says of them would not be worth much. Reads /proc.

import { isOf, type PeerCredentials, peerIsAlive } from "../lib/linux/peer.ts";
import { niceOf } from "../lib/linux/process.ts";
import { processStatus, textOfProcess } from "../lib/linux/process_status.ts";
import { cgroupFileOf, enteringArgv, unifiedCgroup } from "./cgroup.ts";
import { Failure } from "./failure.ts";

export interface Inherited {
  /** As arguments of prlimit(1): "--nproc=1024:4096"; without open files. */
  readonly limits: readonly string[];
  readonly openFiles: OpenFiles;
  readonly nice: number;
  /** "/user.slice/…" in the unified hierarchy, each character a byte of the name; null: there is none. */
  readonly cgroup: string | null;
}

/** Infinity: unlimited. */
export interface OpenFiles {
  readonly soft: number;
  readonly hard: number;
}

/** Of the process that connected, `peer` by SO_PEERCRED. Throws Failure where it has ended, or has executed a
 * set-user-ID program since: that one's limits and niceness are not the person's. Its gids may differ from each other, as
 * in a set-group-ID shell: by a group nobody gets more of what is lent here. */
export function inheritedFrom(client: number, peer: Pick<PeerCredentials, "pid" | "uid">): Inherited {
  // Before and after: it may have executed such a program for as long as its limits were read.
  const wasPersonAlone = isOf(peer);
  const inherited = inheritedOf(peer.pid);
  const isPersonAlone = wasPersonAlone && isOf(peer);
  // Read while it is known to live: a pid that is used again cannot lend what it has.
  if (inherited === null || !peerIsAlive(client)) {
    throw new Failure("failed", "the client left before its program was started");
  }
  if (!isPersonAlone) {
    const what = `the client (pid ${peer.pid}) has other rights than those of uid ${peer.uid}`;
    throw new Failure("notAuthorized", `${what}; start pvd from no set-user-ID program`);
  }
  return inherited;
}

/** Of any process; null where it is gone. */
export function inheritedOf(pid: number): Inherited | null {
  const limits = textOfProcess(pid, "limits");
  const cgroup = cgroupFileOf(pid);
  const status = processStatus(pid);
  const nice = niceOf(pid);
  if (limits === null || cgroup === null || status === null || nice === null) return null;
  const { soft, hard } = openFilesIn(limits);
  // The client's runtime raises its own soft limit as far as it goes. Its parent's tells what the person had.
  const parents = soft === hard ? textOfProcess(status.parent, "limits") : null;
  return {
    limits: limitArguments(limits),
    openFiles: { soft: parents === null ? soft : Math.min(openFilesIn(parents).soft, hard), hard },
    nice,
    cgroup: unifiedCgroup(cgroup),
  };
}

/** Names of proc_pid_limits(5), and options of prlimit(1). */
const LIMITS: Readonly<Record<string, string>> = {
  "Max cpu time": "cpu",
  "Max file size": "fsize",
  "Max data size": "data",
  "Max stack size": "stack",
  "Max core file size": "core",
  "Max resident set": "rss",
  "Max processes": "nproc",
  "Max locked memory": "memlock",
  "Max address space": "as",
  "Max file locks": "locks",
  "Max pending signals": "sigpending",
  "Max msgqueue size": "msgqueue",
  "Max nice priority": "nice",
  "Max realtime priority": "rtprio",
  "Max realtime timeout": "rttime",
};

/** Pure: "Max open files" of /proc/PID/limits. */
export function openFilesIn(text: string): OpenFiles {
  const [, soft, hard] = text.match(/^Max open files +(\d+|unlimited) +(\d+|unlimited)\b/m) ?? [];
  const number = (value = "unlimited") => value === "unlimited" ? Infinity : Number(value);
  return { soft: number(soft), hard: number(hard) };
}

/** Pure: the other limits of /proc/PID/limits as prlimit(1) takes them; lines that it does not know are left out. */
export function limitArguments(text: string): string[] {
  return text.split("\n").flatMap((line) => {
    const [, name = "", soft, hard] = line.match(/^(Max [a-z ]+?) {2,}(\d+|unlimited) +(\d+|unlimited)\b/) ??
      [];
    const option = LIMITS[name];
    return option === undefined ? [] : [`--${option}=${soft}:${hard}`];
  });
}

/** Pure: the beginning of a command line that gives a process what the caller has and this one has not. `cgroups`: where
 * the unified hierarchy is mounted. */
export function inheritingArgv(own: Inherited, caller: Inherited, cgroups: string | null): string[] {
  const { cgroup, nice } = caller;
  const { soft, hard } = caller.openFiles;
  const limits = [
    ...caller.limits.filter((limit) => !own.limits.includes(limit)),
    // Where the hard limits are the same, the soft one is set without another program (child.ts).
    ...(hard === own.openFiles.hard ? [] : [`--nofile=${limitText(soft)}:${limitText(hard)}`]),
  ];
  return [
    ...(cgroups === null || cgroup === null || cgroup === own.cgroup ? [] : enteringArgv(cgroups, cgroup)),
    ...(nice === own.nice ? [] : ["/usr/bin/nice", "-n", String(nice - own.nice), "--"]),
    ...(limits.length === 0 ? [] : ["/usr/bin/prlimit", ...limits, "--"]),
  ];
}

function limitText(limit: number): string {
  return limit === Infinity ? "unlimited" : String(limit);
}
