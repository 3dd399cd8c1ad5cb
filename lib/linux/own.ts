// What the kernel keeps of this process as bytes: its arguments and its environment as they were at exec, and
// when it started. Deno's own view is text, in which bytes that are not UTF-8 are lost. Reads /proc/self and nothing else.

import { O_RDONLY } from "./abi.ts";
import { close, open, readAll } from "./fd.ts";

/** The arguments at exec, the program's name and a runtime's own flags included. Throws LinuxError, RangeError. */
export function ownArguments(maxBytes: number): Uint8Array[] {
  return splitAtNul(readOwn("/proc/self/cmdline", maxBytes));
}

/** Variables that the runtime would take for its own (code to load before the program, flags, its cache, telemetry),
 * although the person means another program. What starts pvd puts them aside under KEPT_PREFIX and their names. */
export const KEPT_VARIABLES = ["NODE_OPTIONS", "DENO_V8_FLAGS", "DENO_DIR", "OTEL_DENO"] as const;
export const KEPT_PREFIX = "PVD__";

/** "NAME=value" each, as the person has it. Throws LinuxError, RangeError. */
export function ownEnvironment(maxBytes: number): Uint8Array[] {
  return withKept(splitAtNul(readOwn("/proc/self/environ", maxBytes)));
}

/** With what was put aside in its place again; an empty one is one that was not set. Pure. */
export function withKept(entries: readonly Uint8Array[]): Uint8Array[] {
  const longest = KEPT_PREFIX.length + Math.max(...KEPT_VARIABLES.map((name) => name.length)) + 1;
  return entries.flatMap((entry) => {
    const start = new TextDecoder().decode(entry.subarray(0, longest));
    const name = KEPT_VARIABLES.find((each) => start.startsWith(`${KEPT_PREFIX}${each}=`));
    if (name === undefined) return [entry];
    const isEmpty = entry.length === KEPT_PREFIX.length + name.length + 1;
    return isEmpty ? [] : [entry.subarray(KEPT_PREFIX.length)];
  });
}

/** Services have small environments. */
const MAX_SERVICE_ENVIRONMENT = 1 << 18;

const MAX_STAT_BYTES = 8192;

/** A variable as it was at exec: for services, which need no permission to read all of the environment. Null: it is
 * not set. Throws LinuxError, RangeError. */
export function ownVariable(name: string): string | null {
  const decoder = new TextDecoder();
  const entry = ownEnvironment(MAX_SERVICE_ENVIRONMENT).map((each) => decoder.decode(each))
    .find((each) => each.startsWith(`${name}=`));
  return entry === undefined ? null : entry.slice(name.length + 1);
}

/** When this process started, in clock ticks since boot (proc_pid_stat(5)). Throws LinuxError, RangeError. */
export function ownStartTime(): string | null {
  return startTimeIn(new TextDecoder().decode(readOwn("/proc/self/stat", MAX_STAT_BYTES)));
}

/** Pure. The second field is the program's name in parentheses, and may hold anything; the last ")" ends it. */
export function startTimeIn(stat: string): string | null {
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

function readOwn(path: string, maxBytes: number): Uint8Array {
  const fd = open(path, O_RDONLY);
  try {
    return readAll(fd, maxBytes);
  } finally {
    close(fd);
  }
}

/** NUL ends each; bytes after the last NUL are an entry too. */
export function splitAtNul(bytes: Uint8Array): Uint8Array[] {
  const entries: Uint8Array[] = [];
  for (let start = 0; start < bytes.length;) {
    const nul = bytes.indexOf(0, start);
    const end = nul < 0 ? bytes.length : nul;
    entries.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return entries;
}
