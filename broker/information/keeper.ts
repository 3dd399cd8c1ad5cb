// Keeps what servers say of PvDs up to date: brings the rules (rules.ts) together with the clock, the domains as they
// change and the fetches, and gives out what is valid now. Takes time, chance and fetching from outside.

import { escapeName, escapeText } from "../../lib/escape.ts";
import type { JsonObject, JsonValue } from "../../lib/protocol.ts";
import type { Log } from "../log.ts";
import { isAnnounced } from "../state/prefix.ts";
import type { Domain } from "../state/types.ts";
import { type After, type Cancel, MAX_WAIT_MS } from "../timers.ts";
import type { InformationView } from "../view.ts";
import type { FetchInformation, FetchResult } from "./fetch.ts";
import { answered, decide, detached, isSame, withSubjects } from "./rules.ts";
import { sourceOf } from "./source.ts";
import { type Fetch, type InformationState, NO_INFORMATION, type Outcome, type Subject } from "./types.ts";
import { findInList, isJsonObject, uncoveredPrefix, validateInformation } from "./validate.ts";

/** However many advertisements come, the domains are looked at so often; the least of RFC 8801's delays is longer. */
const SETTLE_MS = 100;

/** A domain, and its namespace where it can be used. */
export interface InformationDomain {
  readonly domain: Domain;
  readonly handle: string | null;
}

export interface InformationOptions {
  /** All of them, now. */
  readonly domains: () => Iterable<InformationDomain>;
  /** Whether routers are asked for MIF-PvD's list. */
  readonly fromRouters: boolean;
  readonly fetch: FetchInformation;
  readonly now: () => number;
  /** The time of day in ms since 1970, as certificates and `expires` have it. */
  readonly wallNow: () => number;
  readonly after: After;
  readonly random: () => number;
  readonly log: Log;
  /** What is known of the domain with this key may be another. */
  readonly onChanged?: (key: string) => void;
}

const NOTHING: InformationView = { object: null, problem: null };

export class InformationKeeper {
  readonly #options: InformationOptions;
  #state: InformationState = NO_INFORMATION;
  #queued = false;
  #cancelWake: Cancel = () => {};

  constructor(options: InformationOptions) {
    this.#options = options;
  }

  /** Domains came, changed, became ready or went. Cheap, however often it is called. */
  wake(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#options.after(SETTLE_MS, () => {
      this.#queued = false;
      this.#look();
    });
  }

  /** The link is gone or lost its carrier: what is remembered of its network is for another one no more. */
  detached(linkIndex: number): void {
    this.#state = detached(this.#state, linkIndex);
    this.wake();
  }

  /** What is valid for the domain as it is at this moment: a change that `wake` told of a moment ago counts already. */
  informationOf(domain: Domain): InformationView {
    const entry = this.#state.entries.get(domain.key);
    const source = sourceOf(domain, this.#options.fromRouters);
    if (source === null) return NOTHING;
    if ("problem" in source) return { object: null, problem: source.problem };
    if (entry === undefined || !isSame(entry.subject, subjectOf(domain, source, null))) return NOTHING;
    if (entry.held === null) return { object: null, problem: entry.problem };
    const now = this.#options.now();
    if (entry.held.until <= now) return { object: null, problem: "the information has expired" };
    const object: JsonValue = JSON.parse(entry.held.text);
    // Empty: the router's list has nothing of this domain.
    if (!isJsonObject(object) || Object.keys(object).length === 0) return NOTHING;
    const uncovered = source.source === "wellKnown" ? uncoveredPrefix(object, announced(domain, now)) : null;
    // RFC 8801 4.4, for a PIO that came after the object.
    if (uncovered !== null) return { object: null, problem: `"prefixes" does not cover ${uncovered}` };
    return { object, problem: null };
  }

  #look(): void {
    const { now, random, after } = this.#options;
    const decision = decide(withSubjects(this.#state, this.#subjects(), now(), random), now());
    this.#state = decision.state;
    for (const fetch of decision.fetches) void this.#fetch(fetch);
    this.#cancelWake();
    const waitMs = decision.wakeAt - now();
    this.#cancelWake = waitMs === Infinity
      ? () => {}
      : after(Math.min(Math.max(waitMs, 0), MAX_WAIT_MS), () => this.#look());
  }

  *#subjects(): Generator<Subject> {
    for (const { domain, handle } of this.#options.domains()) {
      const source = sourceOf(domain, this.#options.fromRouters);
      if (source !== null && "name" in source) yield subjectOf(domain, source, handle);
    }
  }

  async #fetch(fetch: Fetch): Promise<void> {
    const { subject, handle } = fetch;
    const result = await this.#options.fetch(handle, subject);
    const outcome = this.#judge(subject, result);
    const before = this.#state.entries.get(subject.key)?.problem;
    this.#state = answered(this.#state, fetch, outcome, this.#options.now(), this.#options.random);
    const name = `additional information of ${escapeName(subject.id)}`;
    if (outcome.kind === "valid") {
      this.#options.log("info", `${name}: ${outcome.text.length} characters`);
    } else if (outcome.kind !== "notAsked" || outcome.problem !== before) {
      // What could not be asked is tried again soon, with the same words each time.
      this.#options.log("warning", `${name}: none: ${escapeText(outcome.problem)}`);
    }
    this.#options.onChanged?.(subject.key);
    this.#look();
  }

  #judge(subject: Subject, result: FetchResult): Outcome {
    if (!result.ok) return { kind: result.kind, problem: result.problem };
    const found = [...this.#options.domains()].find(({ domain }) => domain.key === subject.key);
    // It ended meanwhile; nothing is kept of it, but its server was asked.
    if (found === undefined) return { kind: "failed", problem: "the domain has ended" };
    const { domain } = found;
    const wallMs = this.#options.wallNow();
    const validation = subject.source === "wellKnown"
      ? validateInformation(result.value, domain.id, announced(domain, this.#options.now()), wallMs)
      : findInList(result.value, domain.kind, domain.id);
    if (validation === null) return valid({}, null);
    if (!validation.ok) return { kind: "format", problem: validation.problem };
    const { object, expiresAtMs } = validation;
    return valid(object, expiresAtMs === null ? null : expiresAtMs - wallMs);
  }
}

function valid(object: JsonObject, expiresInMs: number | null): Outcome {
  return { kind: "valid", text: JSON.stringify(object), expiresInMs };
}

function subjectOf(
  domain: Domain,
  source: Pick<Subject, "source" | "name">,
  handle: string | null,
): Subject {
  const { key, id, linkIndex, sequence, delay } = domain;
  return { ...source, key, id, linkIndex, sequence, delay, handle };
}

/** The PIOs of the PvD that a router stands for now. */
function announced(domain: Domain, now: number): string[] {
  return domain.prefixes.filter((prefix) => isAnnounced(prefix, now)).map(({ prefix }) => prefix);
}
