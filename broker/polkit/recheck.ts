// Remembers what was allowed and lasts, such as an open channel, and asks again when polkit says that its answers
// may have changed: what would not be allowed now ends. Asks by a function that it is given; touches nothing else.

import type { ActionId, QuestionDetails } from "./action.ts";
import type { Decision } from "./authority.ts";
import { type Subject, subjectKey } from "./subject.ts";

/** What was asked, and that somebody authenticated for it. */
export interface Grant {
  readonly subject: Subject;
  readonly action: ActionId;
  readonly details: QuestionDetails;
  /** As the decision had it. */
  readonly asked: boolean;
  /** `Grants.epoch` from before polkit was asked. */
  readonly epoch: number;
}

/** Asks polkit, without interaction; never rejects. */
export type CheckAgain = (
  subject: Subject,
  action: ActionId,
  details: QuestionDetails,
) => Promise<Decision>;

interface Kept {
  readonly grant: Grant;
  readonly onRevoked: (reason: string) => void;
  /** Of the last answer about it. */
  epoch: number;
}

/** Questions at a time: the bus allows a connection only so many calls without a reply. */
const AT_ONCE = 16;

export class Grants {
  readonly #check: CheckAgain;
  readonly #kept = new Set<Kept>();
  #epoch = 0;
  #pass: Promise<void> | null = null;

  constructor(check: CheckAgain) {
    this.#check = check;
  }

  /** Counts the changes; to be read before polkit is asked for what will be kept here. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Calls `onRevoked` once when it is no longer allowed, and forgets it. Gives the way to forget it earlier. */
  add(grant: Grant, onRevoked: (reason: string) => void): () => void {
    const kept: Kept = { grant, onRevoked, epoch: grant.epoch };
    this.#kept.add(kept);
    // The rules changed between the answer and now: nobody would look at this one before the next change.
    if (kept.epoch !== this.#epoch) void this.#startPass();
    return () => this.#kept.delete(kept);
  }

  /** polkit's answers may have changed. Resolves when everything kept has been asked about after this moment;
   * rejects with what an `onRevoked` threw, when all the others have been called. */
  async changed(): Promise<void> {
    this.#epoch++;
    await this.#startPass();
  }

  /** Many changes during a pass are one more round: whoever makes them cannot make us ask without end. */
  #startPass(): Promise<void> {
    this.#pass ??= this.#askAll();
    return this.#pass;
  }

  async #askAll(): Promise<void> {
    const errors: unknown[] = [];
    // Not before `#pass` has been set, or the end below would come first.
    await Promise.resolve();
    for (;;) {
      const epoch = this.#epoch;
      const due = [...this.#kept].filter((kept) => kept.epoch !== epoch);
      if (due.length === 0) break;
      for (const group of inGroups(sameQuestions(due), AT_ONCE)) {
        await Promise.all(group.map((same) => this.#askAgain(same, epoch, errors)));
      }
    }
    this.#pass = null;
    if (errors.length > 0) throw new AggregateError(errors, "what was revoked did not end cleanly");
  }

  /** All of one question. */
  async #askAgain(same: readonly Kept[], epoch: number, errors: unknown[]): Promise<void> {
    const [first] = same;
    if (first === undefined) return;
    const { subject, action, details } = first.grant;
    const decision = await this.#check(subject, action, details);
    for (const kept of same) {
      kept.epoch = epoch;
      // Somebody authenticated for it, and still could: the change was about something else.
      if (decision.allowed || (kept.grant.asked && decision.wouldAsk)) continue;
      if (!this.#kept.delete(kept)) continue;
      try {
        kept.onRevoked(decision.reason);
      } catch (error) {
        errors.push(error);
      }
    }
  }
}

function sameQuestions(all: readonly Kept[]): Kept[][] {
  const key = ({ grant: { subject, action, details: { domain, kind, link, program } } }: Kept) =>
    JSON.stringify([subjectKey(subject), action, domain, kind, link, program]);
  return [...Map.groupBy(all, key).values()];
}

function inGroups<T>(all: readonly T[], size: number): T[][] {
  return Array.from(
    { length: Math.ceil(all.length / size) },
    (_, index) => all.slice(index * size, (index + 1) * size),
  );
}
