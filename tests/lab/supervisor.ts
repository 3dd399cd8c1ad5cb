// Keeps the lab's long-running programs: starts one and waits until it says that it is ready, ends it, tells who
// ended unasked. Their output goes to one log file each.

import { LOG_FOLDER } from "./paths.ts";
import { SocketFile } from "./socket_file.ts";

/** How a program shows that it is ready: it prints so, it opens a socket file to everybody, or by being started. */
export type Readiness =
  | { readonly by: "word" }
  | { readonly by: "socket"; readonly path: string }
  | { readonly by: "start" };

/** A program that the lab keeps. */
export interface Service {
  readonly name: string;
  readonly argv: readonly string[];
  /** The whole environment; null: the lab's own. */
  readonly environment: Readonly<Record<string, string>> | null;
  readonly folder: string;
  readonly ready: Readiness;
}

interface Running {
  readonly child: Deno.ChildProcess;
  readonly ended: Promise<Deno.CommandStatus>;
  /** Somebody asked for its end. */
  unwanted: boolean;
  /** It was ready: whoever waited for that hears of its end there. */
  announced: boolean;
}

const READY_MS = 10_000;
/** A log line, with or without the program's name in front. */
const READY = /(^|\W)ready\n/;

/** The lab's programs by name. */
export class Supervisor {
  readonly #services = new Map<string, Service>();
  readonly #running = new Map<string, Running>();
  readonly #say: (line: string) => void;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Starts a program for the first time; done when it is ready. */
  async add(service: Service): Promise<void> {
    this.#services.set(service.name, service);
    await this.start(service.name);
  }

  /** Starts a known program that is not running; gives its pid when it is ready. */
  async start(name: string): Promise<number> {
    const service = this.#services.get(name);
    if (service === undefined) throw new Error(`the lab has no ${name}`);
    const already = this.#running.get(name);
    if (already !== undefined) return already.child.pid;
    const socket = service.ready.by === "socket" ? new SocketFile(service.ready.path) : null;
    const [program = "", ...args] = service.argv;
    const child = new Deno.Command(program, {
      args,
      cwd: service.folder,
      clearEnv: service.environment !== null,
      env: service.environment ?? {},
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const said = Promise.withResolvers<void>();
    const log = new Log(name, service.ready.by === "word", said.resolve);
    const drained = Promise.all([log.take(child.stdout), log.take(child.stderr)]);
    const running: Running = { child, ended: child.status, unwanted: false, announced: false };
    this.#running.set(name, running);
    const gone = child.status.then(async (status) => {
      this.#running.delete(name);
      await drained;
      const how = status.signal ?? `status ${status.code}`;
      if (!running.unwanted && running.announced) this.#say(`${name} ended with ${how}\n${log.tail()}`);
      throw new Error(`${name} ended with ${how}`);
    });
    // It may end long after everybody stopped waiting for it.
    gone.catch(() => {});
    running.announced = service.ready.by === "start";
    if (running.announced) return child.pid;
    const ready = socket === null ? said.promise : socket.changed();
    try {
      await within(READY_MS, `${name} is not ready`, Promise.race([ready, gone]));
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : String(error)}\n${log.tail()}`);
    } finally {
      socket?.close();
    }
    running.announced = true;
    return child.pid;
  }

  /** Sends a signal; done when the program is gone. */
  async end(name: string, signal: Deno.Signal): Promise<void> {
    const running = this.#running.get(name);
    if (running === undefined) return;
    running.unwanted = true;
    running.child.kill(signal);
    await running.ended;
    this.#running.delete(name);
  }

  /** Those that run, by name, with their pids. */
  pids(): Record<string, number> {
    return Object.fromEntries([...this.#running].map(([name, { child }]) => [name, child.pid]));
  }
}

class Log {
  readonly #file: Deno.FsFile;
  readonly #listen: boolean;
  readonly #seen: () => void;
  #last = "";

  constructor(name: string, listen: boolean, seen: () => void) {
    this.#file = Deno.openSync(`${LOG_FOLDER}/${name}.log`, { create: true, append: true });
    this.#listen = listen;
    this.#seen = seen;
  }

  async take(stream: ReadableStream<Uint8Array>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.#file.writeSync(new TextEncoder().encode(text));
      this.#last = (this.#last + text).slice(-2000);
      if (this.#listen && READY.test(this.#last)) this.#seen();
    }
  }

  tail(): string {
    return this.#last.trimEnd().split("\n").slice(-10).map((line) => `  ${line}`).join("\n");
  }
}

/** The value, or an error when it takes longer than that. */
export async function within<T>(ms: number, what: string, value: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${what} after ${ms} ms`)), ms);
  try {
    return await Promise.race([value, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
