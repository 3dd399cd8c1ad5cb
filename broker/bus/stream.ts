// The connection's bytes: the socket to the bus, authentication, and messages in and out with their file
// descriptors. What is to be sent waits here, up to a bound; what came beyond use is closed in framing.ts.

import { EPOLLIN, EPOLLOUT } from "../../lib/linux/abi.ts";
import { close, closeAll } from "../../lib/linux/fd.ts";
import type { Reactor } from "../../lib/linux/reactor.ts";
import { receiveBytes, sendBytes } from "../../lib/linux/stream_socket.ts";
import { describeError } from "../log.ts";
import { Framer } from "./framing.ts";
import type { Message } from "./message.ts";

/** A bus that reads nothing while so much waits has stopped. */
export const MAX_WAITING_BYTES = 32 * 1024 * 1024;
/** SCM_MAX_FD: what one call can bring. */
const MAX_FDS = 253;
/** The bus's answers to authentication are shorter. */
const MAX_LINE_BYTES = 1024;
/** Received before others get their turn. */
const CHUNKS_PER_TURN = 16;

interface Waiting {
  readonly bytes: Uint8Array;
  /** Ours until they are sent. */
  readonly fds: readonly number[];
}

export interface BusStreamOptions {
  readonly reactor: Pick<Reactor, "add" | "modify" | "remove">;
  /** Authenticated, with file descriptors agreed on. */
  readonly onReady: () => void;
  /** `message.fds` are the receiver's. */
  readonly onMessage: (message: Message) => void;
  /** Over, and why; not called by `stop`. */
  readonly onEnd: (problem: string) => void;
}

/** One connection, from the connected socket, which it takes over, to its end. */
export class BusStream {
  readonly #options: BusStreamOptions;
  readonly #framer = new Framer();
  readonly #buffer = new Uint8Array(65_536);
  readonly #waiting: Waiting[] = [];
  #waitingBytes = 0;
  #blocked = false;
  #fd: number | null;
  /** Answers to authentication that are still to come; empty: messages. */
  #expected: RegExp[] = [/^OK [0-9a-f]+$/, /^AGREE_UNIX_FD$/];
  #line = "";

  constructor(fd: number, uid: number, options: BusStreamOptions) {
    this.#fd = fd;
    this.#options = options;
    options.reactor.add(fd, EPOLLIN, (events) => this.#ready(events));
    // All at once, as the specification allows: the answers come in order.
    const identity = [...String(uid)].map((digit) => digit.charCodeAt(0).toString(16)).join("");
    const lines = ["\0AUTH EXTERNAL " + identity, "NEGOTIATE_UNIX_FD", "BEGIN", ""];
    this.send(new TextEncoder().encode(lines.join("\r\n")), []);
  }

  /** Takes over `fds`: they are closed when they are sent, or never will be. */
  send(bytes: Uint8Array, fds: readonly number[]): void {
    if (this.#fd === null) return closeAll(fds);
    this.#waiting.push({ bytes, fds });
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes > MAX_WAITING_BYTES) return this.#end("the bus does not read what is sent");
    // Otherwise it waits for its turn.
    if (this.#waiting.length === 1) this.#flush();
  }

  /** Without a word to anybody. */
  stop(): void {
    if (this.#fd === null) return;
    this.#options.reactor.remove(this.#fd);
    close(this.#fd);
    this.#fd = null;
    for (const { fds } of this.#waiting.splice(0)) closeAll(fds);
    this.#framer.stop();
  }

  #end(problem: string): void {
    if (this.#fd === null) return;
    this.stop();
    this.#options.onEnd(problem);
  }

  #flush(): void {
    const fd = this.#fd;
    if (fd === null) return;
    try {
      for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
        const sent = sendBytes(fd, next.bytes, next.fds);
        if (sent === null) break;
        closeAll(next.fds);
        this.#waitingBytes -= sent;
        if (sent === next.bytes.length) this.#waiting.shift();
        else this.#waiting[0] = { bytes: next.bytes.subarray(sent), fds: [] };
      }
      const blocked = this.#waiting.length > 0;
      if (blocked !== this.#blocked) this.#options.reactor.modify(fd, blocked ? EPOLLIN | EPOLLOUT : EPOLLIN);
      this.#blocked = blocked;
    } catch (error) {
      this.#end(describeError(error));
    }
  }

  #ready(events: number): void {
    if ((events & EPOLLOUT) !== 0) this.#flush();
    try {
      for (let count = 0; count < CHUNKS_PER_TURN && this.#fd !== null; count++) {
        const received = receiveBytes(this.#fd, this.#buffer, MAX_FDS);
        if (received === null) return;
        if (received.length === 0) return this.#end("the bus closed the connection");
        this.#receive(this.#buffer.subarray(0, received.length), received.fds);
      }
    } catch (error) {
      this.#end(describeError(error));
    }
  }

  #receive(bytes: Uint8Array, fds: readonly number[]): void {
    const rest = this.#expected.length > 0 ? this.#authenticate(bytes) : bytes;
    if (this.#fd === null) return closeAll(fds);
    for (const message of this.#framer.push(rest, fds)) {
      if (this.#fd === null) closeAll(message.fds);
      else this.#options.onMessage(message);
    }
  }

  /** What is behind the last answer. */
  #authenticate(bytes: Uint8Array): Uint8Array {
    for (let at = 0; at < bytes.length; at++) {
      const character = String.fromCharCode(bytes[at] ?? 0);
      this.#line += character;
      if (character !== "\n") {
        if (this.#line.length > MAX_LINE_BYTES) this.#end("the bus does not authenticate");
        continue;
      }
      const line = this.#line.trimEnd();
      this.#line = "";
      if (this.#expected.shift()?.test(line) !== true) {
        this.#end("the bus refuses to authenticate this user, or to pass file descriptors");
        break;
      }
      if (this.#expected.length > 0) continue;
      this.#options.onReady();
      return bytes.subarray(at + 1);
    }
    return new Uint8Array(0);
  }
}
