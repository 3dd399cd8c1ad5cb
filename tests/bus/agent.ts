// A polkit authentication agent that follows a script instead of asking a person: registered as root for one process,
// it vouches for every identity at once, or refuses, and remembers what it was told to ask.

import { POLKIT_INTERFACE, POLKIT_NAME, POLKIT_PATH } from "../../broker/polkit/authority.ts";
import { within } from "../lab/supervisor.ts";
import { BusClient, type Incoming } from "./client.ts";
import type { Person } from "./person.ts";

/** "yes": authenticates; "wrong": the password is not right; "dismiss": the person closes the dialogue; "wait":
 * nobody does anything. */
export type Script = "yes" | "wrong" | "dismiss" | "wait";

const WORD_MS = 30_000;
const AGENT_PATH = "/net/pvd1/test/Agent";
const AGENT_INTERFACE = "org.freedesktop.PolicyKit1.AuthenticationAgent";
const DONE = { signature: "", body: [] } as const;

export class Agent {
  readonly #bus: BusClient;
  readonly #script: Script;
  #waiting = Promise.withResolvers<void>();
  #cancelled = Promise.withResolvers<void>();
  /** The questions' texts. */
  readonly messages: string[] = [];

  private constructor(bus: BusClient, script: Script) {
    this.#bus = bus;
    this.#script = script;
  }

  /** Registered for that person's process. */
  static async start(person: Pick<Person, "pid">, script: Script): Promise<Agent> {
    const agent = new Agent(await BusClient.connect(), script);
    agent.#bus.serve((call) => agent.#answer(call));
    const stat = Deno.readTextFileSync(`/proc/${person.pid}/stat`);
    const startTime = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
    const subject = ["unix-process", {
      pid: { signature: "u", value: person.pid },
      "start-time": { signature: "t", value: BigInt(startTime) },
    }];
    await agent.#call("RegisterAuthenticationAgent", "(sa{sv})ss", [subject, "C", AGENT_PATH]);
    return agent;
  }

  /** Resolves when a question is being asked that the script leaves open. */
  async isAsking(): Promise<void> {
    await within(WORD_MS, "polkit has not asked", this.#waiting.promise);
  }

  /** Resolves when polkit closed the dialogue. */
  async isCancelled(): Promise<void> {
    await within(WORD_MS, "polkit has not closed the dialogue", this.#cancelled.promise);
  }

  async close(): Promise<void> {
    await this.#bus.close();
  }

  async #answer(call: Incoming) {
    if (call.interface !== AGENT_INTERFACE) throw new Error(`polkit calls ${call.interface}`);
    if (call.member === "CancelAuthentication") {
      this.#cancelled.resolve();
      return DONE;
    }
    const [, message, , , cookie, identities] = call.body;
    this.messages.push(String(message));
    switch (this.#script) {
      case "yes": {
        const [kind, details] = firstIdentity(identities);
        const identity = [kind, { uid: { signature: "u", value: details } }];
        await this.#call("AuthenticationAgentResponse2", "us(sa{sv})", [0, cookie, identity]);
        return DONE;
      }
      case "wrong":
        return DONE;
      case "dismiss":
        return { errorName: "org.freedesktop.PolicyKit1.Error.Cancelled", message: "dismissed" };
      case "wait":
        this.#waiting.resolve();
        return "never" as const;
    }
  }

  async #call(member: string, signature: string, body: readonly unknown[]): Promise<void> {
    await this.#bus.call(POLKIT_NAME, POLKIT_PATH, POLKIT_INTERFACE, member, signature, body);
  }
}

/** polkit offers who may authenticate, as `a(sa{sv})`. */
function firstIdentity(identities: unknown): [kind: string, uid: unknown] {
  const first: unknown = Array.isArray(identities) ? identities[0] : null;
  const [kind, details]: unknown[] = Array.isArray(first) ? first : [];
  if (typeof kind !== "string" || typeof details !== "object" || details === null || !("uid" in details)) {
    throw new TypeError(`polkit offers nobody: ${JSON.stringify(identities)}`);
  }
  const { uid } = details;
  return [kind, typeof uid === "object" && uid !== null && "value" in uid ? uid.value : uid];
}
