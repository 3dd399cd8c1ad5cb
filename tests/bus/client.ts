// A connection to the test bus for tests: calls, is called, hears and sends signals, as the user that its process is.
// It is the broker's own connection with a loop of its own, and speaks only to the bus in the tests' mount namespace.

import { BusConnection } from "../../broker/bus/connection.ts";
import * as bus from "../../broker/bus/message.ts";
import type { PolkitBus, SignalMatch } from "../../broker/polkit/bus_calls.ts";
import { realTimers } from "../../broker/timers.ts";
import { closeAll } from "../../lib/linux/fd.ts";
import { Reactor } from "../../lib/linux/reactor.ts";
import { within } from "../lab/supervisor.ts";

const ADDRESS = "unix:path=/run/dbus/system_bus_socket";
const CALL_MS = 10_000;
const CONNECT_MS = 30_000;

/** A method call that came in. */
export interface Incoming {
  readonly interface: string;
  readonly member: string;
  readonly body: bus.Body;
}

/** What it is answered with; "never" leaves the caller waiting. */
export type Answer =
  | { readonly signature: string; readonly body: bus.Body }
  | { readonly errorName: string; readonly message: string }
  | "never";

type Serve = (call: Incoming) => Answer | Promise<Answer>;

export class BusClient implements PolkitBus {
  readonly #connection: BusConnection;
  readonly #reactor = new Reactor(fail);
  readonly #running = this.#reactor.run();
  readonly #timers = realTimers((_, message) => fail(message));
  readonly #connected = Promise.withResolvers<void>();
  readonly #onGone: (name: string) => void;
  #serve: Serve = ({ member }) => ({ errorName: bus.UNKNOWN_METHOD, message: `no ${member}` });
  /** The unique name. */
  name = "";

  private constructor(onGone: (name: string) => void) {
    this.#onGone = onGone;
    const reactor = this.#reactor;
    this.#connection = new BusConnection({
      address: ADDRESS,
      uid: Deno.uid() ?? -1,
      names: [],
      reactor: {
        add: (fd, events, ready) => reactor.add(fd, events, (seen) => this.#after(() => ready(seen))),
        modify: (fd, events) => reactor.modify(fd, events),
        remove: (fd) => reactor.remove(fd),
      },
      after: this.#timers.after,
      log: () => {},
      onCall: (message) => void this.#answer(message),
      onGone: (name) => name === null || this.#onGone(name),
    });
    const bus_ = { sender: bus.BUS, path: bus.BUS_PATH, interface: bus.BUS } as const;
    this.onSignal({ ...bus_, member: "NameAcquired", arg0: null }, ([name]) => {
      if (typeof name === "string" && name.startsWith(":")) this.name = name;
    });
  }

  /** Connected, known by its name. `onGone` hears of each connection that leaves the bus; what `prepare` listens to is
   * heard from the first moment on. */
  static async connect(
    onGone: (name: string) => void = () => {},
    prepare: (client: BusClient) => void = () => {},
  ): Promise<BusClient> {
    const client = new BusClient(onGone);
    prepare(client);
    client.#connection.start();
    await within(CONNECT_MS, "the bus has not let us in", client.#connected.promise);
    return client;
  }

  async call(
    destination: string,
    path: string,
    iface: string,
    member: string,
    signature: string,
    body: bus.Body,
    timeoutMs = CALL_MS,
  ): Promise<bus.Body> {
    if (iface !== "") {
      return await this.#connection.call(destination, path, iface, member, signature, body, timeoutMs);
    }
    // A call without an interface is legal on the bus, and one more thing to try.
    const message = { type: bus.METHOD_CALL, destination, path, member, signature, body };
    return (await this.#connection.exchange(message, timeoutMs)).body();
  }

  /** Calls a method of the bus itself. */
  async callBus(member: string, signature = "", body: bus.Body = []): Promise<bus.Body> {
    return await this.call(bus.BUS, bus.BUS_PATH, bus.BUS, member, signature, body);
  }

  onSignal(match: SignalMatch, heard: (body: bus.Body) => void): () => void {
    return this.#connection.onSignal(match, heard);
  }

  /** Answers every method call from now on. */
  serve(serve: Serve): void {
    this.#serve = serve;
  }

  /** Owns a name, or rejects with the bus's error. */
  async requestName(name: string): Promise<void> {
    const DO_NOT_QUEUE = 4, PRIMARY_OWNER = 1;
    const [result] = await this.callBus("RequestName", "su", [name, DO_NOT_QUEUE]);
    if (result !== PRIMARY_OWNER) throw new Error(`${name} has another owner`);
  }

  signal(destination: string, path: string, iface: string, member: string): void {
    this.#connection.send({ type: bus.SIGNAL, destination, path, interface: iface, member });
  }

  /** Leaves the bus, whatever is still owed. */
  async close(): Promise<void> {
    this.#connection.stop();
    this.#timers.cancelAll();
    this.#reactor.stop();
    await this.#running;
  }

  /** The connection does not tell when it is let in; that happens upon something that its socket heard. */
  #after(ready: () => void): void {
    ready();
    setTimeout(() => this.#connection.connected && this.name !== "" && this.#connected.resolve(), 0);
  }

  async #answer(message: bus.Message): Promise<void> {
    closeAll(message.fds);
    const answer = await this.#serve({ ...message, body: message.body() });
    if (answer === "never") return;
    const reply = { replySerial: message.serial, destination: message.sender };
    if ("errorName" in answer) {
      const { errorName, message: text } = answer;
      this.#connection.send({ type: bus.ERROR, ...reply, errorName, signature: "s", body: [text] });
    } else {
      this.#connection.send({ type: bus.METHOD_RETURN, ...reply, ...answer });
    }
  }
}

function fail(error: unknown): void {
  console.error("tests/bus:", error);
}
