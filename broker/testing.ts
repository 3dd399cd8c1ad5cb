// For tests only: timers that fire when told, a reactor that runs beside the test, a helper that answers as told.

import { EPOLLIN } from "../lib/linux/abi.ts";
import { close } from "../lib/linux/fd.ts";
import type { LinkEvent } from "../lib/linux/links.ts";
import { Reactor } from "../lib/linux/reactor.ts";
import { accept, listenUnix, receiveMessage, sendMessage } from "../lib/linux/socket.ts";
import type { HelperReply, HelperRequest } from "../lib/protocol.ts";
import type { Helper, HelperAnswer, HelperRequestBody } from "./helper_client.ts";
import type { After } from "./timers.ts";

/** A wired link that is up. */
export const ETH1: LinkEvent = {
  type: "new",
  index: 2,
  name: "eth1",
  up: true,
  running: true,
  carrierUps: 1,
  loopback: false,
  ethernet: true,
  mac: "02:00:00:00:00:01",
  mtu: 1500,
  kind: null,
  master: null,
  device: "virtio2",
  neighborDiscovery: true,
  ipv6: "on",
};

/** Timers that run when `advance` comes to them, in order. */
export class FakeClock {
  now = 1_000_000;
  readonly #timers = new Set<{ readonly at: number; readonly run: () => void }>();

  readonly after: After = (delayMs, run) => {
    const timer = { at: this.now + delayMs, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  /** Fires what is due, each with the microtasks that it brings. */
  async advance(ms: number): Promise<void> {
    const until = this.now + ms;
    for (;;) {
      const [next] = [...this.#timers].filter((each) => each.at <= until).sort((one, other) =>
        one.at - other.at
      );
      if (next === undefined) break;
      this.#timers.delete(next);
      this.now = Math.max(this.now, next.at);
      next.run();
      await settled();
    }
    this.now = until;
    await settled();
  }
}

/** Lets every promise that can be settled without anything from outside be settled. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

/** A helper in the same process: each request is answered by `respond`. */
export class FakeHelper implements Helper {
  problem: string | null = null;
  readonly requests: HelperRequestBody[] = [];
  respond: (request: HelperRequestBody) => HelperAnswer | Promise<HelperAnswer> = () => done(0);

  async request(body: HelperRequestBody): Promise<HelperAnswer> {
    this.requests.push(body);
    return await this.respond(body);
  }
}

export function done(serial: number): HelperAnswer {
  return { ok: true, reply: { type: "done", serial }, fds: [] };
}

export function refused(
  code: Extract<HelperAnswer, { ok: false }>["code"],
  message = "refused",
): HelperAnswer {
  return { ok: false, code, message, lost: false };
}

/** A folder and a running reactor for `body`; both are gone afterwards. */
export async function withReactor(body: (reactor: Reactor, folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync();
  const errors: unknown[] = [];
  const reactor = new Reactor((error) => errors.push(error));
  const running = reactor.run();
  try {
    await body(reactor, folder);
  } finally {
    reactor.stop();
    await running;
    Deno.removeSync(folder, { recursive: true });
  }
  if (errors.length > 0) throw errors[0];
}

/** The other end of a HelperClient: a real socket, whose one peer's requests are given to `answer`. */
export class SocketHelper {
  readonly #reactor: Reactor;
  readonly #listener: number;
  readonly #peers = new Set<number>();
  #peer: number | null = null;
  readonly #buffer = new Uint8Array(65_536);
  connections = 0;
  answer: (request: HelperRequest, fds: readonly number[]) => void = () => {};

  constructor(reactor: Reactor, path: string) {
    this.#reactor = reactor;
    this.#listener = listenUnix(path, 0o600);
    reactor.add(this.#listener, EPOLLIN, () => this.#accept());
  }

  send(reply: HelperReply | Uint8Array, fds: readonly number[] = []): void {
    const bytes = reply instanceof Uint8Array ? reply : new TextEncoder().encode(JSON.stringify(reply));
    if (this.#peer !== null) sendMessage(this.#peer, bytes, fds);
  }

  hangUp(): void {
    for (const fd of this.#peers) {
      this.#reactor.remove(fd);
      close(fd);
    }
    this.#peers.clear();
    this.#peer = null;
  }

  stop(): void {
    this.hangUp();
    this.#reactor.remove(this.#listener);
    close(this.#listener);
  }

  #accept(): void {
    const fd = accept(this.#listener);
    if (fd === null) return;
    this.connections++;
    this.#peer = fd;
    this.#peers.add(fd);
    this.#reactor.add(fd, EPOLLIN, () => {
      const message = receiveMessage(fd, this.#buffer, 8);
      if (message === null) return;
      if (message.length === 0) {
        this.#reactor.remove(fd);
        this.#peers.delete(fd);
        close(fd);
        return;
      }
      this.answer(
        JSON.parse(new TextDecoder().decode(this.#buffer.subarray(0, message.length))),
        message.fds,
      );
      message.fds.forEach(close);
    });
  }
}

/** How many descriptors this process has open. */
export function openDescriptors(): number {
  return [...Deno.readDirSync("/proc/self/fd")].length;
}
