// One daemon of the test bus: started, waited for by what it prints, ended by its pid. Touches that process only.

import { within } from "../lab/supervisor.ts";

const READY_MS = 10_000;
const END_MS = 30_000;
const KEPT_CHARS = 4_000;

/** A program that tells on its standard output where it is. */
export class Daemon {
  readonly #name: string;
  readonly #child: Deno.ChildProcess;
  readonly #drained: Promise<unknown>;
  readonly #waiting = new Set<{ readonly pattern: RegExp; readonly seen: () => void }>();
  #printed = "";

  constructor(argv: readonly string[]) {
    const [program = "", ...args] = argv;
    this.#name = program.slice(program.lastIndexOf("/") + 1);
    this.#child = new Deno.Command(program, {
      args,
      cwd: "/",
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    })
      .spawn();
    this.#drained = Promise.all([this.#take(this.#child.stdout), this.#take(this.#child.stderr)]);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Resolves when it prints, from now on, a line that fits; rejects when it ends or takes too long. */
  async prints(pattern: RegExp): Promise<void> {
    const seen = Promise.withResolvers<void>();
    const waiting = { pattern, seen: seen.resolve };
    this.#waiting.add(waiting);
    const ended = this.#child.status.then(async (status) => {
      await this.#drained;
      throw new Error(`${this.#name} ended with status ${status.code}:\n${this.#printed}`);
    });
    // It may end long after this was waited for.
    ended.catch(() => {});
    try {
      await within(READY_MS, `${this.#name} did not print ${pattern}`, Promise.race([seen.promise, ended]));
    } finally {
      this.#waiting.delete(waiting);
    }
  }

  /** Done when it is gone. */
  async end(signal: Deno.Signal = "SIGTERM"): Promise<void> {
    try {
      this.#child.kill(signal);
    } catch {
      // It ended already.
    }
    await within(END_MS, `${this.#name} has not ended`, this.#child.status);
    await within(END_MS, `${this.#name}'s output has not ended`, this.#drained);
  }

  async #take(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let line = "";
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#printed = (this.#printed + text).slice(-KEPT_CHARS);
      const lines = (line + text).split("\n");
      line = lines.pop() ?? "";
      for (const each of lines) {
        for (const { pattern, seen } of this.#waiting) if (pattern.test(each)) seen();
      }
    }
  }
}
