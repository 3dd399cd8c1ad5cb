// Channels: for a program that opens many sockets, a connection of its own to the helper, authorised once, on which
// each request brings back one socket of one domain. A channel lasts as long as its lease, a socket whose other end
// the broker holds: when the broker closes that, or dies, or the domain ends, the channel ends.

import { asObject, oneOf } from "../lib/check.ts";
import { EPOLLIN } from "../lib/linux/abi.ts";
import { closeMessageSocket, foreign, NOT_TOLD_APART } from "../lib/linux/foreign.ts";
import type { Home } from "../lib/linux/namespace.ts";
import type { Reactor } from "../lib/linux/reactor.ts";
import { isReady } from "../lib/linux/ready.ts";
import {
  close,
  closeAll,
  makeBlocking,
  receiveMessage,
  sendMessage,
  socketPair,
} from "../lib/linux/socket.ts";
import { type ChannelReply, MAX_CHANNELS } from "../lib/protocol.ts";
import { openSocketIn, readSocketKind, SOCKET_MEMBERS } from "./domain_socket.ts";
import type { Domain } from "./domains.ts";
import { explain, Failure } from "./failure.ts";

/** A request is far smaller. */
const MAX_REQUEST_BYTES = 256;
/** Then others get their turn. */
const REQUESTS_AT_ONCE = 64;

interface Channel {
  readonly fd: number;
  readonly lease: number;
  readonly domain: Domain;
}

export class Channels {
  readonly #home: Home;
  readonly #reactor: Reactor;
  readonly #channels = new Set<Channel>();
  readonly #buffer = new Uint8Array(MAX_REQUEST_BYTES);
  readonly #encoder = new TextEncoder();

  constructor(home: Home, reactor: Reactor) {
    this.#home = home;
    this.#reactor = reactor;
  }

  /** The program's end, the receiver's; takes over `fds`, which is the lease, whatever happens. Throws Failure. */
  open(find: () => Domain, fds: readonly number[]): number {
    try {
      const [lease] = fds;
      const domain = find();
      if (lease === undefined) throw new Failure("invalidArgument", "a channel comes with its lease");
      if (this.#channels.size >= MAX_CHANNELS) {
        throw new Failure(
          "limitExceeded",
          `${domain.record.id}: ${this.#channels.size} channels are open already`,
        );
      }
      return this.#start(domain, lease);
    } catch (error) {
      closeAll(fds);
      throw error;
    }
  }

  /** The program's end. Throws Failure: then the lease is as it was, and nothing else is left. */
  #start(domain: Domain, lease: number): number {
    const [fd, other] = socketPair();
    const channel: Channel = { fd, lease, domain };
    try {
      makeBlocking(other);
      this.#reactor.add(fd, EPOLLIN, () => this.#serve(channel));
      this.#reactor.add(lease, EPOLLIN, () => this.#leaseStirs(channel));
    } catch (error) {
      this.#reactor.remove(fd);
      closeAll([fd, other]);
      const why = explain(error).message;
      throw new Failure("failed", `${domain.record.id}: the channel cannot be watched over: ${why}`);
    }
    this.#channels.add(channel);
    return other;
  }

  /** Nothing is ever said on a lease: that there is something to read, or an error, means that its other end is gone.
   * It is looked at once more: an event can be for a descriptor that had the number a moment ago. */
  #leaseStirs(channel: Channel): void {
    if (isReady(channel.lease)) this.#end(channel);
  }

  /** The domain ends, and with it its channels. */
  endIn(handle: string): void {
    for (const channel of this.#channels) if (channel.domain.handle === handle) this.#end(channel);
  }

  #serve(channel: Channel): void {
    for (let count = 0; count < REQUESTS_AT_ONCE && this.#channels.has(channel); count++) {
      try {
        const message = receiveMessage(channel.fd, this.#buffer, 0);
        if (message === null) return;
        if (message.truncated || message.length === 0) {
          foreign.close(message.fds, NOT_TOLD_APART);
          return this.#end(channel);
        }
        this.#answer(channel, this.#buffer.subarray(0, message.length));
      } catch {
        // It left, does not take its answers, or does not speak the protocol.
        return this.#end(channel);
      }
    }
  }

  /** Throws SyntaxError where the request is none, LinuxError where the program has left. */
  #answer(channel: Channel, bytes: Uint8Array): void {
    const fields = asObject(
      JSON.parse(new TextDecoder().decode(bytes)),
      ["type", ...SOCKET_MEMBERS],
      "request",
    );
    oneOf(fields, "type", ["socket"]);
    let reply: ChannelReply = { type: "socket" };
    const fds: number[] = [];
    try {
      fds.push(openSocketIn(this.#home, channel.domain, readSocketKind(fields)));
    } catch (error) {
      if (error instanceof SyntaxError) throw error;
      reply = { type: "error", ...explain(error) };
    }
    try {
      const sent = sendMessage(channel.fd, this.#encoder.encode(JSON.stringify(reply)), fds);
      if (!sent) throw new Failure("limitExceeded", "the program does not take its answers");
    } finally {
      closeAll(fds);
    }
  }

  #end(channel: Channel): void {
    if (!this.#channels.delete(channel)) return;
    for (const fd of [channel.fd, channel.lease]) this.#reactor.remove(fd);
    closeMessageSocket(channel.fd, NOT_TOLD_APART);
    // The broker's.
    close(channel.lease);
  }
}
