// The broker's side of the socket that people's programs connect to. Everybody may connect, nobody is trusted: a
// request that is not in the table, a descriptor too many, or silence ends the connection, and every descriptor
// that came is closed or handed to the helper. Touches those sockets and nothing else.

import { EPOLLIN, EPOLLOUT } from "../lib/linux/abi.ts";
import { close } from "../lib/linux/fd.ts";
import { closeMessageSocket, foreign } from "../lib/linux/foreign.ts";
import { type PeerCredentials, peerCredentials } from "../lib/linux/peer.ts";
import type { Reactor } from "../lib/linux/reactor.ts";
import { accept, receiveMessage, sendMessage } from "../lib/linux/socket.ts";
import {
  CLIENT_IDLE_MS,
  type ClientReply,
  type ClientRequest,
  MAX_CONNECTIONS_PER_UID,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_FDS,
} from "../lib/protocol.ts";
import { type Connection, encodeReply, newConnection, nextReply, refuse } from "./client_connection.ts";
import { readClientRequest, REQUEST_FDS } from "./client_request.ts";
import type { ClientService, RunOutcome, SocketOutcome } from "./client_service.ts";
import { describeError, type Log } from "./log.ts";
import type { After, Cancel } from "./timers.ts";

export interface ClientServerOptions {
  /** Listening, bound to the clients' path. */
  readonly listener: number;
  readonly reactor: Pick<Reactor, "add" | "modify" | "remove">;
  readonly after: After;
  readonly log: Log;
  readonly service: ClientService;
}

/** Connections accepted before others get their turn. */
const ACCEPTS_PER_TURN = 64;
const ACCEPT_PAUSE_MS = 100;

/** All uids together: the broker's descriptors must last for links and the helper, whoever fills the socket. */
const MAX_CONNECTIONS = 512;

export class ClientServer {
  readonly #options: ClientServerOptions;
  readonly #connections = new Set<Connection>();
  readonly #buffer = new Uint8Array(MAX_MESSAGE_BYTES);
  #cancelPause: Cancel = () => {};

  constructor(options: ClientServerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#options.reactor.add(this.#options.listener, EPOLLIN, () => this.#accept());
  }

