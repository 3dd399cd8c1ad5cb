// What the keeper notes of one domain: how far the helper is with it. No more than that; keeper.ts decides.

import { escapeName, escapeText } from "../lib/escape.ts";
import type { DomainState, HelperDomain, WantedDomain } from "../lib/protocol.ts";
import { parseDomainKey } from "./state/key.ts";
import type { Domain } from "./state/types.ts";
import type { Cancel } from "./timers.ts";

/** A domain as the helper has it, or is to have it. */
export interface Kept {
  readonly key: string;
  /** As last known, also after its end; null for one of the helper's that nobody has announced yet. */
  domain: Domain | null;
  handle: string | null;
  applied: { readonly wanted: WantedDomain; readonly at: number } | null;
  /** Raised where what was applied may be undone: the answer to an apply of before says nothing of what there is. */
  epoch: number;
  state: DomainState;
  problem: string | null;
  busy: boolean;
  failures: number;
  cancelRetry: Cancel | null;
  /** Not removed before this, although nobody announces it. */
  heldUntil: number;
}

export function newKept(key: string): Kept {
  return {
    key,
    domain: null,
    handle: null,
    applied: null,
    epoch: 0,
    state: "configuring",
    problem: null,
    busy: false,
    failures: 0,
    cancelRetry: null,
    heldUntil: 0,
  };
}

/** For people, in the log. */
export function nameOf(kept: Kept): string {
  return kept.domain === null
    ? escapeName(kept.key)
    : `${escapeName(kept.domain.id)} on ${escapeText(kept.domain.link)}`;
}

/** All that is known of a domain that the helper has and nobody has announced to this broker. */
export function remnant(found: HelperDomain): Domain {
  const explicit = parseDomainKey(found.key)?.kind !== "implicit";
  return {
    key: found.key,
    link: found.link,
    linkIndex: 0,
    id: found.id,
    kind: explicit ? "explicit" : "implicit",
    encoding: explicit ? "rfc8801" : "ra",
    flags: { http: false, legacy: false, header: false },
    delay: 0,
    sequence: 0,
    mtu: null,
    hopLimit: null,
    reachableTimeMs: null,
    retransTimerMs: null,
    captivePortal: null,
    routers: [],
    prefixes: [],
    routes: [],
    rdnss: [],
    dnssl: [],
    pref64: [],
    encryptedDns: [],
  };
}
