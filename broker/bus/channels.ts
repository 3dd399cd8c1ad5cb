// The channels that were opened over the bus: each lasts as long as its opener stays on the bus and polkit would allow
// it. Holds one end of each channel's lease; closing that is what ends the channel in the helper.

import { EPOLLIN } from "../../lib/linux/abi.ts";
import { close } from "../../lib/linux/fd.ts";
import type { Reactor } from "../../lib/linux/reactor.ts";
import { MAX_CHANNELS } from "../../lib/protocol.ts";
import type { Log } from "../log.ts";
import type { Grant, Grants } from "../polkit/recheck.ts";
import { BackendError } from "./backend.ts";
import type { Caller } from "./callers.ts";

/** One caller needs one for each domain. */
export const MAX_PER_SENDER = 32;
/** One person's callers together, that nobody takes all. */
export const MAX_PER_UID = MAX_CHANNELS / 4;

interface Channel {
  readonly owner: Caller;
  readonly lease: number;
  readonly forget: () => void;
}

export class BusChannels {
  readonly #reactor: Pick<Reactor, "add" | "remove">;
  readonly #grants: Pick<Grants, "add" | "epoch">;
  readonly #log: Log;
  readonly #channels = new Set<Channel>();
  /** Of those that the helper is asked for. */
  readonly #opening = new Set<Caller>();

  constructor(reactor: Pick<Reactor, "add" | "remove">, grants: Pick<Grants, "add" | "epoch">, log: Log) {
    this.#reactor = reactor;
    this.#grants = grants;
    this.#log = log;
  }

  /** To be read before polkit is asked. */
  get epoch(): number {
    return this.#grants.epoch;
  }

  /** One more, made by `make`: the program's end, the caller's. Rejects with what `make` rejects with, and with
   * BackendError `limitExceeded`. */
  async open(
    { sender, uid }: Caller,
    grant: Grant,
    make: () => Promise<{ readonly channel: number; readonly lease: number }>,
  ): Promise<number> {
    // An object of its own, also where a caller opens many at a time.
    const owner: Caller = { sender, uid };
    this.#checkRoom(owner);
    this.#opening.add(owner);
    try {
      const { channel, lease } = await make();
      this.#keep(owner, lease, grant);
      return channel;
    } finally {
      this.#opening.delete(owner);
    }
  }

  #checkRoom({ sender, uid }: Caller): void {
    const owners = [...this.#opening, ...[...this.#channels].map(({ owner }) => owner)];
    const ofUid = owners.filter((each) => each.uid === uid);
    const count = ofUid.filter((each) => each.sender === sender).length;
    if (count < MAX_PER_SENDER && ofUid.length < MAX_PER_UID) return;
    const whose = count >= MAX_PER_SENDER ? `you have ${count}` : `user ${uid} has ${ofUid.length}`;
    throw new BackendError("limitExceeded", `${whose} channels already; close one, then try again`);
  }

  /** Takes over our end of the lease. */
  #keep(owner: Caller, lease: number, grant: Grant): void {
    const channel: Channel = {
      owner,
      lease,
      forget: this.#grants.add(grant, (reason) => {
        this.#log("info", `a channel to ${grant.details.domain} ends: ${reason}`);
        this.#end(channel);
      }),
    };
    this.#channels.add(channel);
    // Nothing is ever said on a lease: that it is readable means that the channel has ended.
    this.#reactor.add(lease, EPOLLIN, () => this.#end(channel));
  }

  /** This caller, or everybody (null), has left the bus. */
  gone(sender: string | null): void {
    for (const channel of this.#channels) {
      if (sender === null || channel.owner.sender === sender) this.#end(channel);
    }
  }

  #end(channel: Channel): void {
    if (!this.#channels.delete(channel)) return;
    channel.forget();
    this.#reactor.remove(channel.lease);
    close(channel.lease);
  }
}
