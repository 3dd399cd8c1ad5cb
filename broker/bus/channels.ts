// The channels that were opened over the bus: each lasts as long as its opener stays on the bus and polkit would allow
// it. Holds one end of each channel's lease; closing that is what ends the channel in the helper.

import { EPOLLIN } from "../../lib/linux/abi.ts";
import { close } from "../../lib/linux/fd.ts";
import type { Reactor } from "../../lib/linux/reactor.ts";
import type { Log } from "../log.ts";
import type { Grant, Grants } from "../polkit/recheck.ts";
import { BackendError } from "./backend.ts";

/** One caller needs one for each domain. */
const MAX_PER_SENDER = 32;

interface Channel {
  readonly sender: string;
  readonly lease: number;
  readonly forget: () => void;
}

export class BusChannels {
  readonly #reactor: Pick<Reactor, "add" | "remove">;
  readonly #grants: Pick<Grants, "add" | "epoch">;
  readonly #log: Log;
  readonly #channels = new Set<Channel>();

  constructor(reactor: Pick<Reactor, "add" | "remove">, grants: Pick<Grants, "add" | "epoch">, log: Log) {
    this.#reactor = reactor;
    this.#grants = grants;
    this.#log = log;
  }

  /** To be read before polkit is asked. */
  get epoch(): number {
    return this.#grants.epoch;
  }

  /** Throws BackendError `limitExceeded`. */
  checkRoom(sender: string): void {
    const count = [...this.#channels].filter((each) => each.sender === sender).length;
    if (count >= MAX_PER_SENDER) {
      throw new BackendError(
        "limitExceeded",
        `you have ${count} channels already; close one, then try again`,
      );
    }
  }

  /** Takes over our end of the lease. */
  add(sender: string, lease: number, grant: Grant): void {
    const channel: Channel = {
      sender,
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
      if (sender === null || channel.sender === sender) this.#end(channel);
    }
  }

  #end(channel: Channel): void {
    if (!this.#channels.delete(channel)) return;
    channel.forget();
    this.#reactor.remove(channel.lease);
    close(channel.lease);
  }
}
