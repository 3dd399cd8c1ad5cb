// Somebody who has polkit's name on the bus and answers as the test says, for the cases in which the real one never
// would. Only a test bus started with `polkit: "fake"` lets it have the name.

import { POLKIT_NAME } from "../../broker/polkit/authority.ts";
import { within } from "../lab/supervisor.ts";
import { type Answer, BusClient, type Incoming } from "./client.ts";

const CALL_MS = 30_000;

export class FakePolkit {
  readonly #bus: BusClient;
  readonly #calls: Incoming[] = [];
  #called = Promise.withResolvers<void>();
  /** How CheckAuthorization is answered. */
  answer: (call: Incoming) => Answer | Promise<Answer> = () => "never";

  private constructor(bus: BusClient) {
    this.#bus = bus;
  }

  static async start(): Promise<FakePolkit> {
    const bus = await BusClient.connect();
    const fake = new FakePolkit(bus);
    bus.serve((call) => fake.#take(call));
    await bus.requestName(POLKIT_NAME);
    return fake;
  }

  /** Waits for a call of that member, takes it, and gives its body. */
  async isCalled(member: string): Promise<readonly unknown[]> {
    return await within(CALL_MS, `nobody has called ${member}`, this.#next(member));
  }

  async #next(member: string): Promise<readonly unknown[]> {
    for (;;) {
      const index = this.#calls.findIndex((each) => each.member === member);
      const [found] = index < 0 ? [] : this.#calls.splice(index, 1);
      if (found !== undefined) return found.body;
      await this.#called.promise;
    }
  }

  /** Leaves the bus, whatever it still owes. */
  async close(): Promise<void> {
    await this.#bus.close();
  }

  #take(call: Incoming): Answer | Promise<Answer> {
    this.#calls.push(call);
    this.#called.resolve();
    this.#called = Promise.withResolvers();
    return call.member === "CheckAuthorization" ? this.answer(call) : { signature: "", body: [] };
  }
}

/** The documented shape. */
export function result(
  isAuthorized: boolean,
  isChallenge: boolean,
  details: Record<string, string> = {},
): Answer {
  return { signature: "(bba{ss})", body: [[isAuthorized, isChallenge, details]] };
}
