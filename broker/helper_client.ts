// The broker's connection to the helper: requests with serial and deadline, and connecting again when it goes away.
// Sockets that came over an earlier connection stay good. Speaks to one Unix socket and nothing else.

import { EPOLLIN, EPOLLOUT } from "../lib/linux/abi.ts";
import type { Reactor } from "../lib/linux/reactor.ts";
import { closeAll, connectUnix, receiveMessage, sendMessage } from "../lib/linux/socket.ts";
import { close } from "../lib/linux/fd.ts";
import {
  type ErrorCode,
  HELPER_REPLY_MS,
  type HelperReply,
  type HelperRequest,
  type HelperRequestType,
  MAX_MESSAGE_BYTES,
  MAX_MESSAGE_FDS,
} from "../lib/protocol.ts";
import { EXPECTED, readHelperReply } from "./helper_reply.ts";
import { describeError, type Log } from "./log.ts";
import { type After, backOffMs, type Cancel } from "./timers.ts";

type WithoutSerial<T> = T extends unknown ? Omit<T, "serial"> : never;
export type HelperRequestBody = WithoutSerial<HelperRequest>;

export type HelperAnswer =
  /** `fds` are the caller's to close, as many as EXPECTED says. */
  | {
    readonly ok: true;
    readonly reply: Exclude<HelperReply, { type: "error" | "idle" | "duplicateAddress" }>;
    readonly fds: readonly number[];
  }
  /** `lost`: the connection ended before an answer; whether it was done is unknown until it is back. */
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string; readonly lost: boolean };

/** What the rest of the broker needs of the helper. */
export interface Helper {
  /** Null while connected. */
  readonly problem: string | null;
  /** Never rejects. `fds` stay the caller's, and must stay open until the answer. */
  request(body: HelperRequestBody, fds?: readonly number[]): Promise<HelperAnswer>;
}

interface Pending {
  readonly type: HelperRequestType;
  readonly settle: (answer: HelperAnswer) => void;
  readonly cancelDeadline: Cancel;
}

/** Not yet sent, because the helper's queue is full. */
interface Unsent {
  readonly serial: number;
  readonly bytes: Uint8Array;
  readonly fds: readonly number[];
}

const FIRST_RETRY_MS = 50;
const MOST_RETRY_MS = 5_000;
/** Replies handled before others get their turn. */
const REPLIES_PER_TURN = 64;

export interface HelperClientOptions {
  readonly path: string;
  readonly reactor: Pick<Reactor, "add" | "modify" | "remove">;
  readonly after: After;
  readonly log: Log;
  readonly onConnected: () => void;
  readonly onIdle: (handle: string) => void;
  readonly onDuplicateAddress: (handle: string, address: string) => void;
}

export class HelperClient implements Helper {
  readonly #options: HelperClientOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #unsent: Unsent[] = [];
  readonly #buffer = new Uint8Array(MAX_MESSAGE_BYTES);
  #fd: number | null = null;
  #serial = 0;
  #failures = 0;
  #problem: string | null = "not connected yet";
  #cancelRetry: Cancel | null = null;
  #stopped = false;

  constructor(options: HelperClientOptions) {
    this.#options = options;
  }

  get problem(): string | null {
    return this.#problem;
  }

