// The broker on the system bus: connected again when it was lost, the names claimed again, calls with a deadline,
// signals from whom they should be, and the word that a caller left. Speaks to one Unix socket.

import { close, closeAll } from "../../lib/linux/fd.ts";
import type { Reactor } from "../../lib/linux/reactor.ts";
import { connectStream } from "../../lib/linux/stream_socket.ts";
import { describeError, type Log } from "../log.ts";
import { type After, backOffMs, type Cancel } from "../timers.ts";
import { busSocketPath } from "./address.ts";
import { encodeMessage } from "./codec.ts";
import * as bus from "./message.ts";
import { SignalListeners, type SignalMatch } from "./signals.ts";
import { BusStream } from "./stream.ts";

const FIRST_RETRY_MS = 250;
const MOST_RETRY_MS = 30_000;
/** For what the bus itself answers. */
export const BUS_REPLY_MS = 10_000;

export interface BusConnectionOptions {
  /** As in DBUS_SYSTEM_BUS_ADDRESS. */
  readonly address: string;
  readonly uid: number;
  /** Claimed at each connection. */
  readonly names: readonly string[];
  readonly reactor: Pick<Reactor, "add" | "modify" | "remove">;
  readonly after: After;
  readonly log: Log;
  /** A method call to us; `message.fds` are the receiver's. */
  readonly onCall: (message: bus.Message) => void;
  /** This connection left the bus; null: we did, so nobody there knows of us any more. */
  readonly onGone: (uniqueName: string | null) => void;
}

interface Pending {
  readonly destination: string;
  readonly settle: (answer: bus.Message | bus.BusError) => void;
  readonly cancelDeadline: Cancel;
}

export class BusConnection {
  readonly #options: BusConnectionOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners: SignalListeners;
  #stream: BusStream | null = null;
  #ready = false;
  #serial = 0;
  #failures = 0;
  #lastProblem = "";
  #cancelTimer: Cancel = () => {};
  #stopped = false;

