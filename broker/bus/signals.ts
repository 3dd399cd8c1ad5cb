// Signals that somebody here listens to: the match rules that the bus is given, and whose signals count. A
// well-known name is followed to its owner, since the bus shows a signal's sender by its unique name alone. Asks the
// bus by a function that it is given.

import { type Body, BUS, BUS_PATH, type Message } from "./message.ts";

/** Whose signal, and which. */
export interface SignalMatch {
  /** A well-known name, whose owner's signals are heard and nobody else's; or a unique one. */
  readonly sender: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** The first argument, where it is text; null: any. */
  readonly arg0: string | null;
}

interface Listener {
  readonly match: SignalMatch;
  readonly heard: (body: Body) => void;
}

const OWNER_CHANGED = { sender: BUS, path: BUS_PATH, interface: BUS, member: "NameOwnerChanged" } as const;
/** Every connection's end: asking for one caller's, call by call, would cost two messages each and miss some. */
const SOMEBODY_LEFT = `${rule({ ...OWNER_CHANGED, arg0: null })},arg2=''`;

export class SignalListeners {
  readonly #ask: (member: string, argument: string) => Promise<Body>;
  readonly #onGone: (uniqueName: string) => void;
  readonly #listeners = new Set<Listener>();
  /** Of each well-known name that is listened to; "" while it has none. */
  readonly #owners = new Map<string, string>();

  /** `ask` calls a method of the bus; `onGone` hears of each connection's end. */
  constructor(
    ask: (member: string, argument: string) => Promise<Body>,
    onGone: (uniqueName: string) => void,
  ) {
    this.#ask = ask;
    this.#onGone = onGone;
  }

  add(match: SignalMatch, heard: (body: Body) => void, connected: boolean): () => void {
    const listener = { match, heard };
    this.#listeners.add(listener);
    // Should the bus refuse, the connection is about to end, and everything is installed again.
    if (connected) this.#install(match).catch(() => {});
    return () => {
      this.#listeners.delete(listener);
      if ([...this.#listeners].some((each) => rule(each.match) === rule(match))) return;
      this.#ask("RemoveMatch", rule(match)).catch(() => {});
    };
  }

  /** All of it, at each connection. Rejects where the bus refuses. */
  async install(): Promise<void> {
    await this.#ask("AddMatch", SOMEBODY_LEFT);
    for (const { match } of this.#listeners) await this.#install(match);
  }

  disconnected(): void {
    this.#owners.clear();
  }

  /** The unique name; null: not known here, or not yet. */
  ownerOf(name: string): string | null {
    return this.#owners.get(name) || null;
  }

  heard(message: Message): void {
    if (message.sender === BUS && message.member === OWNER_CHANGED.member && message.interface === BUS) {
      this.#ownerChanged(message.body());
    }
    for (const { match, heard } of [...this.#listeners]) {
      if (
        message.member !== match.member || message.interface !== match.interface ||
        message.path !== match.path || !this.#isFrom(message.sender, match.sender)
      ) continue;
      const body = message.body();
      if (match.arg0 === null || body[0] === match.arg0) heard(body);
    }
  }

  #isFrom(sender: string, wanted: string): boolean {
    const isUnique = wanted === BUS || wanted.startsWith(":");
    return sender !== "" && sender === (isUnique ? wanted : this.#owners.get(wanted));
  }

  #ownerChanged([name, , owner]: Body): void {
    if (typeof name !== "string" || typeof owner !== "string") return;
    if (name.startsWith(":")) {
      if (owner === "") this.#onGone(name);
    } else if (this.#owners.has(name)) this.#owners.set(name, owner);
  }

  async #install(match: SignalMatch): Promise<void> {
    await this.#ask("AddMatch", rule(match));
    const name = match.sender;
    if (name === BUS || name.startsWith(":") || this.#owners.has(name)) return;
    await this.#ask("AddMatch", rule({ ...OWNER_CHANGED, arg0: name }));
    // From here on changes are heard, so the answer is not older than they are.
    this.#owners.set(name, "");
    try {
      const [owner] = await this.#ask("GetNameOwner", name);
      // A change that came behind this answer may have been read before it.
      if (typeof owner === "string" && this.#owners.get(name) === "") this.#owners.set(name, owner);
    } catch {
      // It is not there (yet).
    }
  }
}

function rule({ sender, path, interface: iface, member, arg0 }: SignalMatch): string {
  const parts = { type: "signal", sender, path, interface: iface, member };
  const text = Object.entries(parts).map(([key, value]) => `${key}='${value}'`).join(",");
  return arg0 === null ? text : `${text},arg0='${arg0}'`;
}
