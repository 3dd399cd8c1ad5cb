// The broker as a whole: what is heard changes the state, the state's changes go to the keeper and the file, and
// clients are told what there is. Everything with a clock or a socket comes from outside (main.ts).

import { escapeText } from "../lib/escape.ts";
import type { DomainAdvertisement } from "../lib/ndp/types.ts";
import type { ClientReply, ClientRequest, DomainView, JsonObject, StatusView } from "../lib/protocol.ts";
import type { ClientService, PlainRequest, RunOutcome, SocketOutcome } from "./clients.ts";
import type { Discovery } from "./discovery.ts";
import { findDomain } from "./find.ts";
import type { Helper } from "./helper_client.ts";
import type { Secrets } from "./identifier.ts";
import { type InformationDomain, InformationKeeper, type InformationOptions } from "./information/keeper.ts";
import { Keeper } from "./keeper.ts";
import type { Log } from "./log.ts";
import type { AuthoriseClient } from "./polkit/door.ts";
import { openSocket, type RunContext, type RunDomain, runProgram } from "./run_program.ts";
import { expire, type Expired, linkGone, nextDeadline } from "./state/expire.ts";
import { hear, type Hearing } from "./state/hear.ts";
import type { Limits } from "./state/limits.ts";
import type { Domain, State } from "./state/types.ts";
import { type After, type Cancel, MAX_WAIT_MS } from "./timers.ts";
import { domainView } from "./view.ts";

export interface BrokerOptions {
  /** As it was left; expired already. */
  readonly state: State;
  readonly helper: Helper;
  readonly secrets: Secrets;
  readonly limits: Limits;
  readonly settleMs: number;
  readonly now: () => number;
  readonly after: After;
  readonly log: Log;
  readonly authorise: AuthoriseClient;
  /** The state changed; `soon`: a domain came or went. */
  readonly onChanged: (soon: boolean) => void;
  /** What people see changed, also where the state did not: a domain is ready, or more is known of it. */
  readonly onViewChanged?: () => void;
  readonly process: () => StatusView["broker"];
  /** How additional information is fetched; without it, none is. */
  readonly information?: Pick<InformationOptions, "fetch" | "fromRouters" | "wallNow" | "random"> | null;
}

export class Broker implements ClientService {
  readonly #options: BrokerOptions;
  readonly #refused = new Map<string, number>();
  readonly keeper: Keeper;
  readonly #information: InformationKeeper | null;
  #discovery: Discovery | null = null;
  #state: State;
  #cancelDeadline: Cancel = () => {};
  #armQueued = false;

