// What duplicate address detection (RFC 4862 5.4) found of a domain's addresses, and which is tried next: with
// identifiers of RFC 7217 the next one, a few times, and then none. Pure.

import { DomainMap } from "./domain_map.ts";
import type { Domain, PrefixState, State } from "./types.ts";

/** RFC 7217 7: so many identifiers are tried in a prefix, after a random time up to IDGEN_DELAY each. */
export const IDGEN_RETRIES = 3;
export const IDGEN_DELAY_MS = 1000;

/** The state with a domain's prefix changed; the same where there is no such prefix. */
function changePrefix(
  state: State,
  key: string,
  prefix: string,
  change: Pick<PrefixState, "duplicate"> | Pick<PrefixState, "duplicate" | "dadCounter">,
): State {
  const domain = state.domains.get(key);
  if (domain === undefined || !domain.prefixes.some((each) => each.prefix === prefix)) return state;
  const prefixes = domain.prefixes.map((each) => each.prefix === prefix ? { ...each, ...change } : each);
  return { domains: DomainMap.of(state.domains).with({ ...domain, prefixes }) };
}

/** Another host has the address that the domain has in this prefix. */
export function markDuplicate(state: State, key: string, prefix: string): State {
  return changePrefix(state, key, prefix, { duplicate: true });
}

/** The next identifier's turn, where the prefix waits for it and has not had `tries` of them. */
export function nextIdentifier(state: State, key: string, prefix: string, tries: number): State {
  const held = prefixOf(state, key, prefix);
  if (held === undefined || !held.duplicate || hasGivenUp(held, tries)) return state;
  return changePrefix(state, key, prefix, { duplicate: false, dadCounter: held.dadCounter + 1 });
}

/** Begins anew with the first identifier, where there are none left. */
export function tryAgain(state: State, key: string, tries: number): State {
  const given = state.domains.get(key)?.prefixes.filter((each) => hasGivenUp(each, tries)) ?? [];
  return given.reduce(
    (next, { prefix }) => changePrefix(next, key, prefix, { duplicate: false, dadCounter: 0 }),
    state,
  );
}

/** Whether the last of `tries` identifiers is another host's as well. */
export function hasGivenUp(prefix: PrefixState, tries: number): boolean {
  return prefix.duplicate && prefix.dadCounter + 1 >= tries;
}

export function prefixOf(state: State, key: string, prefix: string): PrefixState | undefined {
  return state.domains.get(key)?.prefixes.find((each) => each.prefix === prefix);
}

/** Whether the domain may have an address in this prefix. */
export function hasAddress(prefix: PrefixState, now: number): boolean {
  return prefix.addressValidUntil > now && !prefix.duplicate;
}

/** The domain's prefixes that are to have an address, and have none. */
export function withoutAddress(domain: Domain, now: number): readonly PrefixState[] {
  return domain.prefixes.filter((prefix) => prefix.duplicate && prefix.addressValidUntil > now);
}