  /** Connects, now or as soon as the helper is there. */
  start(): void {
    this.#cancelRetry = null;
    if (this.#stopped || this.#fd !== null) return;
    const { path, reactor, log } = this.#options;
    try {
      const fd = connectUnix(path);
      try {
        reactor.add(fd, EPOLLIN, (events) => this.#ready(events));
      } catch (error) {
        close(fd);
        throw error;
      }
      this.#fd = fd;
    } catch (error) {
      const problem = `the helper is not there (${describeError(error)})`;
      if (this.#problem !== problem) log("warning", problem);
      this.#retryLater(problem);
      return;
    }
    this.#problem = null;
    log("info", "connected to the helper");
    this.#options.onConnected();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelRetry?.();
    this.#disconnect("the broker stops");
  }

  request(body: HelperRequestBody, fds: readonly number[] = []): Promise<HelperAnswer> {
    if (this.#fd === null) {
      const message = this.#problem ?? "the helper is not connected";
      return Promise.resolve({ ok: false, code: "failed", message, lost: true });
    }
    const serial = ++this.#serial;
    const bytes = new TextEncoder().encode(JSON.stringify({ ...body, serial }));
    if (bytes.length > MAX_MESSAGE_BYTES) {
      const message = `the request is over ${MAX_MESSAGE_BYTES} bytes`;
      return Promise.resolve({ ok: false, code: "limitExceeded", message, lost: false });
    }
    return new Promise((settle) => {
      const cancelDeadline = this.#options.after(HELPER_REPLY_MS, () => {
        // Afterwards nobody could tell which of its answers are late ones: begin anew.
        this.#disconnect(`the helper did not answer ${body.type} in ${HELPER_REPLY_MS / 1000} s`);
      });
      this.#pending.set(serial, { type: body.type, settle, cancelDeadline });
      this.#unsent.push({ serial, bytes, fds });
      this.#send();
    });
  }

  #send(): void {
    const fd = this.#fd;
    if (fd === null) return;
    const before = this.#unsent.length;
    try {
      for (let next = this.#unsent[0]; next !== undefined; next = this.#unsent[0]) {
        if (!sendMessage(fd, next.bytes, next.fds)) break;
        this.#unsent.shift();
      }
      if (before > 0) {
        this.#options.reactor.modify(fd, this.#unsent.length > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
      }
    } catch (error) {
      this.#disconnect(`the helper went away (${describeError(error)})`);
    }
  }

  #ready(events: number): void {
    if ((events & EPOLLOUT) !== 0) this.#send();
    try {
      for (let count = 0; count < REPLIES_PER_TURN && this.#fd !== null; count++) {
        const message = receiveMessage(this.#fd, this.#buffer, MAX_MESSAGE_FDS);
        if (message === null) return;
        if (message.length === 0) {
          closeAll(message.fds);
          return this.#disconnect("the helper closed the connection");
        }
        if (message.truncated) {
          closeAll(message.fds);
          return this.#disconnect("the helper sent more than the protocol allows");
        }
        this.#reply(this.#buffer.slice(0, message.length), message.fds);
      }
    } catch (error) {
      this.#disconnect(`the helper went away (${describeError(error)})`);
    }
  }

  #reply(bytes: Uint8Array, fds: readonly number[]): void {
    let taken = false;
    try {
      const reply = readHelperReply(bytes);
      if (reply.type === "idle" || reply.type === "duplicateAddress") {
        if (fds.length > 0) throw new SyntaxError("descriptors nobody asked for");
        if (reply.type === "idle") return this.#options.onIdle(reply.handle);
        return this.#options.onDuplicateAddress(reply.handle, reply.address);
      }
      const pending = this.#pending.get(reply.serial);
      if (pending === undefined) throw new SyntaxError("an answer to no question");
      const expected = EXPECTED[pending.type];
      const fits = reply.type === "error"
        ? fds.length === 0
        : reply.type === expected.type && fds.length === expected.fds;
      if (!fits) throw new SyntaxError(`another answer than ${pending.type} has`);
      this.#pending.delete(reply.serial);
      pending.cancelDeadline();
      taken = true;
      this.#failures = 0;
      pending.settle(
        reply.type === "error"
          ? { ok: false, code: reply.code, message: reply.message, lost: false }
          : { ok: true, reply, fds },
      );
    } catch (error) {
      this.#disconnect(`the helper does not speak our protocol (${describeError(error)})`);
    } finally {
      if (!taken) closeAll(fds);
    }
  }

  #disconnect(problem: string): void {
    if (this.#fd === null) return;
    this.#options.reactor.remove(this.#fd);
    close(this.#fd);
    this.#fd = null;
    this.#unsent.length = 0;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    if (!this.#stopped) this.#options.log("warning", problem);
    this.#retryLater(problem);
    for (const each of pending) {
      each.cancelDeadline();
      each.settle({ ok: false, code: "failed", message: problem, lost: true });
    }
  }

  /** Only an answer shows that a connection is good, so only that ends the back-off. */
  #retryLater(problem: string): void {
    this.#problem = problem;
    if (this.#stopped || this.#cancelRetry !== null) return;
    const delay = backOffMs(this.#failures++, FIRST_RETRY_MS, MOST_RETRY_MS);
    this.#cancelRetry = this.#options.after(delay, () => this.start());
  }
}