  constructor(options: BrokerOptions) {
    this.#options = options;
    this.#state = options.state;
    const { helper, secrets, now, after, log } = options;
    this.keeper = new Keeper({
      helper,
      secrets,
      now,
      after,
      log,
      state: () => this.#state,
      linkOf: (linkIndex) => this.#discovery?.linkOf(linkIndex) ?? null,
      settledAt: now() + options.settleMs,
      onChanged: () => options.onViewChanged?.(),
    });
    this.#information = options.information == null ? null : new InformationKeeper({
      ...options.information,
      now,
      after,
      log,
      domains: () => this.#announced(),
    });
  }

  get state(): State {
    return this.#state;
  }

  /** Which tells of links, and calls back with what it hears. Domains of links that are not there end now. */
  start(discovery: Discovery): void {
    this.#discovery = discovery;
    const indexes = new Set([...this.#state.domains.values()].map((domain) => domain.linkIndex));
    for (const linkIndex of indexes) this.#endWhereRenamed(linkIndex, discovery);
    this.#information?.wake();
    this.#armDeadline();
  }

  #endWhereRenamed(linkIndex: number, discovery: Discovery): void {
    const link = discovery.linkOf(linkIndex);
    const names = [...this.#state.domains.values()].filter((each) => each.linkIndex === linkIndex);
    if (link === null || names.some((each) => each.link !== link.name)) {
      this.linkGone(linkIndex, "a link of the last run is gone");
    }
  }

  heard(hearing: Hearing, advertisements: readonly DomainAdvertisement[]): void {
    const heard = hear(this.#state, hearing, advertisements, this.#options.limits);
    this.#state = heard.state;
    for (const why of heard.refused) this.#refuse(why, hearing.link);
    this.keeper.ended(heard.ended);
    this.keeper.wake(heard.touched);
    if (heard.touched.length > 0 || heard.ended.length > 0) {
      this.#options.onChanged(heard.made.length > 0 || heard.ended.length > 0);
      this.#information?.wake();
      this.#armDeadline();
    }
    if (advertisements.every((each) => each.header.routerLifetimeS === 0)) {
      this.#lookForRouters([hearing.linkIndex]);
    }
  }

  linkGone(linkIndex: number, why: string): void {
    this.#options.log("info", why);
    this.#information?.detached(linkIndex);
    this.#apply(linkGone(this.#state, linkIndex));
  }

  /** It has its carrier again, so it may be another network. */
  linkCameUp(linkIndex: number): void {
    this.#information?.detached(linkIndex);
  }

  /** Ends a domain until a router announces it again. */
  removeDomain(key: string): void {
    const domain = this.#state.domains.get(key);
    if (domain === undefined) return;
    const domains = new Map(this.#state.domains);
    domains.delete(key);
    this.#apply({ state: { domains }, touched: [], ended: [domain] });
  }

  /** What the PvD's server says of it; null: nothing, or not known. */
  informationOf(domain: Domain): JsonObject | null {
    return this.#information?.informationOf(domain)?.object ?? null;
  }

  linkChanged(linkIndex: number): void {
    const domains = [...this.#state.domains.values()].filter((domain) => domain.linkIndex === linkIndex);
    this.keeper.recheck(domains.map((domain) => domain.key));
  }

  /** Everything whose moment has come ends. */
  tick(): void {
    const before = this.#state;
    const expired = expire(before, this.#options.now());
    this.#apply(expired);
    const touched = [...expired.touched, ...expired.ended.map((domain) => domain.key)];
    this.#lookForRouters(touched.map((key) => before.domains.get(key)?.linkIndex ?? 0));
  }

  #apply(expired: Expired): void {
    this.#state = expired.state;
    this.keeper.ended(expired.ended);
    this.keeper.wake(expired.touched);
    if (expired.touched.length > 0 || expired.ended.length > 0) {
      this.#options.onChanged(expired.ended.length > 0);
      this.#information?.wake();
    }
    this.#armDeadline();
  }

  /** Where a link's last default router is gone, perhaps another answers. */
  #lookForRouters(linkIndexes: readonly number[]): void {
    for (const linkIndex of new Set(linkIndexes)) {
      const left = [...this.#state.domains.values()]
        .some((domain) => domain.linkIndex === linkIndex && domain.routers.length > 0);
      if (!left) this.#discovery?.routerLost(linkIndex);
    }
  }

  /** Once a turn, however much was heard in it. */
  #armDeadline(): void {
    if (this.#armQueued) return;
    this.#armQueued = true;
    queueMicrotask(() => {
      this.#armQueued = false;
      this.#cancelDeadline();
      const now = this.#options.now();
      const waitMs = nextDeadline(this.#state, now) - now;
      if (waitMs === Infinity) return;
      this.#cancelDeadline = this.#options.after(Math.min(waitMs, MAX_WAIT_MS), () => this.tick());
    });
  }

  #refuse(why: string, link: string): void {
    const count = (this.#refused.get(why) ?? 0) + 1;
    this.#refused.set(why, count);
    // Powers of ten: a flood is told of, not followed.
    if (/^10*$/.test(String(count))) {
      this.#options.log("warning", `over the limit of ${why}, last on ${escapeText(link)}: ${count} refused`);
    }
  }

  // ---- what clients ask ---------------------------------------------------------------------------------------

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

  #useContext(): RunContext {
    const { authorise, helper } = this.#options;
    const domainOf = (handle: string) => this.#all().find((each) => each.runtime.handle === handle) ?? null;
    return { authorise, helper, domainOf };
  }

  #all(): RunDomain[] {
    return [...this.#state.domains.values(), ...this.keeper.endingDomains()]
      .map((domain: Domain) => ({ domain, runtime: this.keeper.runtime(domain.key) }));
  }

  /** Information is for domains that routers stand for, and is fetched in those that can be used. */
  *#announced(): Generator<InformationDomain> {
    for (const domain of this.#state.domains.values()) {
      const { state, handle } = this.keeper.runtime(domain.key);
      yield { domain, handle: state === "ready" ? handle : null };
    }
  }

  #views(): DomainView[] {
    const now = this.#options.now();
    return this.#all().map(({ domain, runtime }) => {
      const information = runtime.state === "ending" ? undefined : this.#information?.informationOf(domain);
      return domainView(domain, runtime, now, this.#options.secrets, information);
    });
  }

  #resolve(typed: string): ClientReply {
    const candidates = this.#all().map(({ domain, runtime }) => ({
      ...domain,
      handle: runtime.handle,
      runtime,
    }));
    const found = findDomain(candidates, typed);
    if (!found.ok) return { type: "error", code: found.code, message: found.message };
    const { id, link, handle, runtime } = found.domain;
    if (handle !== null) return { type: "resolved", id, handle, link };
    const why = runtime.problem ?? this.#options.helper.problem;
    const message = `${escapeText(id)} is ${runtime.state}${
      why === null ? "" : `: ${escapeText(why)}`
    }; try again soon`;
    return { type: "error", code: "notReady", message };
  }

  #solicit(link: string | null): ClientReply {
    if (this.#discovery?.solicit(link) === true) return { type: "end" };
    const message = `${escapeText(link ?? "")} is no link that pvd listens on; see pvd status`;
    return { type: "error", code: "noSuchLink", message };
  }

  #status(): StatusView {
    const { problem } = this.#options.helper;
    const counts = this.#discovery?.counts ?? { received: 0, coalesced: 0, invalid: 0, lastProblem: null };
    return {
      broker: this.#options.process(),
      helper: { connected: problem === null, problem },
      domains: this.#all().length,
      links: this.#discovery?.views() ?? [],
      advertisements: {
        received: counts.received,
        coalesced: counts.coalesced,
        invalid: counts.invalid,
        refused: Object.fromEntries(this.#refused),
        lastProblem: counts.lastProblem,
      },
    };
  }
}
