// For tests only: a keeper with a helper that keeps domains as the real one does.

import assert from "node:assert/strict";
import type { HelperDomain } from "../lib/protocol.ts";
import type { HelperAnswer, HelperRequestBody } from "./helper_client.ts";
import { Keeper } from "./keeper.ts";
import { hear } from "./state/hear.ts";
import { advertisement, header, prefix } from "./state/testing.ts";
import { EMPTY_STATE, type State } from "./state/types.ts";
import { FakeClock, FakeHelper, refused, settled } from "./testing.ts";
import type { DomainLink } from "./wanted.ts";

export const KEY = "explicit eth1 example.org";
export const SETTLE_MS = 30_000;

/** A keeper whose helper keeps domains as the real one does; `hears` is what the broker does with a packet. */
export class Room {
  readonly clock = new FakeClock();
  readonly helper = new FakeHelper();
  readonly there = new Map<string, HelperDomain>();
  readonly inUse = new Set<string>();
  state: State = EMPTY_STATE;
  link: DomainLink | null = {
    name: "eth1",
    index: 2,
    mtu: 1500,
    interfaceKind: "macvlan",
    routerMacs: new Map(),
  };
  readonly keeper: Keeper;
  readonly warnings: string[] = [];
  #made = 0;

  constructor() {
    this.helper.respond = (request) => this.answer(request);
    this.keeper = this.newKeeper();
  }

  newKeeper(): Keeper {
    return new Keeper({
      helper: this.helper,
      secrets: { key: new Uint8Array(32) },
      now: () => this.clock.now,
      after: this.clock.after,
      log: (level, message) => void (level === "warning" && this.warnings.push(message)),
      state: () => this.state,
      linkOf: () => this.link,
      settledAt: this.clock.now + SETTLE_MS,
    });
  }

  answer(request: HelperRequestBody): HelperAnswer {
    switch (request.type) {
      case "listDomains":
        return {
          ok: true,
          reply: { type: "domains", serial: 1, domains: [...this.there.values()], more: false },
          fds: [],
        };
      case "applyDomain": {
        const handle = request.handle ?? `mifpvd-${++this.#made}`;
        if (request.handle !== null && !this.there.has(handle)) return refused("noSuchDomain");
        const { key, id, link, mac } = request.wanted;
        this.there.set(handle, { handle, key, id, link, mac, broken: false });
        return { ok: true, reply: { type: "domain", serial: 1, handle }, fds: [] };
      }
      case "removeDomain":
        if (this.inUse.has(request.handle)) return refused("inUse");
        return this.there.delete(request.handle)
          ? { ok: true, reply: { type: "done", serial: 1 }, fds: [] }
          : refused("noSuchDomain");
      case "openRouterSocket":
      case "openSocket":
      case "openNamespace":
      case "openChannel":
      case "spawn":
      case "fetch":
        return refused("failed");
    }
  }

  async hears(said = advertisement({ prefixes: [prefix("2001:db8:1::/64", 3600)] })): Promise<void> {
    const hearing = { link: "eth1", linkIndex: 2, router: "fe80::1", now: this.clock.now };
    const heard = hear(this.state, hearing, [said]);
    this.state = heard.state;
    this.keeper.ended(heard.ended);
    this.keeper.wake(heard.touched);
    await settled();
  }

  async says(goodbye: "goodbye"): Promise<void> {
    assert.equal(goodbye, "goodbye");
    await this.hears(advertisement({ header: header(0), prefixes: [prefix("2001:db8:1::/64", 0)] }));
  }

  /** The types of what was asked since the last time. */
  asked(): string[] {
    return this.helper.requests.splice(0).map((request) => request.type);
  }
}

/** One that has the helper's list, and has asked for nothing since. */
export async function connected(): Promise<Room> {
  const room = new Room();
  await room.keeper.reconcile();
  await settled();
  room.asked();
  return room;
}
