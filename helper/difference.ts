// What has to be done so that a domain's kernel state is the wanted one: pure, so that it can be tested with the
// text that an administrator would read from `ip`.

import type { WantedAddress, WantedDomain, WantedRoute } from "../lib/protocol.ts";
import type { AddressFacts, AddressState, RouteFacts } from "../lib/linux/rtnetlink.ts";
import { isLinkLocal, parseIpv6 } from "../lib/ip.ts";

/** The kernel counts in seconds and rounds: less than this is no difference. */
const TOLERANCE_S = 2;
/** But of a lifetime of two seconds one second is half: it would run out before it is renewed. */
const TOLERANCE_SHARE = 0.25;

export interface Difference {
  readonly deleteRoutes: readonly RouteFacts[];
  readonly deleteAddresses: readonly AddressFacts[];
  readonly putAddresses: readonly WantedAddress[];
  readonly putRoutes: readonly WantedRoute[];
}

/** Link-local addresses are the kernel's own and are left alone. */
export function difference(
  actual: { readonly addresses: readonly AddressState[]; readonly routes: readonly RouteFacts[] },
  wanted: Pick<WantedDomain, "addresses" | "routes">,
): Difference {
  const global = actual.addresses.filter((each) => !isLinkLocalText(each.address));
  const addresses = new Map(global.map((each) => [addressKey(each), each]));
  const routes = new Map(actual.routes.map((each) => [routeKey(each), each]));
  const wantedAddresses = new Set(wanted.addresses.map(addressKey));
  const wantedRoutes = new Set(wanted.routes.map(routeKey));
  return {
    deleteRoutes: actual.routes.filter((each) => !wantedRoutes.has(routeKey(each))),
    // One that another host has is dead; to be tried again, it has to be made anew.
    deleteAddresses: global.filter((each) => each.dadFailed || !wantedAddresses.has(addressKey(each))),
    putAddresses: wanted.addresses.filter((each) => {
      const now = addresses.get(addressKey(each));
      return now === undefined || now.dadFailed || !near(now.validS, each.validS) ||
        !near(now.preferredS, each.preferredS);
    }),
    putRoutes: wanted.routes.filter((each) => {
      const now = routes.get(routeKey(each));
      return now === undefined || now.preference !== each.preference || !near(now.lifetimeS, each.lifetimeS);
    }),
  };
}

/** What an advertisement's header says of the interface (RFC 4861 6.3.4); null: nothing. */
export type HeaderSettings = Pick<WantedDomain, "hopLimit" | "reachableTimeMs" | "retransTimerMs">;

/** The kernel rounds times up to its own ticks, 10 ms at most. */
const TICK_MS = 10;

/** What of `wanted` is to be written where the kernel has `actual`; null: it is right as it is. */
export function settingsDifference(actual: HeaderSettings, wanted: HeaderSettings): HeaderSettings {
  return {
    hopLimit: actual.hopLimit === wanted.hopLimit ? null : wanted.hopLimit,
    reachableTimeMs: isRounded(actual.reachableTimeMs, wanted.reachableTimeMs)
      ? null
      : wanted.reachableTimeMs,
    retransTimerMs: isRounded(actual.retransTimerMs, wanted.retransTimerMs) ? null : wanted.retransTimerMs,
  };
}

function isRounded(actualMs: number | null, wantedMs: number | null): boolean {
  return actualMs !== null && wantedMs !== null && actualMs >= wantedMs && actualMs < wantedMs + TICK_MS;
}

function addressKey(each: { readonly address: string; readonly prefixLength: number }): string {
  return `${each.address}/${each.prefixLength}`;
}

function routeKey(
  each: { readonly prefix: string; readonly router: string | null; readonly metric: number },
): string {
  return `${each.prefix} via ${each.router ?? "link"} metric ${each.metric}`;
}

function near(actual: number | null, wanted: number | null): boolean {
  if (actual === null || wanted === null) return actual === wanted;
  if (actual === wanted) return true;
  // Whether it is over at all (a deprecated address has preferred 0) is never a matter of rounding.
  if (actual === 0 || wanted === 0) return false;
  return Math.abs(actual - wanted) < Math.min(TOLERANCE_S, wanted * TOLERANCE_SHARE);
}

function isLinkLocalText(address: string): boolean {
  const bytes = parseIpv6(address);
  return bytes !== null && isLinkLocal(bytes);
}
