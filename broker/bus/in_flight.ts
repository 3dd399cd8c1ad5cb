// Calls that wait for their answer, by caller and by person: how many each may have, and that one who leaves is not
// answered. Pure, but for the signals it aborts.

import { BusError } from "./message.ts";

/** A program that asks for more at a time can wait for the answers it is owed. */
export const MAX_CALLS_PER_SENDER = 32;
/** All callers together. */
export const MAX_CALLS = 1024;
/** One person's callers together, that nobody takes all: a bus lets him have hundreds of connections. */
export const MAX_CALLS_PER_UID = MAX_CALLS / 4;

export const LIMIT_EXCEEDED = "net.pvd1.Error.LimitExceeded";

export class InFlight {
  readonly #callers = new Map<string, Set<AbortController>>();
  readonly #uids = new Map<AbortController, number>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Throws BusError over the limit. The end must be told by `end`. */
  begin(sender: string): AbortController {
    const calls = this.#callers.get(sender) ?? new Set();
    if (calls.size >= MAX_CALLS_PER_SENDER || this.#count >= MAX_CALLS) {
      throw tooMany(calls.size >= MAX_CALLS_PER_SENDER ? `${calls.size} of yours` : `${this.#count}`);
    }
    const controller = new AbortController();
    calls.add(controller);
    this.#callers.set(sender, calls);
    this.#count++;
    return controller;
  }

  /** Whose call it is, as soon as that is known. Throws BusError over this person's limit. */
  belongsTo(uid: number, controller: AbortController): void {
    const count = [...this.#uids.values()].filter((each) => each === uid).length;
    if (count >= MAX_CALLS_PER_UID) throw tooMany(`${count} of user ${uid}'s`);
    this.#uids.set(controller, uid);
  }

  end(sender: string, controller: AbortController): void {
    this.#uids.delete(controller);
    const calls = this.#callers.get(sender);
    if (calls?.delete(controller) === true) this.#count--;
    if (calls?.size === 0) this.#callers.delete(sender);
  }

  /** Null: everybody. */
  gone(sender: string | null): void {
    for (const name of sender === null ? [...this.#callers.keys()] : [sender]) {
      for (const controller of this.#callers.get(name) ?? []) controller.abort();
    }
  }
}

function tooMany(whose: string): BusError {
  return new BusError(LIMIT_EXCEEDED, `${whose} requests wait for an answer already; try again after one`);
}
