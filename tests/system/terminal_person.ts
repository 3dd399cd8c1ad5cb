// A person of the lab at a real terminal: types, sees, resizes, hangs up. The terminal is a pseudo-terminal of
// terminal_driver.py, whose bytes come and go as JSON lines. Starts that program and what it is told to run.

import { spawnAs } from "../lab/lab.ts";

const DRIVER = new URL("terminal_driver.py", import.meta.url).pathname;
/** Nothing here takes a second; what never comes ends the test with what was seen instead. */
const PATIENCE_MS = 20_000;

export class TerminalPerson implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #ended: Promise<void>;
  #shown = "";
  #seen = 0;
  #settings: string | null = null;
  #status: number | null = null;
  #open = true;
  #wake: () => void = () => {};

  constructor(user: string, argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const driver = Deno.readTextFileSync(DRIVER);
    // Shells write no sequences of their own to a dumb terminal.
    const terminal = { TERM: "dumb", ...environment };
    this.#child = spawnAs(user, ["/usr/bin/python3", "-c", driver, ...argv], { environment: terminal });
    this.#writer = this.#child.stdin.getWriter();
    this.#ended = this.#read();
  }

  /** At the keyboard: one character a byte. */
  type(text: string): Promise<void> {
    return this.#order({ type: text });
  }

  resize(columns: number, rows: number): Promise<void> {
    return this.#order({ columns, rows });
  }

  hangUp(): Promise<void> {
    return this.#order({ hangUp: true });
  }

  /** The first match after what was seen before; from there on the next one is looked for. */
  async see(wanted: RegExp | string): Promise<RegExpMatchArray> {
    const pattern = typeof wanted === "string" ? new RegExp(literally(wanted)) : wanted;
    const found = () => this.#shown.slice(this.#seen).match(pattern);
    await this.#until(() => found() !== null || !this.#open, `to see ${pattern}`);
    const match = found();
    if (match === null || match.index === undefined) {
      throw new Error(`never seen: ${pattern}; ${this.#where()}`);
    }
    this.#seen += match.index + match[0].length;
    return match;
  }

  /** The terminal's settings as they are now, in a form to compare. */
  async settings(): Promise<string> {
    this.#settings = null;
    await this.#order({ settings: true });
    await this.#until(() => this.#settings !== null, "the terminal's settings");
    return this.#settings ?? "";
  }

  /** The exit status of what the terminal was opened for; negative: a signal. */
  async status(): Promise<number> {
    await this.#until(() => this.#status !== null, "the end");
    return this.#status ?? -1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#order({ hangUp: true }).catch(() => {});
    await this.#writer.close().catch(() => {});
    await this.#ended;
    await this.#child.status;
  }

  #order(order: object): Promise<void> {
    return this.#writer.write(new TextEncoder().encode(`${JSON.stringify(order)}\n`));
  }

  async #read(): Promise<void> {
    const errors = new Response(this.#child.stderr).text();
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#hear(line);
      this.#wake();
    }
    this.#open = false;
    this.#shown += await errors;
    this.#wake();
  }

  #hear(line: string): void {
    const said: unknown = JSON.parse(line);
    if (typeof said !== "object" || said === null) return;
    if ("shown" in said) this.#shown += String(said.shown);
    if ("settings" in said) this.#settings = String(said.settings);
    if ("status" in said) this.#status = Number(said.status);
  }

  async #until(reached: () => boolean, what: string): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.#wake();
    }, PATIENCE_MS);
    try {
      while (!reached()) {
        if (late) throw new Error(`waited in vain for ${what}; ${this.#where()}`);
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  #where(): string {
    return `after ${JSON.stringify(this.#shown.slice(0, this.#seen).slice(-200))} there was ${
      JSON.stringify(this.#shown.slice(this.#seen).slice(-2000))
    }`;
  }
}

/** A pattern that matches this text and no other. */
function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
