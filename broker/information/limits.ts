// How often servers are asked, and how much is kept: RFC 8801's limits and ours, by name, with their reason. Touches
// nothing.

/** RFC 8801 4.1: between requests for one PvD on one network. */
export const MIN_INTERVAL_MS = 10_000;
/** RFC 8801 4.1: so many requests on one network in such a window, so that an RA cannot make hosts attack a server. */
export const MAX_REQUESTS = 5;
export const WINDOW_MS = 10_000;
/** RFC 8801 4.1: then no PvD of the network is asked for again. */
export const MAX_FAILED = 10;

/** What may pass (no route yet, a resolver that is down) is tried again after 10, 20, 40, ... s, at most an hour. */
export const FIRST_RETRY_MS = MIN_INTERVAL_MS;
export const MOST_RETRY_MS = 3_600_000;
/** A domain that is not configured yet is looked at again. */
export const NOT_READY_MS = 500;

/** A router's list says no end: it is asked again as often as a router would be heard from. */
export const ROUTER_RENEWAL_MS = 1_800_000;

/** In all: a thousand domains with the largest of objects must not fill the broker. */
export const MAX_HELD_CHARS = 4 * 1024 * 1024;
