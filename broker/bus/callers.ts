// Whose a connection on the bus is: a person can have hundreds of them, and what one person may have is bounded over
// all of them. Asks the bus, once for each connection that asks for something to be opened, and forgets who left.

import { isBusCallError } from "../polkit/bus_calls.ts";
import { pvdError } from "./errors.ts";
import type { Body } from "./message.ts";

/** A caller, and whose it is. */
export interface Caller {
  readonly sender: string;
  readonly uid: number;
}

/** The uid of a connection. Rejects with BusError where the bus does not say it. */
export type UidOf = (sender: string) => Promise<number>;

export class Callers {
  readonly #ask: (sender: string) => Promise<Body>;
  readonly #uids = new Map<string, Promise<number>>();

  /** `ask` is the bus's GetConnectionUnixUser. */
  constructor(ask: (sender: string) => Promise<Body>) {
    this.#ask = ask;
  }

  readonly uidOf: UidOf = (sender) => {
    const known = this.#uids.get(sender) ?? this.#askFor(sender);
    this.#uids.set(sender, known);
    return known;
  };

  /** This connection, or everybody (null), has left the bus. */
  gone(sender: string | null): void {
    if (sender === null) this.#uids.clear();
    else this.#uids.delete(sender);
  }

  async #askFor(sender: string): Promise<number> {
    try {
      const [uid] = await this.#ask(sender);
      if (typeof uid === "number") return uid;
    } catch (error) {
      if (!isBusCallError(error)) throw error;
    }
    // Asked again at the next call.
    this.#uids.delete(sender);
    throw pvdError("Failed", "the bus does not say whose connection this is; try again");
  }
}
