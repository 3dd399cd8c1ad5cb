// What the broker knows of each provisioning domain: plain values, each with the moment it ends. Types only.
//
// Moments (`...Until`) are milliseconds of CLOCK_BOOTTIME, so that a suspended machine's domains age too;
// Infinity never ends. A datum whose moment has come is gone.

import type { Encoding, Preference } from "../../lib/ndp/types.ts";

export interface DefaultRouter {
  /** Link-local address. */
  readonly router: string;
  readonly preference: Preference;
  readonly validUntil: number;
}

/**
 * One prefix has three lives: what the router last said of it, the on-link list (RFC 4861 6.3.4), and the
 * address made from it, which the two-hour rule may keep longer (RFC 4862 5.5.3). 0 where there is none.
 */
export interface PrefixState {
  readonly prefix: string;
  readonly validUntil: number;
  readonly preferredUntil: number;
  readonly onLinkUntil: number;
  readonly addressValidUntil: number;
  readonly addressPreferredUntil: number;
  /** How many addresses of this prefix turned out to be another host's (DAD_Counter of RFC 7217 5). */
  readonly dadCounter: number;
  /** The one that DAD_Counter gives is another host's, too (RFC 4862 5.4): there is none for now. */
  readonly duplicate: boolean;
}

export interface RouteState {
  readonly prefix: string;
  readonly router: string;
  readonly preference: Preference;
  readonly validUntil: number;
}

export interface ResolverState {
  readonly address: string;
  readonly validUntil: number;
}

export interface SearchDomainState {
  readonly domain: string;
  readonly validUntil: number;
}

export interface Pref64State {
  readonly prefix: string;
  readonly validUntil: number;
}

export interface EncryptedDnsState {
  readonly priority: number;
  readonly authenticationName: string;
  readonly addresses: readonly string[];
  /** SvcParams as lower-case hex. */
  readonly parameters: string;
  readonly validUntil: number;
}

export interface Domain {
  /** See key.ts. */
  readonly key: string;
  readonly link: string;
  readonly linkIndex: number;
  /** What people see. An implicit domain keeps the id that it was made with. */
  readonly id: string;
  readonly kind: "explicit" | "implicit";
  /** How the domain was announced when it was made; rfc8801 from when it was first heard so. */
  readonly encoding: Encoding;
  readonly flags: { readonly http: boolean; readonly legacy: boolean; readonly header: boolean };
  readonly delay: number;
  readonly sequence: number;
  /** No lifetime of their own: the latest said holds as long as the domain. Of the MTU the latest that the link could
   * carry when it was said. */
  readonly mtu: number | null;
  /** As the MTU, by whichever router said it last (RFC 4861 6.3.4); null: none did. */
  readonly hopLimit: number | null;
  readonly reachableTimeMs: number | null;
  readonly retransTimerMs: number | null;
  readonly captivePortal: string | null;
  /** Each router's default route, by its header or by a ::/0 route option of it (hear.ts). */
  readonly routers: readonly DefaultRouter[];
  readonly prefixes: readonly PrefixState[];
  /** As route options have them: a ::/0 is a default route that `routers` has as well. */
  readonly routes: readonly RouteState[];
  readonly rdnss: readonly ResolverState[];
  readonly dnssl: readonly SearchDomainState[];
  readonly pref64: readonly Pref64State[];
  readonly encryptedDns: readonly EncryptedDnsState[];
}

export interface State {
  /** By key, in the order in which they were made (domain_map.ts). */
  readonly domains: ReadonlyMap<string, Domain>;
}

/** Why something valid was not kept: the names that `pvd status` counts. */
export type Refusal =
  | "ids that are not printable ASCII"
  | "domains"
  | "domains on the link"
  | "routers of a domain"
  | "prefixes of a domain"
  | "routes of a domain"
  | "resolvers of a domain"
  | "search domains of a domain"
  | "NAT64 prefixes of a domain"
  | "encrypted resolvers of a domain";

export const EMPTY_STATE: State = { domains: new Map() };
