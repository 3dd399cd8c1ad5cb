// When to send Router Solicitations on a link: at once when it comes up, then with the back-off of RFC 7559 until
// a router is heard that gives a default route. Pure: time and chance are passed in.

/** RFC 7559 2, its IRT and MRT. */
export const FIRST_INTERVAL_MS = 4_000;
export const MAX_INTERVAL_MS = 3_600_000;

/** Not before this after the last one, whatever restarts the schedule (RFC 4861 10, RTR_SOLICITATION_INTERVAL). */
const LEAST_INTERVAL_MS = 4_000;

/** The same after a new attachment, to which what was sent before does not count: only a bound for a loose cable. */
const LEAST_ATTACHED_INTERVAL_MS = 1_000;

export interface Solicitation {
  /** When the next is due; Infinity: no more. */
  readonly nextAt: number;
  /** The interval that ran before `nextAt`; 0 before the first. */
  readonly intervalMs: number;
  readonly lastAt: number;
}

export const SILENT: Solicitation = { nextAt: Infinity, intervalMs: 0, lastAt: -Infinity };

/** The link lost its last router, or somebody asks for it: ask soon. */
export function startSoliciting(prior: Solicitation, now: number): Solicitation {
  return startAfter(prior, now, LEAST_INTERVAL_MS);
}

/**
 * The link came up, or the machine woke (RFC 4861 6.3.7: the host re-attaches): everything begins anew. That section
 * would have the first wait up to a second where many hosts start together; a person waits here, so it goes at once,
 * as MIF-PvD's did.
 */
export function attached(prior: Solicitation, now: number): Solicitation {
  return startAfter(prior, now, LEAST_ATTACHED_INTERVAL_MS);
}

function startAfter({ lastAt }: Solicitation, now: number, leastMs: number): Solicitation {
  return { nextAt: Math.max(now, lastAt + leastMs), intervalMs: 0, lastAt };
}

/**
 * One was sent at `now`. `random` is from 0 to 1 and becomes RAND, -0.1 to 0.1 (RFC 8415 15): the first interval is
 * IRT (1 + RAND), each later one the last times (2 + RAND), at the most MRT (1 + RAND).
 */
export function solicited(prior: Solicitation, now: number, random: number): Solicitation {
  const rand = (random - 0.5) / 5;
  const doubled = prior.intervalMs === 0 ? FIRST_INTERVAL_MS * (1 + rand) : prior.intervalMs * (2 + rand);
  const intervalMs = doubled > MAX_INTERVAL_MS ? MAX_INTERVAL_MS * (1 + rand) : doubled;
  return { nextAt: now + intervalMs, intervalMs, lastAt: now };
}

/** Whether the interval that runs is longer than a first one can be. */
export function isBackedOff({ intervalMs }: Solicitation): boolean {
  return intervalMs > FIRST_INTERVAL_MS * 1.1;
}

/** A router gave a default route (RFC 7559 2.1: a router lifetime of 0 does not), or the link went down. */
export function stopSoliciting(prior: Solicitation): Solicitation {
  return { nextAt: Infinity, intervalMs: 0, lastAt: prior.lastAt };
}