  constructor(options: BusConnectionOptions) {
    this.#options = options;
    this.#listeners = new SignalListeners(
      (member, argument) => this.#askBus(member, "s", [argument]),
      (name) => this.#options.onGone(name),
    );
  }

  /** Whether the bus knows us. */
  get connected(): boolean {
    return this.#ready;
  }

  /** Connects, now or as soon as there is a bus. */
  start(): void {
    if (this.#stopped || this.#stream !== null) return;
    const { address, uid, reactor, after } = this.#options;
    try {
      const fd = connectStream(busSocketPath(address));
      try {
        this.#stream = new BusStream(fd, uid, {
          reactor,
          onReady: () => void this.#introduce(),
          onMessage: (message) => this.#receive(message),
          onEnd: (problem) => this.#lost(problem),
        });
      } catch (error) {
        close(fd);
        throw error;
      }
    } catch (error) {
      return this.#lost(describeError(error));
    }
    this.#cancelTimer = after(BUS_REPLY_MS, () => this.#drop("the bus does not answer"));
  }

  stop(): void {
    this.#stopped = true;
    this.#drop("the broker stops");
    this.#cancelTimer();
  }

  /**
   * The reply's body. Rejects with BusError: as the other side says, Disconnected where there is no bus, NoReply
   * after `timeoutMs`. A reply that comes later, or from somebody else, is dropped; so are descriptors in it.
   */
  async call(
    destination: string,
    path: string,
    iface: string,
    member: string,
    signature: string,
    body: bus.Body,
    timeoutMs: number,
    flags = 0,
  ): Promise<bus.Body> {
    const reply = await this.#request(
      { type: bus.METHOD_CALL, flags, destination, path, interface: iface, member, signature, body },
      timeoutMs,
    );
    closeAll(reply.fds);
    try {
      return reply.body();
    } catch (error) {
      throw new bus.BusError(bus.FAILED, `its answer cannot be read: ${describeError(error)}`);
    }
  }

  /** As `call`, of a message, with the reply's descriptors, which are the caller's. Takes over `fds`. */
  exchange(
    message: bus.OutgoingMessage,
    timeoutMs: number,
    fds: readonly number[] = [],
  ): Promise<bus.Message> {
    return this.#request(message, timeoutMs, fds);
  }

  /** Calls `heard` with the body of each such signal, and nobody else's, until the function that it returns is
   * called; over every connection. */
  onSignal(match: SignalMatch, heard: (body: bus.Body) => void): () => void {
    return this.#listeners.add(match, heard, this.#ready);
  }

  /** Takes over `fds`. Without a bus the message is lost; throws where the body does not fit the signature. */
  send(message: bus.OutgoingMessage, fds: readonly number[] = []): void {
    // Whoever speaks before it was let in is thrown out.
    if (this.#ready) this.#send(message, fds);
    else closeAll(fds);
  }

  #send(message: bus.OutgoingMessage, fds: readonly number[]): number {
    const serial = this.#serial = this.#serial % 0xffff_ffff + 1;
    let bytes: Uint8Array;
    try {
      bytes = encodeMessage(message, serial, fds);
    } catch (error) {
      closeAll(fds);
      throw error;
    }
    if (this.#stream === null) closeAll(fds);
    else this.#stream.send(bytes, fds);
    return serial;
  }

  #request(
    message: bus.OutgoingMessage,
    timeoutMs: number,
    fds: readonly number[] = [],
  ): Promise<bus.Message> {
    const { destination = "" } = message;
    if (this.#stream === null || (!this.#ready && destination !== bus.BUS)) {
      closeAll(fds);
      return Promise.reject(new bus.BusError(bus.DISCONNECTED, "the system bus is not there"));
    }
    return new Promise((resolve, reject) => {
      const serial = this.#send(message, fds);
      const cancelDeadline = this.#options.after(timeoutMs, () => {
        this.#pending.delete(serial);
        reject(new bus.BusError(bus.NO_REPLY, `${destination} did not answer in ${timeoutMs / 1000} s`));
      });
      const settle: Pending["settle"] = (answer) =>
        answer instanceof bus.BusError ? reject(answer) : resolve(answer);
      this.#pending.set(serial, { destination, settle, cancelDeadline });
      // Sending can find that the bus is gone, and has then settled what was pending before this one.
      if (this.#stream === null) this.#settle(serial, new bus.BusError(bus.DISCONNECTED, this.#lastProblem));
    });
  }

  #askBus(member: string, signature: string, body: bus.Body): Promise<bus.Body> {
    return this.call(bus.BUS, bus.BUS_PATH, bus.BUS, member, signature, body, BUS_REPLY_MS);
  }

  /** The bus wants to be greeted before anything else. */
  async #introduce(): Promise<void> {
    const { names, log } = this.#options;
    try {
      await this.#askBus("Hello", "", []);
      this.#cancelTimer();
      await this.#listeners.install();
      this.#ready = true;
      this.#failures = 0;
      this.#lastProblem = "";
      for (const name of names) await this.#claim(name);
    } catch (error) {
      if (this.#stream === null) return;
      log("warning", `the system bus: ${describeError(error)}`);
      this.#drop("the bus does not let us in");
    }
  }

  /** Waits in line where another has the name: its end makes it ours. */
  async #claim(name: string): Promise<void> {
    const { log } = this.#options;
    try {
      const [result] = await this.#askBus("RequestName", "su", [name, 0]);
      if (result === 2) log("warning", `another program is ${name} on the system bus; waiting for its end`);
      else log("info", `on the system bus as ${name}`);
    } catch (error) {
      if (!this.#ready) throw error;
      log("warning", `not ${name} on the system bus: ${describeError(error)}; its policy is packaging/dbus`);
    }
  }

  #receive(message: bus.Message): void {
    try {
      if (message.type === bus.METHOD_CALL) return this.#options.onCall(message);
      if (message.type === bus.SIGNAL) {
        closeAll(message.fds);
        return this.#listeners.heard(message);
      }
      const pending = this.#pending.get(message.replySerial);
      if (pending === undefined || !this.#mayAnswer(message, pending.destination)) {
        return closeAll(message.fds);
      }
      if (message.type === bus.METHOD_RETURN && message.problem === null) {
        return this.#settle(message.replySerial, message);
      }
      closeAll(message.fds);
      this.#settle(message.replySerial, errorOf(message));
    } catch (error) {
      this.#options.log("error", `system bus: ${describeError(error)}`);
    }
  }

  /** The bus itself answers for whom it does not reach. */
  #mayAnswer({ type, sender }: bus.Message, destination: string): boolean {
    if (sender === bus.BUS) return type === bus.ERROR || destination === bus.BUS;
    if (destination === bus.BUS) return false;
    if (destination.startsWith(":")) return sender === destination;
    const owner = this.#listeners.ownerOf(destination);
    return owner === null || owner === sender;
  }

  #settle(serial: number, answer: bus.Message | bus.BusError): void {
    const pending = this.#pending.get(serial);
    this.#pending.delete(serial);
    pending?.cancelDeadline();
    pending?.settle(answer);
  }

  #drop(problem: string): void {
    if (this.#stream === null) return;
    this.#stream.stop();
    this.#lost(problem);
  }

  /** One line a reason, however often it is tried. */
  #lost(problem: string): void {
    const { log, after, onGone } = this.#options;
    const wasReady = this.#ready;
    this.#stream = null;
    this.#ready = false;
    this.#cancelTimer();
    if (!this.#stopped) {
      if (wasReady || problem !== this.#lastProblem) {
        log("warning", `no system bus (${problem}); the client socket works without it`);
      }
      this.#lastProblem = problem;
      const delay = backOffMs(this.#failures++, FIRST_RETRY_MS, MOST_RETRY_MS);
      this.#cancelTimer = after(delay, () => this.start());
    }
    for (const serial of [...this.#pending.keys()]) {
      this.#settle(serial, new bus.BusError(bus.DISCONNECTED, problem));
    }
    this.#listeners.disconnected();
    if (wasReady) onGone(null);
  }
}

function errorOf(message: bus.Message): bus.BusError {
  if (message.problem !== null) return new bus.BusError(bus.FAILED, message.problem);
  let text = "";
  try {
    const [first] = message.body();
    if (typeof first === "string") text = first;
  } catch {
    // The name says enough.
  }
  return new bus.BusError(message.errorName, text);
}
