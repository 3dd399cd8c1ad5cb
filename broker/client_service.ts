// What clients may ask of the broker, as whoever serves their sockets sees it. Types only.

import type { ClientReply, ClientRequest } from "../lib/protocol.ts";
import type { Subscriber } from "./events/subscriber.ts";

/** What a `run` ended in: the helper has the client now, or the client is told why not. */
export type RunOutcome =
  | { readonly ok: true }
  | Extract<ClientReply, { type: "error" }> & { readonly ok: false };

/** What an `openSocket` ended in; the descriptor is the receiver's. */
export type SocketOutcome = { readonly ok: true; readonly fd: number } | Extract<RunOutcome, { ok: false }>;

/** Those that are answered at once, and without descriptors. */
export type PlainRequest = Exclude<ClientRequest, { type: "run" | "openSocket" | "monitor" }>;

export interface ClientService {
  /** The whole answer. */
  answer(request: PlainRequest): ClientReply[];
  /** To be given back by `endMonitor`. */
  monitor(
    request: Extract<ClientRequest, { type: "monitor" }>,
    uid: number,
  ): Subscriber | Extract<ClientReply, { type: "error" }>;
  endMonitor(subscriber: Subscriber): void;
  /** `clientFd` stays the caller's. `left` aborts when the client leaves. */
  openSocket(
    request: Extract<ClientRequest, { type: "openSocket" }>,
    clientFd: number,
    left: AbortSignal,
  ): Promise<SocketOutcome>;
  /** `clientFd` and `fds` stay the caller's. `handOver` is called just before the helper gets the client's socket;
   * false: the client has left, it must not get it. `left` aborts when it leaves. */
  run(
    request: Extract<ClientRequest, { type: "run" }>,
    clientFd: number,
    fds: readonly number[],
    handOver: () => boolean,
    left: AbortSignal,
  ): Promise<RunOutcome>;
}
