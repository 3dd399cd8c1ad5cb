// What a keeper needs of the rest of the broker. Types only.

import type { Helper } from "./helper_client.ts";
import type { Secrets } from "./identifier.ts";
import type { Log } from "./log.ts";
import type { State } from "./state/types.ts";
import type { After } from "./timers.ts";
import type { DomainLink } from "./wanted.ts";

export interface KeeperOptions {
  readonly helper: Helper;
  readonly secrets: Secrets;
  /** CLOCK_BOOTTIME, milliseconds. */
  readonly now: () => number;
  readonly after: After;
  readonly log: Log;
  readonly state: () => State;
  /** Null: there is no such link (any more). */
  readonly linkOf: (linkIndex: number) => DomainLink | null;
  /** Until then a domain of the helper's that nobody has announced is kept. */
  readonly settledAt: number;
  /** A domain's state, handle or problem is another, or it is gone. */
  readonly onChanged?: () => void;
}
