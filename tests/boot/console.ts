// The machine's console, with alice's shell at it: what is typed and what it shows. A script is a file in her home, so
// that one short line runs it, and the terminal's line length is no matter.

import { ROOT } from "./machine_root.ts";

const RUN_MS = 60_000;

/** What a script at the console came to: its status, and all that the terminal showed. */
export interface Shown {
  readonly status: number;
  readonly text: string;
}

export class Console {
  #text = "";
  /** How much of it has been looked at. */
  #seen = 0;
  #scripts = 0;
  #changed: () => void = () => {};
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;

  constructor(keys: WritableStream<Uint8Array>, shown: ReadableStream<Uint8Array>) {
    this.#keys = keys.getWriter();
    this.#reading = this.#read(shown);
  }

  /** Runs a script of sh(1) in alice's shell, to its end. */
  async run(script: string, ms = RUN_MS): Promise<Shown> {
    const number = ++this.#scripts;
    const file = `run-${number}.sh`;
    Deno.writeTextFileSync(`${ROOT}/home/alice/${file}`, `${script}\n`);
    await this.type(`. ./${file}; printf '\\n<<%s %s>>\\n' ${number} $?\n`);
    const { before, match } = await this.until(new RegExp(`\n<<${number} (\\d+)>>\n`), ms);
    return { status: Number(match[1]), text: before };
  }

  async type(keys: string): Promise<void> {
    await this.#keys.write(new TextEncoder().encode(keys));
  }

  /** Waits until the console shows this, and gives what came before. Throws Error with its last lines. */
  async until(wanted: string | RegExp, ms: number): Promise<{ before: string; match: RegExpExecArray }> {
    const pattern = typeof wanted === "string" ? new RegExp(RegExp.escape(wanted)) : wanted;
    const end = performance.now() + ms;
    while (true) {
      const unseen = this.#text.slice(this.#seen);
      const match = pattern.exec(unseen);
      if (match !== null) {
        this.#seen += match.index + match[0].length;
        return { before: unseen.slice(0, match.index), match };
      }
      const left = end - performance.now();
      if (left <= 0) throw new Error(`the console does not show ${pattern} in ${ms} ms:\n${this.tail(30)}`);
      await this.#change(left);
    }
  }

  /** So many of its last lines. */
  tail(lines: number): string {
    return this.#text.trimEnd().split("\n").slice(-lines).join("\n");
  }

  /** When the machine is off. */
  async end(): Promise<void> {
    await this.#keys.close().catch(() => {});
    await this.#reading;
  }

  async #change(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#changed = resolve;
    const timer = setTimeout(resolve, ms);
    await promise;
    clearTimeout(timer);
  }

  async #read(shown: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of shown) {
      this.#text += decoder.decode(bytes, { stream: true }).replaceAll("\r", "");
      this.#changed();
    }
  }
}
