// How much the network may make the broker keep: every cap by name, with its reason. At a cap the newest is
// refused and counted, the old kept, so that a newcomer cannot push out what works. Touches nothing.

import {
  MAX_ADDRESSES,
  MAX_DOMAINS,
  MAX_RESOLVERS,
  MAX_ROUTES,
  MAX_SEARCH_DOMAINS,
} from "../../lib/protocol.ts";

export interface Limits {
  readonly domains: number;
  readonly domainsPerLink: number;
}

/** One link may have nearly all, but never the last few: a second link's first domains still come up. */
export const MAX_DOMAINS_PER_LINK = MAX_DOMAINS - 24;

export const DEFAULT_LIMITS: Limits = { domains: MAX_DOMAINS, domainsPerLink: MAX_DOMAINS_PER_LINK };

/** RFC 4861 6.3.4 asks for at least two; a LAN with more than eight routers for one domain is an attack. */
export const MAX_ROUTERS_PER_DOMAIN = 8;

/** Each may become an address of the domain's interface. */
export const MAX_PREFIXES_PER_DOMAIN = MAX_ADDRESSES;

/** What is left of the domain's routes when each prefix and each router has taken its own. */
export const MAX_ROUTES_PER_DOMAIN = MAX_ROUTES - MAX_PREFIXES_PER_DOMAIN - MAX_ROUTERS_PER_DOMAIN;

/** RFC 8106 5.3.1 asks for at least three. */
export const MAX_RESOLVERS_PER_DOMAIN = MAX_RESOLVERS;
export const MAX_SEARCH_DOMAINS_PER_DOMAIN = MAX_SEARCH_DOMAINS;

/** No host name is longer (RFC 1035 2.3.4). One with escapes, four characters for an octet, can be: nothing can be
 * searched in it, and sixteen of them would make a domain too large to be told of in one message. */
export const MAX_SEARCH_DOMAIN_CHARS = 253;

/** RFC 8781 5.1 expects one, several while it changes. */
export const MAX_PREF64_PER_DOMAIN = 4;

/** Each may bring 2 KiB of parameters: more than four would not fit into one answer to a client. */
export const MAX_ENCRYPTED_DNS_PER_DOMAIN = 4;
