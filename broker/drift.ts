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

/** Whether what was applied `elapsedS` ago is no longer what is wanted. */
export function needsApply(applied: WantedDomain, wanted: WantedDomain, elapsedS: number): boolean {
  return shape(applied) !== shape(wanted) ||
    lifetimes(wanted).some((wantedS, index) => drifted(lifetimes(applied)[index], wantedS, elapsedS));
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
