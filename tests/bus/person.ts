// Somebody on the test bus: a process of that user's own, as the bus and polkit see it, told what to do by the test.
// For whom polkit is asked about is the point of most tests here, so nobody is played by the test itself.

import type { ActionId, QuestionDetails } from "../../broker/polkit/action.ts";
import type { Decision } from "../../broker/polkit/authority.ts";
import { BusError } from "../../broker/bus/message.ts";
import { within } from "../lab/supervisor.ts";
import { asUser, findUser, userEnvironment } from "../lab/users.ts";

/** Whom a check is about: a bus connection, or who connected last to the socket that was listened on. */
type Whom = { readonly sender: string } | "peer";

export interface Question {
  readonly subject: Whom;
  readonly action: ActionId;
  readonly details: QuestionDetails;
  readonly interactive?: boolean;
}

export interface Call {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature?: string;
  readonly body?: readonly unknown[];
}

/** What a person can be told to do. */
export type Order =
  | { readonly op: "call" } & Call
  | { readonly op: "own"; readonly name: string }
  | { readonly op: "serve"; readonly answer: string }
  | { readonly op: "signal" } & Omit<Call, "signature" | "body">
  | { readonly op: "listen" | "connect"; readonly path: string }
  | { readonly op: "accept" }
  | { readonly op: "check" } & Question
  | { readonly op: "leave"; readonly check: number }
  | { readonly op: "keep" } & Question;

export type Report =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string; readonly message: string }
  | { readonly event: string; readonly reason?: string };

/** Longer than polkit is given for an answer. */
const ANSWER_MS = 60_000;
const PEOPLE_FOLDER = "/run/pvd-test-people";
/** Where user pvd listens for clients. */
export const CLIENTS_SOCKET = `${PEOPLE_FOLDER}/pvd/clients.sock`;
/** The example rules' group. */
const TV_GROUP = "tv:x:64120:alice";

/** Bundles the program and the runtime to where every user can start them. Once, where /run and /etc are ours. */
export function layOutPeople(): void {
  Deno.mkdirSync(PEOPLE_FOLDER, { mode: 0o755 });
  const source = new URL("remote.ts", import.meta.url).pathname;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  must(Deno.execPath(), [
    ...["bundle", "--quiet", `--config=${config}`, "-o", `${PEOPLE_FOLDER}/remote.js`, source],
  ]);
  Deno.chmodSync(`${PEOPLE_FOLDER}/remote.js`, 0o644);
  // A mount and no copy: the runtime is large, and root's home is closed to others.
  Deno.writeTextFileSync(`${PEOPLE_FOLDER}/deno`, "");
  must("mount", ["-n", "--bind", Deno.execPath(), `${PEOPLE_FOLDER}/deno`]);
  const { uid, gid } = findUser("pvd");
  Deno.mkdirSync(`${PEOPLE_FOLDER}/pvd`, { mode: 0o755 });
  Deno.chownSync(`${PEOPLE_FOLDER}/pvd`, uid, gid);
  Deno.writeTextFileSync("/etc/group", `${TV_GROUP}\n`, { append: true });
}

export class Person {
  readonly #user: string;
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #answers = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #events: { event: string; reason: string }[] = [];
  #heard = Promise.withResolvers<void>();
  #serial = 0;
  readonly #reading: Promise<void>;
  /** The unique name on the bus. */
  name = "";

  private constructor(user: string, child: Deno.ChildProcess) {
    this.#user = user;
    this.#child = child;
    this.#writer = child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** A process of that user's, connected to the bus. polkit's time-outs are multiplied by `slowdown`. */
  static async start(userName: string, slowdown = 1): Promise<Person> {
    const user = findUser(userName);
    const [program = "", ...args] = [
      ...[...asUser(user), `${PEOPLE_FOLDER}/deno`, "run", "--quiet", "--no-config", "--no-npm"],
      ...["--cached-only", "--no-prompt", "--allow-all", `${PEOPLE_FOLDER}/remote.js`, String(slowdown)],
    ];
    const child = new Deno.Command(program, {
      args,
      cwd: "/",
      clearEnv: true,
      env: { PATH: "/usr/bin:/bin", DENO_DIR: "/dev/null/none", NO_COLOR: "1", ...userEnvironment(user) },
      stdin: "piped",
      stdout: "piped",
    }).spawn();
    const person = new Person(userName, child);
    person.name = await person.hears("ready");
    return person;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** The result; rejects with BusError where the bus said no. */
  async does(order: Order): Promise<unknown> {
    return await this.begins(order).result;
  }

  /** The same, for what is not waited for: `id` is for the order "leave". */
  begins(order: Order): { readonly id: number; readonly result: Promise<unknown> } {
    const id = ++this.#serial;
    const answer = Promise.withResolvers<unknown>();
    this.#answers.set(id, answer);
    const result = within(ANSWER_MS, `${this.#user} has not done "${order.op}"`, answer.promise);
    // A test may end before it.
    result.catch(() => {});
    const line = `${JSON.stringify({ id, ...order })}\n`;
    this.#writer.write(new TextEncoder().encode(line)).catch((error: unknown) => answer.reject(error));
    return { id, result };
  }

  /** Asks polkit by the broker's code. */
  async checks(question: Question): Promise<Decision> {
    return decisionOf(await this.does({ op: "check", ...question }));
  }

  /** How many events of that kind have come and were not taken. */
  heard(event: string): number {
    return this.#events.filter((each) => each.event === event).length;
  }

  /** Waits for an event, takes it, and gives what it says. */
  async hears(event: string): Promise<string> {
    return await within(ANSWER_MS, `${this.#user} has not heard "${event}"`, this.#next(event));
  }

  async #next(event: string): Promise<string> {
    for (;;) {
      const index = this.#events.findIndex((each) => each.event === event);
      if (index >= 0) return this.#events.splice(index, 1)[0]?.reason ?? "";
      await this.#heard.promise;
    }
  }

  /** Ends the process; done when it is gone. */
  async ends(signal: Deno.Signal = "SIGKILL"): Promise<void> {
    try {
      this.#child.kill(signal);
    } catch {
      // It ended already.
    }
    await this.#child.status;
    await this.#reading;
    await this.#writer.abort().catch(() => {});
  }

  async #read(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.#take(JSON.parse(line));
    }
    for (const answer of this.#answers.values()) {
      answer.reject(new Error(`${this.#user}'s process has ended`));
    }
    this.#answers.clear();
  }

  #take(report: Report): void {
    if ("event" in report) {
      this.#events.push({ event: report.event, reason: report.reason ?? "" });
      this.#heard.resolve();
      this.#heard = Promise.withResolvers();
      return;
    }
    const answer = this.#answers.get(report.id);
    this.#answers.delete(report.id);
    if ("result" in report) answer?.resolve(report.result);
    else answer?.reject(new BusError(report.error, report.message));
  }
}

/** What `checks` gives, of a check that was begun. */
export function decisionOf(result: unknown): Decision {
  if (!isDecision(result)) throw new TypeError(`no decision: ${JSON.stringify(result)}`);
  return result;
}

function isDecision(result: unknown): result is Decision {
  return typeof result === "object" && result !== null && "allowed" in result;
}

function must(program: string, args: string[]): void {
  const { success, stderr } = new Deno.Command(program, { args, stdout: "null", stderr: "piped" })
    .outputSync();
  if (!success) throw new Error(`${program}: ${new TextDecoder().decode(stderr)}`);
}
