// One client that monitors: what waits for it, up to a bound. It takes what there is when its socket has room; one that
// does not loses events, is told how many, and gets what there is now again. Touches nothing.

import type { ClientReply, MonitorEvent } from "../../lib/protocol.ts";
import { MAX_MESSAGE_BYTES } from "../../lib/protocol.ts";

/** A whole machine's domains at once fit in; what a client can make the broker keep is no more. */
export const MAX_WAITING_EVENTS = 4096;
export const MAX_WAITING_BYTES = 1024 * 1024;

/** What is there now, each made when it is taken. */
export type Snapshot = () => readonly (() => MonitorEvent)[];

export class Subscriber {
  readonly #snapshot: Snapshot;
  readonly #wallNow: () => number;
  #current: (() => MonitorEvent)[];
  #waiting: Uint8Array[] = [];
  #waitingBytes = 0;
  #lost = 0;
  /** Something can be taken. */
  onReady: () => void = () => {};

  /** What `snapshot` gives now comes first. */
  constructor(snapshot: Snapshot, wallNow: () => number) {
    this.#snapshot = snapshot;
    this.#wallNow = wallNow;
    this.#current = snapshot().toReversed();
  }

  /** A message as `encodeEvent` makes it. */
  push(message: Uint8Array): void {
    const isFull = this.#waiting.length >= MAX_WAITING_EVENTS ||
      this.#waitingBytes + message.length > MAX_WAITING_BYTES;
    if (this.#lost > 0 || isFull) {
      // What is left of it would be a story with a hole: all of it goes.
      this.#lost += this.#waiting.length + 1;
      this.#waiting = [];
      this.#waitingBytes = 0;
    } else {
      this.#waiting.push(message);
      this.#waitingBytes += message.length;
    }
    this.onReady();
  }

  /** The next message; null: nothing waits. */
  take(): Uint8Array | null {
    if (this.#lost > 0) {
      const count = this.#lost;
      this.#lost = 0;
      this.#current = this.#snapshot().toReversed();
      return encodeEvent({ event: "lost", timeMs: this.#wallNow(), count });
    }
    const next = this.#current.pop();
    if (next !== undefined) return encodeEvent(next());
    const message = this.#waiting.shift();
    if (message === undefined) return null;
    this.#waitingBytes -= message.length;
    return message;
  }
}

const encoder = new TextEncoder();

/** The event as a message. What a server says of a PvD can be too long for one: it is left out then. */
export function encodeEvent(event: MonitorEvent): Uint8Array {
  const bytes = encode(event);
  if (bytes.length <= MAX_MESSAGE_BYTES) return bytes;
  if ("domain" in event) {
    const informationProblem = "the information is too large for an event; ask for the PvD itself";
    return encode({ ...event, domain: { ...event.domain, information: null, informationProblem } });
  }
  return "datum" in event ? encode({ ...event, old: null, new: null }) : bytes;
}

function encode(event: MonitorEvent): Uint8Array {
  const reply: ClientReply = { type: "event", event };
  return encoder.encode(JSON.stringify(reply));
}
