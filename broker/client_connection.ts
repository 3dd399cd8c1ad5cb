// One client's connection as the broker keeps it: who it is, what waits to be sent, and whose the socket is by now. Sends
// nothing but a refusal; clients.ts serves it.

import { close } from "../lib/linux/fd.ts";
import type { PeerCredentials } from "../lib/linux/peer.ts";
import { sendMessage } from "../lib/linux/socket.ts";
import { type ClientReply, MAX_MESSAGE_BYTES } from "../lib/protocol.ts";
import type { Subscriber } from "./events/subscriber.ts";
import type { Cancel } from "./timers.ts";

export interface Connection {
  readonly fd: number;
  readonly peer: PeerCredentials;
  readonly replies: Uint8Array[];
  /** It monitors: what waits for it there comes after `replies`, and what it says ends it. */
  subscriber: Subscriber | null;
  /** While a `run` is decided, or a reply waits for room, nothing is read: one request at a time. */
  running: boolean;
  /** With the helper: the socket is only ours to close. */
  handedOver: boolean;
  closed: boolean;
  readonly left: AbortController;
  cancelDeadline: Cancel;
}

export function newConnection(fd: number, peer: PeerCredentials): Connection {
  return {
    fd,
    peer,
    replies: [],
    subscriber: null,
    running: false,
    handedOver: false,
    closed: false,
    left: new AbortController(),
    cancelDeadline: () => {},
  };
}

/** The next message for it, which stays until it is sent; undefined: nothing waits. */
export function nextReply({ replies, subscriber }: Connection): Uint8Array | undefined {
  const message = replies.length === 0 ? subscriber?.take() : null;
  if (message != null) replies.push(message);
  return replies[0];
}

/** Says why there is no connection, and ends it. */
export function refuse(fd: number, message: string): void {
  try {
    sendMessage(fd, encodeReply({ type: "error", code: "limitExceeded", message }));
  } catch {
    // It left already.
  }
  close(fd);
}

/** As a message; an answer that is over the size of one is an error instead. */
export function encodeReply(reply: ClientReply): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify(reply));
  if (bytes.length <= MAX_MESSAGE_BYTES) return bytes;
  const message = "the answer is over the size of a message";
  return new TextEncoder().encode(JSON.stringify({ type: "error", code: "limitExceeded", message }));
}
