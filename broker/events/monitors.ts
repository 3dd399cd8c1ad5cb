// The clients that monitor: how many there may be, which events each wants, and an event's way to all of them. Touches
// nothing; what waits for a client is in subscriber.ts.

import { MAX_MONITORS, MAX_MONITORS_PER_UID, type MonitorEvent } from "../../lib/protocol.ts";
import { encodeEvent, type Snapshot, Subscriber } from "./subscriber.ts";

/** As in ClientRequest. */
export interface MonitorRequest {
  readonly link: string | null;
  readonly renewals: boolean;
}

export class Monitors {
  readonly #monitors = new Map<Subscriber, MonitorRequest & { readonly uid: number }>();
  readonly #wallNow: () => number;

  /** `wallNow`: milliseconds since 1970. */
  constructor(wallNow: () => number) {
    this.#wallNow = wallNow;
  }

  get size(): number {
    return this.#monitors.size;
  }

  /** Whether there is room for one more of this person's. */
  hasRoom(uid: number): boolean {
    const ofUid = [...this.#monitors.values()].filter((each) => each.uid === uid).length;
    return ofUid < MAX_MONITORS_PER_UID && this.#monitors.size < MAX_MONITORS;
  }

  /** To be taken out by `remove`. */
  add(uid: number, request: MonitorRequest, snapshot: Snapshot): Subscriber {
    const subscriber = new Subscriber(snapshot, this.#wallNow);
    this.#monitors.set(subscriber, { ...request, uid });
    return subscriber;
  }

  remove(subscriber: Subscriber): void {
    this.#monitors.delete(subscriber);
  }

  tell(event: MonitorEvent): void {
    // The same bytes for everybody.
    let message: Uint8Array | null = null;
    for (const [subscriber, request] of this.#monitors) {
      if (isWanted(event, request)) subscriber.push(message ??= encodeEvent(event));
    }
  }
}

function isWanted(event: MonitorEvent, { link, renewals }: MonitorRequest): boolean {
  if (link !== null && "link" in event && event.link !== link) return false;
  switch (event.event) {
    case "domainRenewed":
      return renewals;
    case "routerRenewed":
      return renewals && link !== null;
    case "routerChanged":
      // Without a link what routers say of PvDs is enough: most of it would be told twice.
      return link !== null;
    case "domainNow":
    case "domainMade":
    case "domainChanged":
    case "domainDeprecated":
    case "domainRemoved":
    case "routerNow":
    case "routerHeard":
    case "routerLost":
    case "now":
    case "advertisementRefused":
    case "lost":
      return true;
  }
}
