// How many programs each person may have at a time. A place is taken before anything of a launch is looked at, and left
// when nothing of it runs any more, also where it failed. Pure.

import { MAX_PROGRAMS_PER_UID } from "../lib/protocol.ts";
import { Failure } from "./failure.ts";

/** One of a person's; left once, however often one says so. */
export interface Place {
  readonly uid: number;
}

export class Places {
  readonly #taken = new Map<number, Set<Place>>();

  /** Throws Failure where the person has none left. */
  take(uid: number): Place {
    const his = this.#taken.get(uid) ?? new Set();
    if (his.size >= MAX_PROGRAMS_PER_UID) {
      throw new Failure("limitExceeded", `${his.size} programs run already; end one first`);
    }
    const place: Place = { uid };
    this.#taken.set(uid, his.add(place));
    return place;
  }

  leave(place: Place): void {
    const his = this.#taken.get(place.uid);
    his?.delete(place);
    if (his?.size === 0) this.#taken.delete(place.uid);
  }
}
