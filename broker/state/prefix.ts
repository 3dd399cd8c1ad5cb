// The lifetimes of prefixes: the on-link list of RFC 4861 6.3.4 and the addresses of RFC 4862 5.5.3 with its
// two-hour rule, which lets no single unauthenticated packet end an address at once. Pure.

import { isLinkLocal, isMulticast, parsePrefix } from "../../lib/ip.ts";
import type { PrefixDatum } from "../../lib/ndp/types.ts";
import { MAX_PREFIXES_PER_DOMAIN } from "./limits.ts";
import { heldFirst, untilMs } from "./merge.ts";
import type { PrefixState } from "./types.ts";

/** RFC 4862 5.5.3 e. */
export const TWO_HOURS_MS = 2 * 60 * 60 * 1000;

/** Prefix length and the interface identifier's 64 bits must make 128 (RFC 4862 5.5.3 d). */
export const AUTONOMOUS_PREFIX_LENGTH = 64;

/** The prefixes after an advertisement; those with nothing left are gone. */
export function mergePrefixes(
  held: readonly PrefixState[],
  heard: readonly PrefixDatum[],
  now: number,
  refuse: () => void,
): readonly PrefixState[] {
  const live = livingPrefixes(held, now);
  if (heard.length === 0) return live;
  const byPrefix = new Map(live.map((prefix) => [prefix.prefix, prefix]));
  const said = [...Map.groupBy(heard, ({ prefix }) => prefix)];
  for (const [prefix, data] of heldFirst(said, byPrefix)) {
    const parsed = parsePrefix(prefix);
    if (parsed === null || !isGlobalPrefix(prefix)) continue;
    const prior = byPrefix.get(prefix);
    // Each option counts, in its order (RFC 4861 6.3.4): one may have the A flag, and another the L flag.
    const next = data.reduce<PrefixState | undefined>((before, datum) => {
      const after = endLives(heardPrefix(before, datum, parsed.length, now), now);
      return lives(after, now) ? after : undefined;
    }, prior);
    if (next === undefined) byPrefix.delete(prefix);
    else if (prior !== undefined || byPrefix.size < MAX_PREFIXES_PER_DOMAIN) byPrefix.set(prefix, next);
    else refuse();
  }
  return [...byPrefix.values()];
}

/** What has not ended in any of its lives, ended lives set to 0; the same list where nothing has ended. */
export function livingPrefixes(prefixes: readonly PrefixState[], now: number): readonly PrefixState[] {
  const next = prefixes.map((prefix) => endLives(prefix, now)).filter((prefix) => lives(prefix, now));
  const same = next.length === prefixes.length && next.every((prefix, index) => prefix === prefixes[index]);
  return same ? prefixes : next;
}

function endLives(prefix: PrefixState, now: number): PrefixState {
  const ended = (until: number) => until !== 0 && until <= now;
  if (!ended(prefix.validUntil) && !ended(prefix.onLinkUntil) && !ended(prefix.addressValidUntil)) {
    return prefix;
  }
  const keep = (until: number) => until > now ? until : 0;
  return {
    ...prefix,
    validUntil: keep(prefix.validUntil),
    preferredUntil: keep(prefix.preferredUntil),
    onLinkUntil: keep(prefix.onLinkUntil),
    addressValidUntil: keep(prefix.addressValidUntil),
    addressPreferredUntil: keep(prefix.addressPreferredUntil),
  };
}

/** Whether a router still stands for the prefix; an address that the two-hour rule keeps does not count. */
export function isAnnounced(prefix: PrefixState, now: number): boolean {
  return prefix.validUntil > now || prefix.onLinkUntil > now;
}

/** RFC 4861 6.3.4, RFC 4862 5.5.3 b: the link-local prefix is nobody's to announce; nor is multicast. */
export function isGlobalPrefix(text: string): boolean {
  const parsed = parsePrefix(text);
  return parsed !== null && parsed.address.length === 16 && !isLinkLocal(parsed.address) &&
    !isMulticast(parsed.address);
}

function lives(prefix: PrefixState, now: number): boolean {
  return isAnnounced(prefix, now) || prefix.addressValidUntil > now;
}

function heardPrefix(
  prior: PrefixState | undefined,
  datum: PrefixDatum,
  length: number,
  now: number,
): PrefixState {
  const validUntil = untilMs(now, datum.validS);
  const preferredUntil = Math.min(untilMs(now, datum.preferredS), validUntil);
  return {
    prefix: datum.prefix,
    validUntil,
    preferredUntil,
    // Without the L flag a prefix option says nothing about on-link (RFC 4861 4.6.2).
    onLinkUntil: datum.onLink ? validUntil : prior?.onLinkUntil ?? 0,
    ...heardAddress(prior, datum, length, now),
    dadCounter: prior?.dadCounter ?? 0,
    duplicate: prior?.duplicate ?? false,
  };
}

type AddressLife = Pick<PrefixState, "addressValidUntil" | "addressPreferredUntil">;

/** RFC 4862 5.5.3 a to e. */
function heardAddress(
  prior: PrefixState | undefined,
  datum: PrefixDatum,
  length: number,
  now: number,
): AddressLife {
  const held: AddressLife = {
    addressValidUntil: prior?.addressValidUntil ?? 0,
    addressPreferredUntil: prior?.addressPreferredUntil ?? 0,
  };
  if (!datum.autonomous || length !== AUTONOMOUS_PREFIX_LENGTH || datum.preferredS > datum.validS) {
    return held;
  }
  const received = untilMs(now, datum.validS);
  return {
    addressValidUntil: addressValidUntil(held.addressValidUntil, received, now),
    addressPreferredUntil: untilMs(now, datum.preferredS),
  };
}

function addressValidUntil(heldUntil: number, receivedUntil: number, now: number): number {
  if (heldUntil <= now) return receivedUntil;
  if (receivedUntil > now + TWO_HOURS_MS || receivedUntil > heldUntil) return receivedUntil;
  return Math.min(heldUntil, now + TWO_HOURS_MS);
}
