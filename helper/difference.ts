// What has to be done so that a domain's kernel state is the wanted one: pure, so that it can be tested with the
// text that an administrator would read from `ip`.

import type { WantedAddress, WantedDomain, WantedRoute } from "../lib/protocol.ts";
import type { AddressFacts, RouteFacts } from "../lib/linux/rtnetlink.ts";
import { isLinkLocal, parseIpv6 } from "../lib/ip.ts";

/** The kernel counts in seconds and rounds: less than this is no difference. */
const TOLERANCE_S = 2;

export interface Difference {
  readonly deleteRoutes: readonly RouteFacts[];
  readonly deleteAddresses: readonly AddressFacts[];
  readonly putAddresses: readonly WantedAddress[];
  readonly putRoutes: readonly WantedRoute[];
}

/** Link-local addresses are the kernel's own and are left alone. */
export function difference(
  actual: { readonly addresses: readonly AddressFacts[]; readonly routes: readonly RouteFacts[] },
  wanted: Pick<WantedDomain, "addresses" | "routes">,
): Difference {
  const global = actual.addresses.filter((each) => !isLinkLocalText(each.address));
  const addresses = new Map(global.map((each) => [addressKey(each), each]));
  const routes = new Map(actual.routes.map((each) => [routeKey(each), each]));
  const wantedAddresses = new Set(wanted.addresses.map(addressKey));
  const wantedRoutes = new Set(wanted.routes.map(routeKey));
  return {
    deleteRoutes: actual.routes.filter((each) => !wantedRoutes.has(routeKey(each))),
    deleteAddresses: global.filter((each) => !wantedAddresses.has(addressKey(each))),
    putAddresses: wanted.addresses.filter((each) => {
      const now = addresses.get(addressKey(each));
      return now === undefined || !near(now.validS, each.validS) || !near(now.preferredS, each.preferredS);
    }),
    putRoutes: wanted.routes.filter((each) => {
      const now = routes.get(routeKey(each));
      return now === undefined || now.preference !== each.preference || !near(now.lifetimeS, each.lifetimeS);
    }),
  };
}

function addressKey(each: { readonly address: string; readonly prefixLength: number }): string {
  return `${each.address}/${each.prefixLength}`;
}

function routeKey(
  each: { readonly prefix: string; readonly router: string | null; readonly metric: number },
): string {
  return `${each.prefix} via ${each.router ?? "link"} metric ${each.metric}`;
}

function near(one: number | null, other: number | null): boolean {
  if (one === null || other === null) return one === other;
  // Whether it is over at all (a deprecated address has preferred 0) is never a matter of rounding.
  if ((one === 0) !== (other === 0)) return false;
  return Math.abs(one - other) < TOLERANCE_S;
}

function isLinkLocalText(address: string): boolean {
  const bytes = parseIpv6(address);
  return bytes !== null && isLinkLocal(bytes);
}
