// When polkit was asked and when it answered, as the bus shows it to dbus-monitor(1). Starts that program, as root.

import { spawn } from "../lab/lab.ts";

/** One CheckAuthorization, milliseconds of CLOCK_REALTIME. */
export interface Question {
  readonly askedMs: number;
  readonly answeredMs: number;
}

const CALLS =
  "type='method_call',interface='org.freedesktop.PolicyKit1.Authority',member='CheckAuthorization'";
const ANSWERS = "type='method_return',sender='org.freedesktop.PolicyKit1'";

export class PolkitWatch {
  readonly #child: Deno.ChildProcess;
  readonly #text: Promise<string>;

  private constructor(child: Deno.ChildProcess, ready: () => void) {
    this.#child = child;
    this.#text = read(child.stdout, ready);
  }

  /** Sees what is asked from now on. */
  static async start(): Promise<PolkitWatch> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const watch = new PolkitWatch(
      spawn(["dbus-monitor", "--system", "--profile", CALLS, ANSWERS]),
      resolve,
    );
    const ended = watch.#child.status.then(() => {
      throw new Error("dbus-monitor ended");
    });
    // Only until it watches: later its end is wanted.
    ended.catch(() => {});
    await Promise.race([promise, ended]);
    return watch;
  }

  /** What was asked and answered, in that order. */
  async end(): Promise<Question[]> {
    this.#child.kill("SIGTERM");
    await Promise.all([this.#child.stdin.close(), this.#child.stderr.cancel(), this.#child.status]);
    return questions(await this.#text);
  }
}

/** `ready` is called when the bus has made it a monitor: then it takes its name away. */
async function read(stream: ReadableStream<Uint8Array<ArrayBuffer>>, ready: () => void): Promise<string> {
  let text = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (text.includes("\tNameLost\n")) ready();
  }
  return text;
}

/** Of dbus-monitor's lines: a call has time, serial and sender; an answer time, its serial, sender, to whom, and to
 * which serial. Pure. */
export function questions(text: string): Question[] {
  const open = new Map<string, number>();
  const found: Question[] = [];
  for (const line of text.split("\n")) {
    const [type, time, serial, sender, to, repliesTo] = line.split("\t");
    const ms = Number(time) * 1000;
    if (type === "mc") open.set(`${sender} ${serial}`, ms);
    const askedMs = type === "mr" ? open.get(`${to} ${repliesTo}`) : undefined;
    if (askedMs !== undefined) found.push({ askedMs, answeredMs: ms });
  }
  return found;
}
