// When a server is asked for additional information, and how long its answer holds (RFC 8801 4.1). Pure: time and
// chance come from outside, what is to be done goes out as values.

import { MAX_FETCHES } from "../../lib/protocol.ts";
import { backOffMs } from "../timers.ts";
import * as limits from "./limits.ts";
import type { Entry, Fetch, Held, InformationState, Network, Outcome, Subject } from "./types.ts";

/** Uniformly from 0 up to 1. */
export type Random = () => number;

const NEW_NETWORK: Network = { requestsAt: [], requestAtById: new Map(), failed: new Map() };

/** These are the domains now: new ones wait their time, changed ones lose what they had, others are forgotten. */
export function withSubjects(
  state: InformationState,
  subjects: Iterable<Subject>,
  now: number,
  random: Random,
): InformationState {
  const entries = new Map<string, Entry>();
  for (const subject of subjects) {
    const before = state.entries.get(subject.key);
    entries.set(
      subject.key,
      before === undefined || !isSame(before.subject, subject)
        ? newEntry(subject, now, random)
        : { ...before, subject },
    );
  }
  return { ...state, entries };
}

/** Whether what was fetched for one is good for the other: any other Sequence Number ends it (RFC 8801 4.1). */
export function isSame(one: Subject, other: Subject): boolean {
  return one.sequence === other.sequence && one.source === other.source && one.name === other.name &&
    one.id === other.id && one.linkIndex === other.linkIndex;
}

/** RFC 8801 4.1: a random time up to 2^(10 + Delay) ms, so that the hosts of a link do not ask all at once. */
function newEntry(subject: Subject, now: number, random: Random): Entry {
  const dueAt = now + random() * 2 ** (10 + subject.delay);
  return { subject, dueAt, attempt: null, failures: 0, held: null, problem: null };
}

/**
 * The link is gone or without carrier: whatever comes back is another attachment, for which an answer that is still to
 * come from the old one says nothing.
 */
export function detached(state: InformationState, linkIndex: number): InformationState {
  const networks = new Map(state.networks);
  networks.delete(linkIndex);
  const entries = new Map([...state.entries].filter(([, { subject }]) => subject.linkIndex !== linkIndex));
  const underWay = new Map(
    [...state.underWay].map(([attempt, on]) => [attempt, on === linkIndex ? null : on]),
  );
  return { ...state, entries, networks, underWay };
}

export interface Decision {
  readonly state: InformationState;
  readonly fetches: readonly Fetch[];
  /** When there may be something to decide again; Infinity: not before something else happens. */
  readonly wakeAt: number;
}

/** What is due at `now`, the longest due first. */
export function decide(state: InformationState, now: number): Decision {
  const entries = new Map(state.entries);
  const networks = currentNetworks(state, now);
  const underWay = new Map(state.underWay);
  const fetches: Fetch[] = [];
  let { lastAttempt } = state;
  let wakeAt = Infinity;
  const set = (entry: Entry) => {
    entries.set(entry.subject.key, entry);
    wakeAt = Math.min(wakeAt, entry.attempt === null ? entry.dueAt : Infinity, entry.held?.until ?? Infinity);
  };
  const byDue = [...state.entries.values()].sort((one, other) => one.dueAt < other.dueAt ? -1 : 1);
  for (const found of byDue) {
    const entry = withoutExpired(found, now);
    const { subject } = entry;
    if (entry.attempt !== null || entry.dueAt > now) {
      set(entry);
      continue;
    }
    const network = networks.get(subject.linkIndex) ?? NEW_NETWORK;
    const refusal = refusalOf(network, subject);
    if (refusal !== null) {
      set({ ...entry, dueAt: Infinity, problem: refusal });
      continue;
    }
    if (subject.handle === null) {
      set({ ...entry, dueAt: now + limits.NOT_READY_MS });
      continue;
    }
    const allowedAt = whenAllowed(network, subject);
    // With all fetchers at work it stays due: the first of them that ends calls here again.
    if (allowedAt > now || underWay.size >= MAX_FETCHES) {
      if (allowedAt > now) set({ ...entry, dueAt: allowedAt });
      continue;
    }
    const attempt = ++lastAttempt;
    underWay.set(attempt, subject.linkIndex);
    fetches.push({ subject, handle: subject.handle, attempt, askedAt: now });
    networks.set(subject.linkIndex, {
      ...network,
      requestsAt: [...network.requestsAt, now],
      requestAtById: new Map(network.requestAtById).set(idOf(subject), now),
    });
    set({ ...entry, attempt, dueAt: Infinity });
  }
  return { state: { entries, networks, underWay, lastAttempt }, fetches, wakeAt };
}

function withoutExpired(entry: Entry, now: number): Entry {
  if (entry.held === null || entry.held.until > now) return entry;
  return { ...entry, held: null, problem: entry.problem ?? "the information has expired" };
}

/** Requests that no limit looks at any more are forgotten. */
function currentNetworks(state: InformationState, now: number): Map<number, Network> {
  return new Map([...state.networks].map(([linkIndex, network]) => [linkIndex, {
    ...network,
    requestsAt: network.requestsAt.filter((at) => at + limits.WINDOW_MS > now),
    requestAtById: new Map([...network.requestAtById].filter(([, at]) => at + limits.MIN_INTERVAL_MS > now)),
  }]));
}

