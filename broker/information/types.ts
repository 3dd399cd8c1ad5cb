// What the broker knows of additional information (RFC 8801 section 4): plain values, changed by rules.ts alone.
//
// Moments are milliseconds of CLOCK_BOOTTIME, as in broker/state.

import type { FetchProblem, FetchSource } from "../../lib/protocol.ts";

/** Where a domain's information is to be had. */
export interface Source {
  readonly source: FetchSource;
  /** The server's name, or the router's address. */
  readonly name: string;
}

/** What the rules need to know of a domain that has information somewhere. */
export interface Subject extends Source {
  readonly key: string;
  readonly id: string;
  /** The network that limits and failures are counted on. */
  readonly linkIndex: number;
  readonly sequence: number;
  readonly delay: number;
  /** Its namespace; null until the domain can be used. */
  readonly handle: string | null;
}

/** An object that may be used until `until`. */
export interface Held {
  /** JSON text: a parsed object of a hostile shape takes many times as much. */
  readonly text: string;
  readonly until: number;
  /** It is asked for again at a moment between these two. */
  readonly renewFrom: number;
  readonly renewTo: number;
}

export interface Entry {
  readonly subject: Subject;
  /** The next request is not before this; Infinity: there is none to come. */
  readonly dueAt: number;
  /** The number of the fetch that is under way. */
  readonly attempt: number | null;
  /** In a row, of the kind that may pass. */
  readonly failures: number;
  readonly held: Held | null;
  readonly problem: string | null;
}

/** What is remembered of a link for as long as the machine is attached to it, whatever its routers say. */
export interface Network {
  /** Of the last window, oldest first. */
  readonly requestsAt: readonly number[];
  /** Last request by PvD, of the last window. */
  readonly requestAtById: ReadonlyMap<string, number>;
  /** PvDs that are not asked for again, with why. */
  readonly failed: ReadonlyMap<string, string>;
}

export interface InformationState {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly networks: ReadonlyMap<number, Network>;
  /** Each attempt that has no answer yet, with the link on whose network it is counted; null: the machine is attached to
   * that network no more. */
  readonly underWay: ReadonlyMap<number, number | null>;
  readonly lastAttempt: number;
}

export const NO_INFORMATION: InformationState = {
  entries: new Map(),
  networks: new Map(),
  underWay: new Map(),
  lastAttempt: 0,
};

/** A request to be made now. */
export interface Fetch {
  readonly subject: Subject;
  readonly handle: string;
  readonly attempt: number;
  /** The moment that it is counted at on its network. */
  readonly askedAt: number;
}

/** What came of it. `text` and `expiresInMs` are of an object that was found valid; null: it says no end. */
export type Outcome =
  | { readonly kind: "valid"; readonly text: string; readonly expiresInMs: number | null }
  | { readonly kind: FetchProblem; readonly problem: string }
  /** Not a request at all: nothing of it went to the network, because it could not be made now. */
  | { readonly kind: "notAsked"; readonly problem: string };
