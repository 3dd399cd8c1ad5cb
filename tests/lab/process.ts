// What the lab asks the kernel about processes: by /proc, and one prctl(2) by FFI, because the runtime has no call
// for it. It touches nothing but this process.

const PR_SET_PDEATHSIG = 1;
const SIGKILL = 9;

/** This process dies when its parent does, so that nobody has to know which one to kill. */
export function dieWithParent(): void {
  const libc = Deno.dlopen("libc.so.6", {
    prctl: { parameters: ["i32", "u64", "u64", "u64", "u64"], result: "i32" },
  });
  libc.symbols.prctl(PR_SET_PDEATHSIG, BigInt(SIGKILL), 0n, 0n, 0n);
  libc.close();
}

/** The first child of a process; null where there is none. */
export function childOf(pid: number | null): number | null {
  if (pid === null) return null;
  try {
    const first = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).split(" ")[0];
    return first ? Number(first) : null;
  } catch {
    return null;
  }
}

/** Whether a key pressed at the controlling terminal signals this process. */
export function isInForeground(): boolean {
  // stat(5): pid (comm) state ppid pgrp session tty_nr tpgid; comm may hold anything, also parentheses.
  const stat = Deno.readTextFileSync("/proc/self/stat");
  const [, , pgrp, , , tpgid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return pgrp === tpgid;
}
