// The helper's connections: only the broker's uid gets in (the kernel says who it is), every message is measured
// before it is used, and a peer that breaks the protocol is disconnected with all that it sent closed.

import { ECONNRESET, EPIPE, EPOLLIN } from "../lib/linux/abi.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { closeAll } from "../lib/linux/fd.ts";
import { foreign, NOT_TOLD_APART } from "../lib/linux/foreign.ts";
import { peerCredentials } from "../lib/linux/peer.ts";
import type { Reactor } from "../lib/linux/reactor.ts";
import { accept, close, receiveMessage, sendMessage } from "../lib/linux/socket.ts";
import { type HelperReply, MAX_MESSAGE_BYTES, MAX_MESSAGE_FDS } from "../lib/protocol.ts";
import { explain } from "./failure.ts";
import { log } from "./log.ts";
import { type Answer, entryFor, type Rooms } from "./table.ts";

/** A broker and its successor, and a test beside them; more is not a broker. */
const MAX_PEERS = 8;
/** Then the others get their turn. */
const MESSAGES_AT_ONCE = 64;

interface Peer {
  readonly fd: number;
}

export class Peers {
  readonly #reactor: Reactor;
  readonly #rooms: Rooms;
  readonly #brokerUid: number;
  readonly #peers = new Set<Peer>();
  readonly #buffer = new Uint8Array(MAX_MESSAGE_BYTES);
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #encoder = new TextEncoder();

  constructor(reactor: Reactor, rooms: Rooms, brokerUid: number) {
    this.#reactor = reactor;
    this.#rooms = rooms;
    this.#brokerUid = brokerUid;
  }

  /** Takes the connections that wait on the listening socket. */
  acceptFrom(listener: number): void {
    for (let fd = accept(listener); fd !== null; fd = accept(listener)) {
      const { uid, pid } = peerCredentials(fd);
      if (uid !== this.#brokerUid || this.#peers.size >= MAX_PEERS) {
        log("warning", `connection of uid ${uid} (pid ${pid}) refused`);
        close(fd);
        continue;
      }
      const peer = { fd };
      this.#peers.add(peer);
      this.#reactor.add(fd, EPOLLIN, () => this.#serve(peer));
    }
  }

  /** Tells every broker. */
  announce(reply: HelperReply): void {
    for (const peer of this.#peers) this.#send(peer, reply, []);
  }

  #serve(peer: Peer): void {
    for (let count = 0; count < MESSAGES_AT_ONCE && this.#peers.has(peer); count++) {
      let received;
      try {
        received = receiveMessage(peer.fd, this.#buffer, MAX_MESSAGE_FDS);
      } catch (error) {
        return this.#lost(peer, error);
      }
      if (received === null) return;
      if (received.length === 0 && received.fds.length === 0) return this.#closed(peer);
      if (received.truncated) {
        foreign.close(received.fds, NOT_TOLD_APART);
        return this.#disconnect(peer, "a message was over the limits");
      }
      this.#answer(peer, this.#buffer.subarray(0, received.length), received.fds);
    }
  }

  #answer(peer: Peer, bytes: Uint8Array, fds: readonly number[]): void {
    const request = entryFor(this.#parse(bytes));
    if (request === null || request.entry.fds !== fds.length) {
      foreign.close(fds, NOT_TOLD_APART);
      return this.#disconnect(peer, "it asked for what is not in the table");
    }
    const { entry, fields, serial } = request;
    const refuse = (error: unknown) => {
      const { code, message } = explain(error);
      if (error instanceof SyntaxError && entry.fds === 0) return this.#disconnect(peer, message);
      this.#send(peer, { type: "error", serial, code, message }, []);
    };
    const say = (answer: Answer) => {
      this.#send(peer, { ...answer.reply, serial }, answer.fds);
      closeAll(answer.fds);
    };
    try {
      const answer = entry.answer(fields, fds, this.#rooms);
      // What takes time keeps nobody waiting; its peer may have gone by then.
      if (answer instanceof Promise) answer.then(say, refuse);
      else say(answer);
    } catch (error) {
      refuse(error);
    }
  }

  #parse(bytes: Uint8Array): unknown {
    try {
      return JSON.parse(this.#decoder.decode(bytes));
    } catch {
      return null;
    }
  }

  #send(peer: Peer, reply: HelperReply, fds: readonly number[]): void {
    if (!this.#peers.has(peer)) return;
    try {
      if (!sendMessage(peer.fd, this.#encoder.encode(JSON.stringify(reply)), fds)) {
        this.#disconnect(peer, "it does not read its answers");
      }
    } catch (error) {
      this.#lost(peer, error);
    }
  }

  /** A broker that stops in order leaves a question unanswered (EPIPE), or an answer unread (ECONNRESET). */
  #lost(peer: Peer, error: unknown): void {
    if (error instanceof LinuxError && (error.errno === EPIPE || error.errno === ECONNRESET)) {
      return this.#closed(peer);
    }
    this.#disconnect(peer, explain(error).message);
  }

  #closed(peer: Peer): void {
    this.#disconnect(peer, "it closed", "info");
  }

  #disconnect(peer: Peer, reason: string, priority: "info" | "warning" = "warning"): void {
    if (!this.#peers.delete(peer)) return;
    log(priority, `broker disconnected: ${reason}`);
    this.#reactor.remove(peer.fd);
    close(peer.fd);
  }
}
