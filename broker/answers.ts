// What the broker answers its clients: the domains there are, which one a word means, how everything is, and what
// happens; and programs and sockets, which polkit and the helper decide. Reads the broker, asks the helper.

import { escapeName, escapeText } from "../lib/escape.ts";
import type { ClientReply, ClientRequest, DomainView, StatusView } from "../lib/protocol.ts";
import type { ClientService, PlainRequest, RunOutcome, SocketOutcome } from "./client_service.ts";
import type { Discovery } from "./discovery.ts";
import type { EventHub } from "./events/hub.ts";
import type { Subscriber } from "./events/subscriber.ts";
import { findDomain } from "./find.ts";
import type { Helper } from "./helper_client.ts";
import type { NamedDomain } from "./names_file.ts";
import type { AuthoriseClient } from "./polkit/door.ts";
import { noAdvertisements } from "./receiver.ts";
import { openSocket, type RunContext, type RunDomain, runProgram } from "./run_program.ts";

export interface AnswersOptions {
  /** Also those that ended and that a program still uses. */
  readonly domains: () => readonly RunDomain[];
  readonly view: (domain: RunDomain) => DomainView;
  /** Null until there is one. */
  readonly discovery: () => Pick<Discovery, "views" | "solicit" | "counts"> | null;
  /** Why a domain of this link could not be configured; null where each could. */
  readonly problemOn: (link: string) => string | null;
  /** How often something was over a limit, by the limit's name. */
  readonly refused: () => Readonly<Record<string, number>>;
  readonly process: () => StatusView["broker"];
  readonly authorise: AuthoriseClient;
  readonly helper: Helper;
  readonly events: Pick<EventHub, "subscribe" | "unsubscribe">;
}

export class Answers implements ClientService {
  readonly #options: AnswersOptions;

  constructor(options: AnswersOptions) {
    this.#options = options;
  }

  answer(request: PlainRequest): ClientReply[] {
    switch (request.type) {
      case "list":
        return [...this.#views().map((domain): ClientReply => ({ type: "domain", domain })), { type: "end" }];
      case "resolve":
        return [this.#resolve(request.domain)];
      case "status":
        return [{ type: "status", status: this.#status() }];
      case "solicit":
        return [this.#solicit(request.link)];
    }
  }

  monitor(
    request: Extract<ClientRequest, { type: "monitor" }>,
    uid: number,
  ): Subscriber | Extract<ClientReply, { type: "error" }> {
    const { link } = request;
    const { discovery, events } = this.#options;
    if (link !== null && discovery()?.views().some(({ name }) => name === link) !== true) {
      return noSuchLink(link);
    }
    const message = `uid ${uid}, or everybody together, monitors too much already; end one, then try again`;
    return events.subscribe(uid, request) ?? { type: "error", code: "limitExceeded", message };
  }

  endMonitor(subscriber: Subscriber): void {
    this.#options.events.unsubscribe(subscriber);
  }

  run(
    request: Extract<ClientRequest, { type: "run" }>,
    clientFd: number,
    fds: readonly number[],
    handOver: () => boolean,
    left: AbortSignal,
  ): Promise<RunOutcome> {
    return runProgram(this.#useContext(), request, clientFd, fds, handOver, left);
  }

  openSocket(
    request: Extract<ClientRequest, { type: "openSocket" }>,
    clientFd: number,
    left: AbortSignal,
  ): Promise<SocketOutcome> {
    return openSocket(this.#useContext(), request, clientFd, left);
  }

  /** What people can name, for shells to complete. */
  names(): NamedDomain[] {
    return this.#options.domains().map(({ domain: { id, kind, link }, runtime: { state, handle } }) => ({
      id,
      kind,
      link,
      state,
      handle,
    }));
  }

  #useContext(): RunContext {
    const { authorise, helper, domains } = this.#options;
    const domainOf = (handle: string) => domains().find((each) => each.runtime.handle === handle) ?? null;
    return { authorise, helper, domainOf };
  }

  #views(): DomainView[] {
    return this.#options.domains().map(this.#options.view);
  }

  #resolve(typed: string): ClientReply {
    const candidates = this.#options.domains().map(({ domain, runtime }) => ({
      ...domain,
      handle: runtime.handle,
      runtime,
    }));
    const found = findDomain(candidates, typed);
    if (!found.ok) return { type: "error", code: found.code, message: found.message };
    const { id, link, handle, runtime } = found.domain;
    if (handle !== null) return { type: "resolved", id, handle, link };
    const why = runtime.problem ?? this.#options.helper.problem;
    const message = `${escapeName(id)} is ${runtime.state}${
      why === null ? "" : `: ${escapeText(why)}`
    }; try again soon`;
    return { type: "error", code: "notReady", message };
  }

  #solicit(link: string | null): ClientReply {
    if (this.#options.discovery()?.solicit(link) === true) return { type: "end" };
    return noSuchLink(link ?? "");
  }

  #status(): StatusView {
    const { problem } = this.#options.helper;
    const { process, domains, problemOn, refused } = this.#options;
    const discovery = this.#options.discovery();
    return {
      broker: process(),
      helper: { connected: problem === null, problem },
      domains: domains().length,
      links: (discovery?.views() ?? [])
        .map((link) => ({ ...link, problem: link.problem ?? problemOn(link.name) })),
      advertisements: { ...discovery?.counts ?? noAdvertisements(), refused: refused() },
    };
  }
}

function noSuchLink(link: string): Extract<ClientReply, { type: "error" }> {
  const message = `${escapeText(link)} is no link that pvd listens on; see pvd status`;
  return { type: "error", code: "noSuchLink", message };
}
