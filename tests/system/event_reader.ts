// `pvd monitor --json` as a test reads it: the events so far, and waiting for the next one that fits. Starts that one
// process.

import type { MonitorEvent } from "../../lib/protocol.ts";
import { type Outcome, spawnAs } from "../lab/lab.ts";
import { within } from "../lab/supervisor.ts";

const EVENT_MS = 15_000;

export class EventReader {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<void>;
  #more = Promise.withResolvers<void>();
  #at = 0;
  /** All of them, since the start. */
  readonly events: MonitorEvent[] = [];

  private constructor(child: Deno.ChildProcess) {
    this.#child = child;
    this.#reading = this.#read();
  }

  /** As a person without rights; what there is has been read. */
  static async start(...options: readonly string[]): Promise<EventReader> {
    const reader = new EventReader(spawnAs("bob", ["pvd", "monitor", "--json", ...options]));
    await reader.hears("what there is", ({ event }) => event === "now");
    return reader;
  }

  /** The next event that fits, behind the one that was waited for last. Throws with what came instead. */
  async hears(what: string, fits: (event: MonitorEvent) => boolean): Promise<MonitorEvent> {
    const from = this.#at;
    const next = async () => {
      for (;;) {
        const index = this.events.findIndex((event, at) => at >= this.#at && fits(event));
        const event = this.events[index];
        if (event !== undefined) {
          this.#at = index + 1;
          return event;
        }
        await this.#more.promise;
      }
    };
    return await within(EVENT_MS, `no event: ${what}`, next()).catch((error: unknown) => {
      const came = this.events.slice(from).map((event) => JSON.stringify(event)).join("\n");
      throw new Error(`${String(error)}, but\n${came}`);
    });
  }

  /** As Ctrl-C does. */
  async interrupt(): Promise<Pick<Outcome, "status" | "stderr">> {
    this.#child.kill("SIGINT");
    return await this.end();
  }

  /** When it has ended. */
  async end(): Promise<Pick<Outcome, "status" | "stderr">> {
    await this.#child.stdin.close();
    const stderr = await new Response(this.#child.stderr).text();
    const { code } = await this.#child.status;
    await this.#reading;
    return { status: code, stderr };
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.events.push(JSON.parse(line));
      this.#more.resolve();
      this.#more = Promise.withResolvers();
    }
  }
}
