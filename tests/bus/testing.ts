// What the tests here share: a bus and people for the length of one test, and questions about two domains.

import type { ActionId } from "../../broker/polkit/action.ts";
import { Person, type Question } from "./person.ts";
import { type BusOptions, startBus, type TestBus } from "./test_bus.ts";

/** For one test: everybody who was asked for is gone afterwards, and so is the bus. */
export class Scene {
  readonly bus: TestBus;
  readonly #people: Person[] = [];
  readonly #closing: { close(): Promise<void> }[] = [];

  constructor(bus: TestBus) {
    this.bus = bus;
  }

  /** A process of that user's on the bus. */
  async person(user: string, slowdown = 1): Promise<Person> {
    const person = await Person.start(user, slowdown);
    this.#people.push(person);
    return person;
  }

  /** Two at the same time: the broker's user, and another. */
  async pvdAnd(user: string, slowdown = 1): Promise<[pvd: Person, other: Person]> {
    return await Promise.all([this.person("pvd", slowdown), this.person(user)]);
  }

  /** Closed when the test ends. */
  keep<T extends { close(): Promise<void> }>(closing: T): T {
    this.#closing.push(closing);
    return closing;
  }

  async end(): Promise<void> {
    for (const each of this.#closing) await each.close();
    for (const person of this.#people) await person.ends();
    await this.bus.stop();
  }
}

/** A test on a bus of its own. */
export function busTest(name: string, options: BusOptions, body: (scene: Scene) => Promise<void>): void {
  Deno.test(name, async () => {
    const scene = new Scene(await startBus(options));
    try {
      await body(scene);
    } finally {
      await scene.end();
    }
  });
}

export const TV = { domain: "tv.example.org", kind: "explicit", link: "eth1", program: "vlc" } as const;
export const OFFICE = { ...TV, domain: "office.example.org", program: "ssh" } as const;
export const GUEST = { ...TV, domain: "guest.example.org" } as const;
export const NAMELESS = {
  ...TV,
  domain: "cfe25073-4d60-6f0b-d88f-1003c82a1817",
  kind: "implicit",
} as const;

/** May somebody use a domain? */
export function mayUse(whom: Person | "peer", details: Question["details"], interactive = false): Question {
  const subject = whom === "peer" ? whom : { sender: whom.name };
  const action: ActionId = "net.pvd1.use";
  return { subject, action, details, interactive };
}
