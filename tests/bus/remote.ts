// The other side of person.ts: a program that runs as some user, does on the bus what lines of JSON on its standard
// input tell it, and answers with one line each. Bundled, so that users who cannot read the source can run it.

import { checkAuthorization, onChanged } from "../../broker/polkit/authority.ts";
import { isBusCallError, type PolkitBus } from "../../broker/polkit/bus_calls.ts";
import { Grants } from "../../broker/polkit/recheck.ts";
import { type PeerSubject, peerSubject, type Subject } from "../../broker/polkit/subject.ts";
import { waitReadable } from "../../lib/linux/reactor.ts";
import { accept, connectUnix, listenUnix } from "../../lib/linux/socket.ts";
import { BusClient } from "./client.ts";
import type { Order, Report } from "./person.ts";

const [slowdown = "1"] = Deno.args;

class Remote {
  readonly #bus: BusClient;
  /** As the broker's, but with time-outs that a test can wait for. */
  readonly #polkit: PolkitBus;
  readonly #checks = new Map<number, { readonly whom: string; readonly leaving: AbortController }>();
  readonly #grants: Grants;
  #listener = -1;
  #peer: PeerSubject | null = null;

  constructor(bus: BusClient) {
    this.#bus = bus;
    const polkit: PolkitBus = {
      call: (destination, path, iface, member, signature, body, timeoutMs) =>
        bus.call(destination, path, iface, member, signature, body, timeoutMs * Number(slowdown)),
      onSignal: (match, heard) => bus.onSignal(match, heard),
    };
    this.#polkit = polkit;
    this.#grants = new Grants((subject, action, details) =>
      checkAuthorization(polkit, subject, action, details, false)
    );
    onChanged(polkit, () => {
      say({ event: "changed" });
      void this.#grants.changed();
    });
  }

  async obey(order: Order, id: number): Promise<unknown> {
    switch (order.op) {
      case "call":
        return await this.#bus.call(
          order.destination,
          order.path,
          order.interface,
          order.member,
          order.signature ?? "",
          order.body ?? [],
        );
      case "own":
        return await this.#bus.requestName(order.name);
      case "serve":
        return this.#bus.serve(({ member }) => ({ signature: "s", body: [`${order.answer} ${member}`] }));
      case "signal":
        return this.#bus.signal(order.destination, order.path, order.interface, order.member);
      case "listen":
        this.#listener = listenUnix(order.path, 0o666);
        return null;
      case "accept":
        return await this.#accept();
      case "connect":
        return connectUnix(order.path);
      case "check": {
        const { action, details, interactive = false } = order;
        const subject = this.#subject(order.subject);
        const leaving = new AbortController();
        this.#checks.set(id, { whom: subject.kind === "bus" ? subject.sender : "", leaving });
        return await checkAuthorization(this.#polkit, subject, action, details, interactive, leaving.signal);
      }
      case "leave":
        return this.#checks.get(order.check)?.leaving.abort();
      case "keep": {
        const { action, details } = order;
        const { epoch } = this.#grants;
        const subject = this.#subject(order.subject);
        this.#grants.add({ subject, action, details, asked: false, epoch }, (reason) => {
          say({ event: `revoked ${details.domain}`, reason });
        });
        return null;
      }
    }
  }

  /** As the broker's dispatcher does when a caller leaves the bus. */
  gone(name: string): void {
    for (const { whom, leaving } of this.#checks.values()) if (whom === name) leaving.abort();
  }

  #subject(subject: { readonly sender: string } | "peer"): Subject {
    if (subject !== "peer") return { kind: "bus", sender: subject.sender };
    if (this.#peer === null) throw new Error("nobody has connected");
    return this.#peer;
  }

  async #accept(): Promise<unknown> {
    await waitReadable(this.#listener);
    this.#peer = await peerSubject(accept(this.#listener) ?? -1, new AbortController().signal);
    return this.#peer === null ? null : { pid: this.#peer.pid, uid: this.#peer.uid };
  }
}

function say(report: Report): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(report)}\n`));
}

async function answer(remote: Remote, line: string): Promise<void> {
  const { id, ...order }: Order & { readonly id: number } = JSON.parse(line);
  try {
    say({ id, result: await remote.obey(order, id) ?? null });
  } catch (error) {
    const name = isBusCallError(error) ? error.errorName : "";
    say({ id, error: name, message: error instanceof Error ? error.message : String(error) });
  }
}

if (import.meta.main) {
  const made = Promise.withResolvers<Remote>();
  // Not afterwards: polkit's signals are heard once the bus has said who polkit is, and that may take longer than a test.
  const { name } = await BusClient.connect(
    (gone) => void made.promise.then((remote) => remote.gone(gone)),
    (bus) => made.resolve(new Remote(bus)),
  );
  const remote = await made.promise;
  say({ event: "ready", reason: name });
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) void answer(remote, line);
  }
  Deno.exit(0);
}
