// `gdbus monitor` of the service as a test reads it: the signals so far, and waiting for the next one that fits. Starts
// that one process, and asks the bus as root.

import { BusClient } from "../bus/client.ts";
import { spawnAs, until } from "../lab/lab.ts";
import { within } from "../lab/supervisor.ts";

const SIGNAL_MS = 15_000;

export class Monitor {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #more = Promise.withResolvers<void>();
  readonly #lines: string[] = [];

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = this.#read();
  }

  /** Listens from now on, to whoever owns net.pvd1, as a person without rights. */
  static async start(): Promise<Monitor> {
    const monitor = new Monitor(spawnAs("bob", ["gdbus", "monitor", "--system", "--dest", "net.pvd1"]));
    await monitor.#line(/is owned by/);
    // It prints that before it asks the bus for the signals.
    await isSubscribed(monitor.#child.pid);
    monitor.#lines.length = 0;
    return monitor;
  }

  /** The signals so far: `Member its arguments`. */
  get signals(): string[] {
    return this.#lines.map((line) => line.replace(/^\S+: \S+\.(\w+) /, "$1 "));
  }

  /** Waits for a signal that fits; those before it are in `signals` then. */
  async hears(pattern: RegExp): Promise<void> {
    await this.#line(pattern);
  }

  async end(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#child.stdin.close();
    await this.#child.stderr.cancel();
    await this.#child.status;
    await this.#reading;
  }

  async #line(pattern: RegExp): Promise<void> {
    const found = async () => {
      while (!this.#lines.some((line) => pattern.test(line))) await this.#more.promise;
    };
    await within(SIGNAL_MS, `gdbus monitor shows no ${pattern}`, found()).catch((error: unknown) => {
      throw new Error(`${String(error)}, but\n${this.#lines.join("\n")}`);
    });
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      this.#lines.push(...lines);
      this.#more.resolve();
      this.#more = Promise.withResolvers();
    }
  }
}

const BUS = ["org.freedesktop.DBus", "/org/freedesktop/DBus"] as const;

/** Waits until the bus has a rule by which that process hears all of the service's signals; it has one for the name's
 * owners before. Asks the bus, which tells only root. */
async function isSubscribed(pid: number): Promise<void> {
  const bus = await BusClient.connect();
  try {
    const [owner] = await bus.callBus("GetNameOwner", "s", ["net.pvd1"]);
    const rule = `type='signal',sender='${String(owner)}'`;
    await until(`process ${pid} has the match rule ${rule}`, async () => {
      const [all] = await bus.call(...BUS, `${BUS[0]}.Debug.Stats`, "GetAllMatchRules", "", []);
      if (typeof all !== "object" || all === null) throw new TypeError("the bus tells no match rules");
      for (const [name, rules] of Object.entries(all)) {
        if (Array.isArray(rules) && rules.includes(rule) && await pidOnBus(bus, name) === pid) return true;
      }
      return false;
    });
  } finally {
    await bus.close();
  }
}

/** null: it has left meanwhile. */
async function pidOnBus(bus: BusClient, name: string): Promise<unknown> {
  try {
    return (await bus.callBus("GetConnectionUnixProcessID", "s", [name]))[0];
  } catch {
    return null;
  }
}
