// What of each link is to be confirmed since it came up (state/confirm.ts): kept while something of it is, with the
// timer for its end. Takes state, time and timers from outside.

import type { DomainAdvertisement } from "../lib/ndp/types.ts";
import { Deadline } from "./deadline.ts";
import { routerKey } from "./events/routers.ts";
import { confirm, ofOtherRouter, type Unconfirmed, unconfirmed, type Unsaid } from "./state/confirm.ts";
import type { Hearing } from "./state/hear.ts";
import { domainKey } from "./state/key.ts";
import type { Domain, State } from "./state/types.ts";
import type { After } from "./timers.ts";

export interface ConfirmationsOptions {
  /** CLOCK_BOOTTIME, milliseconds. */
  readonly now: () => number;
  readonly after: After;
  readonly state: () => State;
  /** What each router of the link has said to hosts that know no PvDs. */
  readonly routersOn: (linkIndex: number) => readonly Domain[];
  /** Link-layer addresses of routers of the link, by their link-local address, as told last. */
  readonly macsOn: (linkIndex: number) => ReadonlyMap<string, string>;
  /** It ends now. */
  readonly onUnsaid: (unsaid: Unsaid) => void;
  /** Nothing of the link waits any more. */
  readonly onConfirmed: (linkIndex: number) => void;
}

export class Confirmations {
  readonly #options: ConfirmationsOptions;
  readonly #links = new Map<number, Unconfirmed>();
  readonly #deadline: Deadline;

  constructor(options: ConfirmationsOptions) {
    this.#options = options;
    const { now, after } = options;
    this.#deadline = new Deadline({ now, after, onReached: () => this.#end() });
  }

  /** The link came up, or the machine woke: from now on counts what is said. */
  begin(linkIndex: number): void {
    const { state, routersOn, macsOn } = this.#options;
    const domains = [...state().domains.values()].filter((domain) => domain.linkIndex === linkIndex);
    const known = [...domains, ...routersOn(linkIndex)];
    if (known.length > 0) this.#links.set(linkIndex, unconfirmed(known, macsOn(linkIndex)));
  }

  /** Before the state takes in what an advertisement says; `outer` is what hosts hear that know no PvDs. */
  heard(
    hearing: Hearing,
    advertisements: readonly DomainAdvertisement[],
    outer: DomainAdvertisement | null,
  ): void {
    const { link, linkIndex, router } = hearing;
    const held = this.#links.get(linkIndex);
    if (held === undefined) return;
    const own = routerKey(linkIndex, router);
    const others = ofOtherRouter(held, this.#options.state(), hearing, this.#macOf(linkIndex, router), [own]);
    if (others.size > 0) this.#options.onUnsaid(others);
    const said = advertisements.map((each) =>
      [domainKey(each.kind, link, each.kind === "explicit" ? each.id : router), each] as const
    );
    const next = confirm(held, hearing, outer === null ? said : [...said, [own, outer]]);
    this.#links.set(linkIndex, next);
    if (next.unsaid.size === 0) this.#confirmed(linkIndex);
    else this.#deadline.bring(next.endsAt);
  }

  /** The link is gone, and all that was heard on it. */
  linkGone(linkIndex: number): void {
    this.#links.delete(linkIndex);
  }

  /** Whether something of it was not said again yet. */
  isUnconfirmed(linkIndex: number): boolean {
    return this.#links.has(linkIndex);
  }

  #macOf(linkIndex: number, router: string): string | undefined {
    return this.#options.macsOn(linkIndex).get(router);
  }

  #confirmed(linkIndex: number): void {
    this.#links.delete(linkIndex);
    this.#options.onConfirmed(linkIndex);
  }

  #end(): void {
    const now = this.#options.now();
    let next = Infinity;
    for (const [linkIndex, { endsAt, unsaid }] of [...this.#links]) {
      if (endsAt > now) {
        next = Math.min(next, endsAt);
        continue;
      }
      this.#options.onUnsaid(unsaid);
      this.#confirmed(linkIndex);
    }
    this.#deadline.set(next);
  }
}
