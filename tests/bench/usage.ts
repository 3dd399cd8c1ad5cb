// How much memory and processor time broker and helper use, as the kernel counts it. Reads /proc.

import { pidOf } from "../lab/lab.ts";

const DAEMONS = ["broker", "helper"] as const;
/** USER_HZ, as every Linux has it. */
const TICK_MS = 10;

export interface Memory {
  readonly brokerKib: number;
  readonly helperKib: number;
  /** Both, with pages that they share counted once. */
  readonly proportionalKib: number;
}

/** Resident (smaps_rollup, proc(5)). */
export async function memoryNow(): Promise<Memory> {
  const [broker, helper] = [await rollup("broker"), await rollup("helper")];
  return {
    brokerKib: broker("Rss"),
    helperKib: helper("Rss"),
    proportionalKib: broker("Pss") + helper("Pss"),
  };
}

export function together(memory: Memory): number {
  return memory.brokerKib + memory.helperKib;
}

async function rollup(name: string): Promise<(field: string) => number> {
  const text = await Deno.readTextFile(`/proc/${await pidOf(name)}/smaps_rollup`);
  return (field) => Number(new RegExp(`^${field}:\\s+([0-9]+)`, "m").exec(text)?.[1] ?? NaN);
}

export interface Idle {
  /** utime and stime of both together, which the kernel counts in steps of 10 ms. */
  readonly ticksMs: number;
  /** What the scheduler counted, of all threads. */
  readonly exactMs: number;
}

/** The processor time of both while nothing is asked of them. */
export async function idleFor(seconds: number): Promise<Idle> {
  const pids = await Promise.all(DAEMONS.map(pidOf));
  const total = () => ({ ticks: sum(pids.map(ticks)), exact: sum(pids.map(scheduled)) });
  const before = total();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const after = total();
  return { ticksMs: (after.ticks - before.ticks) * TICK_MS, exactMs: (after.exact - before.exact) / 1e6 };
}

/** Fields 14 and 15 of stat (proc(5)), counted from behind the name. */
function ticks(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

/** Nanoseconds. */
function scheduled(pid: number): number {
  const threads = [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name }) => name);
  return sum(threads.map((thread) => {
    try {
      return Number(Deno.readTextFileSync(`/proc/${pid}/task/${thread}/schedstat`).split(" ")[0]);
    } catch {
      return 0;
    }
  }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
