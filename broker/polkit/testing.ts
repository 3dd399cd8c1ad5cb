// For tests only: a bus on which polkit answers as told, and a caller.

import type { QuestionDetails } from "./action.ts";
import type { PolkitBus, SignalMatch } from "./bus_calls.ts";
import type { PeerSubject } from "./subject.ts";

export class FakeBus implements PolkitBus {
  /** Members and bodies, in the order of the calls. */
  readonly calls: {
    readonly member: string;
    readonly body: readonly unknown[];
    readonly timeoutMs: number;
  }[] = [];
  readonly #listeners = new Map<string, (body: readonly unknown[]) => void>();
  /** CheckAuthorization's. */
  answer: (flags: unknown) => Promise<readonly unknown[]> = () => Promise.resolve(answered(true, false));

  call(
    _destination: string,
    _path: string,
    _interface: string,
    member: string,
    _signature: string,
    body: readonly unknown[],
    timeoutMs: number,
  ): Promise<readonly unknown[]> {
    this.calls.push({ member, body, timeoutMs });
    return member === "CheckAuthorization" ? this.answer(body[3]) : Promise.resolve([]);
  }

  onSignal(match: SignalMatch, heard: (body: readonly unknown[]) => void): () => void {
    this.#listeners.set(match.member, heard);
    return () => this.#listeners.delete(match.member);
  }

  signal(member: string, body: readonly unknown[]): void {
    this.#listeners.get(member)?.(body);
  }
}

/** An error as the bus connection has them. */
export class FakeBusError extends Error {
  constructor(readonly errorName: string, message = "") {
    super(message);
  }
}

/** polkit's documented reply. */
export function answered(isAuthorized: boolean, isChallenge: boolean, details = {}): readonly unknown[] {
  return [[isAuthorized, isChallenge, details]];
}

export const ALICE: PeerSubject = {
  kind: "peer",
  pid: 4242,
  uid: 1000,
  startTime: "123456",
  stillThere: () => true,
};

export const TV: QuestionDetails = {
  domain: "tv.example.org",
  kind: "explicit",
  link: "eth1",
  program: "vlc",
};
