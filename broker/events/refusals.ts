// Refused advertisements, counted by link and reason, and told at most once a second each: a flood of them is one line
// a second with their number. Takes the time from outside.

export interface Refusal {
  readonly link: string;
  /** Who sent it, as the packet says. */
  readonly source: string;
  /** One of a few texts: nothing in it comes from a network. */
  readonly reason: string;
  /** What was there instead; network text in it is escaped. */
  readonly problem: string;
}

/** The last of them, how many since the last time, and how many ever. */
export interface CountedRefusal extends Refusal {
  readonly count: number;
  readonly total: number;
}

interface Counter {
  last: Refusal;
  count: number;
  total: number;
  toldAt: number;
}

/** Between two of the same reason on the same link. */
export const REFUSALS_APART_MS = 1000;
/** Reasons are few and links too: this only keeps a mistake from filling memory. */
const MAX_COUNTERS = 1024;

export class RefusalCounter {
  readonly #counters = new Map<string, Counter>();

  /** What is to be told at once; null: it is counted, and `due` gives it later. */
  note(refusal: Refusal, now: number): CountedRefusal | null {
    const key = `${refusal.link} ${refusal.reason}`;
    let counter = this.#counters.get(key);
    if (counter === undefined) {
      if (this.#counters.size >= MAX_COUNTERS) return null;
      counter = { last: refusal, count: 0, total: 0, toldAt: -Infinity };
      this.#counters.set(key, counter);
    }
    counter.last = refusal;
    counter.count++;
    counter.total++;
    return now - counter.toldAt >= REFUSALS_APART_MS ? tell(counter, now) : null;
  }

  /** Those that have waited long enough. */
  due(now: number): CountedRefusal[] {
    return [...this.#counters.values()]
      .filter((each) => each.count > 0 && now - each.toldAt >= REFUSALS_APART_MS)
      .map((each) => tell(each, now));
  }

  /** When `due` gives something; Infinity: nothing waits. */
  nextDue(): number {
    let next = Infinity;
    for (const { count, toldAt } of this.#counters.values()) {
      if (count > 0) next = Math.min(next, toldAt + REFUSALS_APART_MS);
    }
    return next;
  }
}

function tell(counter: Counter, now: number): CountedRefusal {
  const { last, count, total } = counter;
  counter.count = 0;
  counter.toldAt = now;
  return { ...last, count, total };
}
