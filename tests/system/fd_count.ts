// How many descriptors a program of the lab holds, and waiting until it has no more than before. Reads /proc.

import { until } from "../lab/lab.ts";

export function fdCount(pid: number): number {
  return [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
}

/** What was closed is closed a moment after its owner was answered; nothing tells of it. */
export async function fdsAreBack(pid: number, before: number): Promise<void> {
  await until(`at most ${before} descriptors`, () => Promise.resolve(fdCount(pid) <= before));
}
