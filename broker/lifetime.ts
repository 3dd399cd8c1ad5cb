// Lifetimes as the helper and people get them: whole seconds left. Pure.

/** The largest that is not infinite on the wire and in the kernel. */
const MAX_FINITE_S = 0xffff_fffe;

/** Seconds from `now`, rounded up so that nothing ends early; null never ends, 0 has ended. */
export function lifetimeLeftS(until: number, now: number): number | null {
  if (until === Infinity) return null;
  return Math.min(Math.max(0, Math.ceil((until - now) / 1000)), MAX_FINITE_S);
}
