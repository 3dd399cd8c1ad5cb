// What the broker logs from a moment on: its own word for a domain that is ready. Asking it all the time would be
// measured too, and so would reading all that it ever said.

import { LOG_FOLDER } from "../lab/paths.ts";
import { bootTimeMs } from "../../lib/linux/time.ts";

const LOOK_MS = 5;

export class BrokerLog {
  readonly #file = Deno.openSync(`${LOG_FOLDER}/broker.log`);
  readonly #buffer = new Uint8Array(65_536);
  readonly #decoder = new TextDecoder();
  #rest = "";

  /** From now on. */
  constructor() {
    this.#file.seekSync(0, Deno.SeekMode.End);
  }

  /** When `count` lines had `pattern` in them, on CLOCK_BOOTTIME. Throws after `mostMs`. */
  async seen(pattern: RegExp, count: number, mostMs: number): Promise<number> {
    const start = bootTimeMs();
    for (let found = 0;;) {
      found += this.#lines().filter((line) => pattern.test(line)).length;
      const now = bootTimeMs();
      if (found >= count) return now;
      if (now - start > mostMs) {
        throw new Error(`${found} of ${count} lines with ${pattern} after ${mostMs} ms`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }

  #lines(): string[] {
    for (let length = this.#read(); length > 0; length = this.#read()) {
      this.#rest += this.#decoder.decode(this.#buffer.subarray(0, length), { stream: true });
    }
    const lines = this.#rest.split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }

  #read(): number {
    return this.#file.readSync(this.#buffer) ?? 0;
  }
}
