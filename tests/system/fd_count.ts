// Which descriptors a program of the lab holds, and waiting until it has no more than before. Reads /proc.

import { until } from "../lab/lab.ts";

/** How many of each kind: `socket`, `pipe`, `anon_inode:[pidfd]`, a path. */
export type OpenFds = ReadonlyMap<string, number>;

/** The runtime opens the files of its cache in a thread of its own, whenever it comes to it. */
const CACHE = "/var/cache/pvd/";

export function openFds(pid: number): OpenFds {
  const kinds = new Map<string, number>();
  for (const { name } of Deno.readDirSync(`/proc/${pid}/fd`)) {
    const target = targetOf(`/proc/${pid}/fd/${name}`);
    if (target === null || target.startsWith(CACHE)) continue;
    const kind = target.replace(/:\[\d+\]$/, "");
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return kinds;
}

/** null where it was closed since the folder was read. */
function targetOf(path: string): string | null {
  try {
    return Deno.readLinkSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** What there is more of than before: `2 socket`. `spare` of each kind are let pass. */
function moreOf(now: OpenFds, before: OpenFds, spare: number): string[] {
  return [...now].flatMap(([kind, count]) => {
    const more = count - (before.get(kind) ?? 0) - spare;
    return more > 0 ? [`${more} ${kind}`] : [];
  });
}

/**
 * What was closed is closed a moment after its owner was answered; nothing tells of it.
 *
 * @throws Error that says of which kinds there are more, when they do not go.
 */
export async function fdsAreBack(pid: number, before: OpenFds, spare = 0): Promise<void> {
  try {
    await until("no more descriptors than before", () => {
      return Promise.resolve(moreOf(openFds(pid), before, spare).length === 0);
    });
  } catch (error) {
    throw new Error(`more descriptors than before: ${moreOf(openFds(pid), before, spare).join(", ")}`, {
      cause: error,
    });
  }
}

/** A helper that was restarted takes up one domain after the other. Waits until it holds this many namespaces. */
export async function holdsNamespaces(helper: number, count: number): Promise<void> {
  await until(`the helper holds ${count} namespaces`, () => {
    const held = [...openFds(helper).keys()].filter((kind) => kind.startsWith("/run/netns/"));
    return Promise.resolve(held.length === count);
  });
}
