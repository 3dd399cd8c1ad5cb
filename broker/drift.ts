// When the helper must be asked again. The kernel counts lifetimes down by itself, so an advertisement that
// only renews them needs no new apply each time: only when the kernel's would be noticeably wrong. Pure.

import type { WantedAddress, WantedDomain, WantedRoute } from "../lib/protocol.ts";

/** Closer than this is equal: less than any sensible interval between advertisements. */
const TOLERANCE_S = 5;
/** And, for long lifetimes, a tenth of them: 86400 s renewed every 3 s is one apply in more than two hours. */
const TOLERANCE_SHARE = 0.1;
/** But never let more than half run out: short lifetimes (9 s, renewed every 3 s) stay well ahead of their end. */
const LEAST_SHARE = 0.5;
/** Both are rounded up to whole seconds. */
const ROUNDING_S = 1;

/**
 * In how many seconds the helper must be asked for `wanted`, having made `applied` `elapsedS` ago, where only time goes
 * on: 0 now, Infinity never. Lifetimes are rounded to whole seconds, so it is a second wrong at times.
 */
export function applyDueInS(applied: WantedDomain, wanted: WantedDomain, elapsedS: number): number {
  if (shape(applied) !== shape(wanted)) return 0;
  const given = lifetimes(applied);
  let dueInS = Infinity;
  for (const [index, wantedS] of lifetimes(wanted).entries()) {
    const appliedS = given[index];
    if (drifted(appliedS, wantedS, elapsedS)) return 0;
    dueInS = Math.min(dueInS, driftsInS(appliedS, wantedS, elapsedS));
  }
  return dueInS;
}

/** Whether a lifetime that was given to the kernel `elapsedS` ago is too far from the one wanted now. */
export function drifted(
  appliedS: number | null | undefined,
  wantedS: number | null,
  elapsedS: number,
): boolean {
  if (appliedS === undefined) return true;
  if (appliedS === null || wantedS === null) return appliedS !== wantedS;
  const leftS = Math.max(0, appliedS - elapsedS);
  // 0 means something (deprecated, gone): no tolerance.
  if (wantedS === 0) return leftS > ROUNDING_S;
  if (leftS < wantedS * LEAST_SHARE) return wantedS - leftS > ROUNDING_S;
  return Math.abs(wantedS - leftS) > Math.max(TOLERANCE_S, wantedS * TOLERANCE_SHARE);
}

/** In how many seconds `drifted`, which is false now, is true. Both lifetimes shrink and what is between them stays, so
 * it becomes too large a share of what is left. */
function driftsInS(appliedS: number | null | undefined, wantedS: number | null, elapsedS: number): number {
  if (appliedS === undefined || appliedS === null || wantedS === null) return Infinity;
  const leftS = Math.max(0, appliedS - elapsedS);
  const apartS = Math.abs(wantedS - leftS);
  if (apartS <= ROUNDING_S) return Infinity;
  const inS = apartS > TOLERANCE_S
    ? wantedS - apartS / TOLERANCE_SHARE
    // The kernel's lasts too long, which matters at the end; or ends too early, which may not pass the half.
    : leftS > wantedS
    ? wantedS
    : wantedS - apartS / LEAST_SHARE;
  // It is not yet so, and rounding must not make whoever waits for it busy.
  return Math.max(ROUNDING_S, inS);
}

/** All but the lifetimes, as text to compare. */
function shape(domain: WantedDomain): string {
  return JSON.stringify({
    ...domain,
    addresses: domain.addresses.map(({ address, prefixLength }: WantedAddress) => [address, prefixLength]),
    routes: domain.routes.map((
      { prefix, router, preference, metric }: WantedRoute,
    ) => [prefix, router, preference, metric]),
  });
}

function lifetimes(domain: WantedDomain): (number | null)[] {
  return [
    ...domain.addresses.flatMap((address) => [address.validS, address.preferredS]),
    ...domain.routes.map((route) => route.lifetimeS),
  ];
}