function refusalOf(network: Network, subject: Subject): string | null {
  const own = network.failed.get(idOf(subject));
  if (own !== undefined) return own;
  if (network.failed.size < limits.MAX_FAILED) return null;
  return `${network.failed.size} PvDs of this link gave no valid information; none is asked for any more`;
}

function whenAllowed(network: Network, subject: Subject): number {
  const last = network.requestAtById.get(idOf(subject)) ?? -Infinity;
  const first = network.requestsAt.at(-limits.MAX_REQUESTS) ?? -Infinity;
  return Math.max(last + limits.MIN_INTERVAL_MS, first + limits.WINDOW_MS);
}

/** RFC 8801 4.1 counts by PvD ID; a router's list and the well-known URI are two servers. */
function idOf({ source, id }: Subject): string {
  return `${source} ${id.toLowerCase()}`;
}

/** What a fetch came to. One whose domain changed meanwhile counts on its network, and is good for nothing else. */
export function answered(
  state: InformationState,
  fetch: Fetch,
  outcome: Outcome,
  now: number,
  random: Random,
): InformationState {
  const { subject, attempt } = fetch;
  const underWay = new Map(state.underWay);
  const linkIndex = underWay.get(attempt) ?? null;
  underWay.delete(attempt);
  const networks = new Map(state.networks);
  if (linkIndex !== null && outcome.kind === "notAsked") {
    networks.set(linkIndex, withoutRequest(networks.get(linkIndex) ?? NEW_NETWORK, fetch));
  }
  if (linkIndex !== null && outcome.kind !== "valid" && isFinal(outcome.kind)) {
    const network = networks.get(linkIndex) ?? NEW_NETWORK;
    // At the cap nobody is asked, so no more than that are kept.
    if (network.failed.size < limits.MAX_FAILED) {
      const failed = new Map(network.failed).set(idOf(subject), outcome.problem);
      networks.set(linkIndex, { ...network, failed });
    }
  }
  const entries = new Map(state.entries);
  const entry = entries.get(subject.key);
  if (entry !== undefined && entry.attempt === attempt) {
    entries.set(subject.key, { ...afterAnswer(state, entry, outcome, now, random), attempt: null });
  }
  return { ...state, entries, networks, underWay };
}

/** RFC 8801 4.1 limits what a network sees, and it has seen nothing of this one. */
function withoutRequest(network: Network, { subject, askedAt }: Fetch): Network {
  const requestsAt = [...network.requestsAt];
  const index = requestsAt.indexOf(askedAt);
  if (index >= 0) requestsAt.splice(index, 1);
  const requestAtById = new Map(network.requestAtById);
  if (requestAtById.get(idOf(subject)) === askedAt) requestAtById.delete(idOf(subject));
  return { ...network, requestsAt, requestAtById };
}

/** RFC 8801 4.1: certificate, HTTP or content are not right, so it is never asked again while attached. */
function isFinal(kind: Outcome["kind"]): boolean {
  switch (kind) {
    case "certificate":
    case "tls":
    case "http":
    case "redirect":
    case "format":
      return true;
    case "valid":
    case "dns":
    case "unreachable":
    case "timeout":
    case "failed":
    case "notAsked":
      return false;
  }
}

function afterAnswer(
  state: InformationState,
  entry: Entry,
  outcome: Outcome,
  now: number,
  random: Random,
): Entry {
  if (outcome.kind === "valid") {
    const held = heldFrom(outcome, now);
    const others = [...state.entries.values()]
      .reduce((sum, each) => sum + (each === entry ? 0 : each.held?.text.length ?? 0), 0);
    if (others + held.text.length > limits.MAX_HELD_CHARS) {
      return { ...entry, held: null, dueAt: Infinity, problem: "there is no room for more information" };
    }
    const dueAt = held.renewFrom + random() * (held.renewTo - held.renewFrom);
    return { ...entry, held, dueAt, failures: 0, problem: null };
  }
  const { problem } = outcome;
  if (isFinal(outcome.kind)) return { ...entry, held: null, dueAt: Infinity, problem };
  if (outcome.kind === "notAsked") return { ...entry, dueAt: now + limits.NOT_READY_MS, problem };
  const dueAt = now + backOffMs(entry.failures, limits.FIRST_RETRY_MS, limits.MOST_RETRY_MS);
  return { ...entry, dueAt, failures: entry.failures + 1, problem };
}

/** Fetched at A, expiring at B, it is renewed within [A + (B - A) / 2, B] (RFC 8801 4.1, as it must be read). */
function heldFrom({ text, expiresInMs }: Extract<Outcome, { kind: "valid" }>, now: number): Held {
  const lastsMs = expiresInMs ?? limits.ROUTER_RENEWAL_MS;
  return {
    text,
    until: expiresInMs === null ? Infinity : now + expiresInMs,
    renewFrom: now + lastsMs / 2,
    renewTo: now + lastsMs,
  };
}