  stop(): void {
    this.#cancelPause();
    this.#options.reactor.remove(this.#options.listener);
    close(this.#options.listener);
    for (const connection of [...this.#connections]) this.#close(connection);
  }

  #accept(): void {
    for (let count = 0; count < ACCEPTS_PER_TURN; count++) {
      const fd = accept(this.#options.listener);
      if (fd === null) {
        if (count === 0) this.#pauseListening();
        return;
      }
      let peer: PeerCredentials;
      try {
        peer = peerCredentials(fd);
      } catch {
        close(fd);
        continue;
      }
      const ofUid = [...this.#connections].filter((each) => each.peer.uid === peer.uid).length;
      if (ofUid >= MAX_CONNECTIONS_PER_UID || this.#connections.size >= MAX_CONNECTIONS) {
        refuse(fd, `uid ${peer.uid} has ${ofUid} connections already; close one, then try again`);
        continue;
      }
      if (foreign.isFull(peer.uid)) {
        refuse(
          fd,
          `files that uid ${peer.uid} has passed cannot be closed: end the file system that does not answer`,
        );
        continue;
      }
      this.#serve(fd, peer);
    }
  }

  /** Readable, yet nothing to accept: out of descriptors. Without a pause the loop would do nothing else. */
  #pauseListening(): void {
    const { reactor, listener, after } = this.#options;
    reactor.modify(listener, 0);
    this.#cancelPause = after(ACCEPT_PAUSE_MS, () => reactor.modify(listener, EPOLLIN));
  }

  #serve(fd: number, peer: PeerCredentials): void {
    const connection = newConnection(fd, peer);
    this.#connections.add(connection);
    this.#setDeadline(connection);
    try {
      this.#options.reactor.add(fd, EPOLLIN, (events) => this.#ready(connection, events));
    } catch (error) {
      this.#close(connection);
      this.#options.log("warning", `client: ${describeError(error)}`);
    }
  }

  #ready(connection: Connection, events: number): void {
    this.#guarded(connection, () => {
      if ((events & EPOLLOUT) !== 0) this.#send(connection);
      // Read what is there, or that the other end is gone; EPOLLHUP alone comes while nothing is asked for.
      if (!connection.closed && connection.replies.length === 0) this.#receive(connection);
    });
  }

  #guarded(connection: Connection, step: () => void): void {
    try {
      step();
    } catch (error) {
      // A client that left, or that does not speak the protocol: both end alike.
      this.#options.log("debug", `client of uid ${connection.peer.uid}: ${describeError(error)}`);
      this.#close(connection);
    }
  }

  #receive(connection: Connection): void {
    if (connection.running) return this.#close(connection);
    const message = receiveMessage(connection.fd, this.#buffer, MAX_MESSAGE_FDS);
    if (message === null) return;
    let passedOn = false;
    try {
      const isUnasked = connection.subscriber !== null;
      const isTooMuch = message.fds.length > 0 && foreign.isFull(connection.peer.uid);
      if (message.truncated || message.length === 0 || isUnasked || isTooMuch) return this.#close(connection);
      const request = readClientRequest(this.#buffer.subarray(0, message.length));
      if (message.fds.length !== REQUEST_FDS[request.type]) {
        throw new SyntaxError("wrong number of descriptors");
      }
      this.#setDeadline(connection);
      if (request.type === "run") {
        passedOn = true;
        void this.#run(connection, request, message.fds);
      } else if (request.type === "openSocket") {
        void this.#openSocket(connection, request);
      } else if (request.type === "monitor") {
        this.#monitor(connection, request);
      } else {
        this.#reply(connection, this.#options.service.answer(request));
      }
    } finally {
      if (!passedOn) foreign.close(message.fds, connection.peer.uid);
    }
  }

  /** Never rejects; `fds` are closed whatever happens. */
  async #run(
    connection: Connection,
    request: Extract<ClientRequest, { type: "run" }>,
    fds: readonly number[],
  ): Promise<void> {
    connection.running = true;
    connection.cancelDeadline();
    const { service, reactor, log } = this.#options;
    // What the client says from here on is for the helper; that it left still shows, as EPOLLHUP.
    reactor.modify(connection.fd, 0);
    const handOver = () => {
      reactor.remove(connection.fd);
      connection.handedOver = true;
      return !connection.closed;
    };
    let outcome: RunOutcome;
    try {
      outcome = await service.run(request, connection.fd, fds, handOver, connection.left.signal);
    } catch (error) {
      log("error", `run: ${describeError(error)}`);
      outcome = { ok: false, type: "error", code: "failed", message: "the broker failed; its log says more" };
    }
    foreign.close(fds, connection.peer.uid);
    this.#finishRun(connection, outcome);
  }

  /** Never rejects; the socket is the client's alone, or closed. */
  async #openSocket(
    connection: Connection,
    request: Extract<ClientRequest, { type: "openSocket" }>,
  ): Promise<void> {
    connection.running = true;
    connection.cancelDeadline();
    const { service, reactor, log } = this.#options;
    reactor.modify(connection.fd, 0);
    let outcome: SocketOutcome;
    try {
      outcome = await service.openSocket(request, connection.fd, connection.left.signal);
    } catch (error) {
      log("error", `socket: ${describeError(error)}`);
      outcome = { ok: false, type: "error", code: "failed", message: "the broker failed; its log says more" };
    }
    if (!outcome.ok) return this.#finishRun(connection, outcome);
    try {
      // Nothing else waits to be sent: the client has asked for one thing, and not been answered.
      if (!connection.closed) sendMessage(connection.fd, encodeReply({ type: "socket" }), [outcome.fd]);
    } catch (error) {
      log("debug", `client of uid ${connection.peer.uid}: ${describeError(error)}`);
    }
    close(outcome.fd);
    this.#finishRun(connection, { ok: true });
  }

  #finishRun(connection: Connection, outcome: RunOutcome): void {
    connection.running = false;
    if (connection.closed) {
      // It left while it was waited for: its descriptor was kept open for the helper until now.
      closeSocketOf(connection);
      return;
    }
    if (outcome.ok) return this.#close(connection);
    try {
      const { type, code, message } = outcome;
      if (connection.handedOver) {
        connection.handedOver = false;
        this.#options.reactor.add(connection.fd, EPOLLIN, (events) => this.#ready(connection, events));
      }
      this.#setDeadline(connection);
      this.#reply(connection, [{ type, code, message }]);
    } catch (error) {
      this.#options.log("debug", `client of uid ${connection.peer.uid}: ${describeError(error)}`);
      this.#close(connection);
    }
  }

  #monitor(connection: Connection, request: Extract<ClientRequest, { type: "monitor" }>): void {
    const given = this.#options.service.monitor(request, connection.peer.uid);
    if ("type" in given) return this.#reply(connection, [given]);
    connection.cancelDeadline();
    connection.subscriber = given;
    given.onReady = () => {
      // While something waits for room in the socket, EPOLLOUT says when there is.
      if (connection.replies.length === 0) this.#guarded(connection, () => this.#send(connection));
    };
    this.#send(connection);
  }

  #reply(connection: Connection, replies: readonly ClientReply[]): void {
    for (const reply of replies) connection.replies.push(encodeReply(reply));
    this.#send(connection);
  }

  #send(connection: Connection): void {
    for (let next = nextReply(connection); next !== undefined; next = nextReply(connection)) {
      if (!sendMessage(connection.fd, next)) break;
      connection.replies.shift();
    }
    this.#options.reactor.modify(connection.fd, connection.replies.length > 0 ? EPOLLOUT : EPOLLIN);
  }

  /** A client that asks nothing, or does not take its answer, is let go. */
  #setDeadline(connection: Connection): void {
    connection.cancelDeadline();
    connection.cancelDeadline = this.#options.after(CLIENT_IDLE_MS, () => {
      this.#options.log(
        "info",
        `client of uid ${connection.peer.uid}: silent for ${CLIENT_IDLE_MS / 1000} s, let go`,
      );
      this.#close(connection);
    });
  }

  #close(connection: Connection): void {
    if (connection.closed) return;
    connection.closed = true;
    connection.left.abort();
    if (connection.subscriber !== null) this.#options.service.endMonitor(connection.subscriber);
    connection.cancelDeadline();
    this.#connections.delete(connection);
    this.#options.reactor.remove(connection.fd);
    // While a `run` is under way the number must not come to mean another socket: `#finishRun` closes it.
    if (!connection.running) closeSocketOf(connection);
  }
}

/** What the client says on one that the helper has too is for the helper. */
function closeSocketOf({ fd, peer, handedOver }: Connection): void {
  if (handedOver) foreign.close([fd], peer.uid);
  else closeMessageSocket(fd, peer.uid);
}
