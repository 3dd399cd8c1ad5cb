// The broker as a whole: what is heard changes the state, the state's changes go to the keeper and the file, and
// clients are told what there is. Everything with a clock or a socket comes from outside (main.ts).

import { escapeText } from "../lib/escape.ts";
import { isLinkLocal, parseIpv6 } from "../lib/ip.ts";
import type { DomainAdvertisement } from "../lib/ndp/types.ts";
import type { DomainView, StatusView } from "../lib/protocol.ts";
import { Answers } from "./answers.ts";
import { Confirmations } from "./confirmations.ts";
import { Deadline } from "./deadline.ts";
import { domainSource } from "./events/domain_source.ts";
import { EventHub } from "./events/hub.ts";
import type { Discovery } from "./discovery.ts";
import { DuplicateAddresses } from "./duplicate_addresses.ts";
import type { Helper } from "./helper_client.ts";
import type { Secrets } from "./identifier.ts";
import { type InformationDomain, InformationKeeper, type InformationOptions } from "./information/keeper.ts";
import { Keeper } from "./keeper.ts";
import { isToldOf, type Log } from "./log.ts";
import type { AuthoriseClient } from "./polkit/door.ts";
import type { RunDomain } from "./run_program.ts";
import { endUnsaid } from "./state/confirm.ts";
import { deadlineOf, expire, type Expired, linkGone, nextDeadline, without } from "./state/expire.ts";
import { hear, type Hearing } from "./state/hear.ts";
import type { Limits } from "./state/limits.ts";
import type { Domain, State } from "./state/types.ts";
import type { After } from "./timers.ts";
import { domainView, type InformationView } from "./view.ts";
import { goesBy } from "./wanted.ts";

export interface BrokerOptions {
  /** As it was left; expired already. */
  readonly state: State;
  readonly helper: Helper;
  readonly secrets: Secrets;
  readonly limits: Limits;
  readonly settleMs: number;
  readonly now: () => number;
  readonly after: After;
  /** Milliseconds since 1970, for events; Date.now where it is not given. */
  readonly wallNow?: () => number;
  readonly log: Log;
  readonly authorise: AuthoriseClient;
  /** The state changed; `soon`: a domain came or went. */
  readonly onChanged: (soon: boolean) => void;
  /** Domains have ended, and are removed next: a broker that is killed meanwhile must not come back with them. */
  readonly onEnded: () => void;
  /** What people see changed, also where the state did not: a domain is ready, or more is known of it. */
  readonly onViewChanged?: () => void;
  readonly process: () => StatusView["broker"];
  /** 0 to 1; Math.random by default. */
  readonly random?: () => number;
  /** How additional information is fetched; without it, none is. */
  readonly information?: Pick<InformationOptions, "fetch" | "fromRouters" | "wallNow" | "random"> | null;
}

export class Broker {
  readonly #options: BrokerOptions;
  readonly #refused = new Map<string, number>();
  readonly keeper: Keeper;
  /** What happens, for those who monitor. */
  readonly events: EventHub;
  /** What clients ask. */
  readonly answers: Answers;
  /** What waits to be said again, since its link came up. */
  readonly confirmations: Confirmations;
  readonly #information: InformationKeeper | null;
  #discovery: Discovery | null = null;
  #state: State;
  readonly #deadline: Deadline;
  readonly #duplicates: DuplicateAddresses;

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
      onChanged: () => {
        this.events.viewChanged();
        options.onViewChanged?.();
      },
    });
    this.events = new EventHub({
      now,
      wallNow: options.wallNow ?? Date.now,
      after,
      source: domainSource({
        state: () => this.#state,
        keeper: this.keeper,
        view: (domain, runtime) => this.#view({ domain, runtime }),
      }),
      macOf: (linkIndex, router) => this.#discovery?.linkOf(linkIndex)?.routerMacs.get(router) ?? null,
      onNoRoom: (hearing) => this.#refuse("routers of the link", hearing),
    });
    this.confirmations = new Confirmations({
      now,
      after,
      state: () => this.#state,
      routersOn: (linkIndex) => this.events.routersOn(linkIndex),
      macsOn: (linkIndex) => this.#discovery?.linkOf(linkIndex)?.routerMacs ?? new Map(),
      onUnsaid: (unsaid) => {
        this.events.endUnsaid(unsaid);
        this.#apply(endUnsaid(this.#state, unsaid, now()));
      },
      onConfirmed: (linkIndex) => this.#discovery?.confirmed(linkIndex),
    });
    this.#duplicates = new DuplicateAddresses({
      secrets,
      after,
      random: options.random ?? Math.random,
      log,
      state: () => this.#state,
      onChanged: (state, key) => {
        this.#apply({ state, touched: [key], ended: [] });
        options.onChanged(true);
      },
    });
    this.answers = new Answers({
      domains: () => this.#all(),
      view: (each) => this.#view(each),
      discovery: () => this.#discovery,
      problemOn: (link) => this.keeper.problemOn(link),
      refused: () => Object.fromEntries(this.#refused),
      process: options.process,
      authorise: options.authorise,
      helper,
      events: this.events,
    });
    this.#deadline = new Deadline({ now, after, onReached: () => this.tick() });
    this.#information = options.information == null ? null : new InformationKeeper({
      ...options.information,
      now,
      after,
      log,
      domains: () => this.#announced(),
      onChanged: (key) => {
        this.events.touched([key]);
        options.onViewChanged?.();
      },
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
    this.#deadline.set(nextDeadline(this.#state));
  }

  #endWhereRenamed(linkIndex: number, discovery: Discovery): void {
    const link = discovery.linkOf(linkIndex);
    const names = [...this.#state.domains.values()].filter((each) => each.linkIndex === linkIndex);
    if (link === null || names.some((each) => each.link !== link.name)) {
      this.linkGone(linkIndex, "a link of the last run is gone");
    }
  }

  /** `outer` is what it says to hosts that know no PvDs. */
  heard(
    hearing: Hearing,
    advertisements: readonly DomainAdvertisement[],
    outer: DomainAdvertisement | null = null,
  ): void {
    this.confirmations.heard(hearing, advertisements, outer);
    const heard = hear(this.#state, hearing, advertisements, this.#options.limits);
    this.#state = heard.state;
    for (const why of heard.refused) this.#refuse(why, hearing);
    if (outer !== null) this.events.heard(hearing, outer);
    this.events.touched([...heard.touched, ...heard.ended.map((domain) => domain.key)]);
    this.#ended(heard.ended);
    this.keeper.wake(heard.touched);
    if (heard.touched.length > 0 || heard.ended.length > 0) {
      this.#options.onChanged(heard.made.length > 0 || heard.ended.length > 0);
      this.#information?.wake();
      for (const key of heard.touched) this.#bringDeadline(key);
    }
  }

  linkGone(linkIndex: number, why: string): void {
    this.#options.log("info", why);
    this.#information?.detached(linkIndex);
    this.confirmations.linkGone(linkIndex);
    this.events.linkGone(linkIndex);
    this.#apply(linkGone(this.#state, linkIndex));
  }

  /** It has its carrier again, so it may be another network. */
  linkCameUp(linkIndex: number): void {
    this.#duplicates.linkCameUp(linkIndex);
    this.#information?.detached(linkIndex);
    this.confirmations.begin(linkIndex);
  }

  /** Ends a domain until a router announces it again. */
  removeDomain(key: string): void {
    const domain = this.#state.domains.get(key);
    if (domain === undefined) return;
    this.#apply({ state: without(this.#state, [key]), touched: [], ended: [domain] });
  }

  /** What the PvD's server says of it, or why that is not known. */
  informationOf(domain: Domain): InformationView {
    return this.#information?.informationOf(domain) ?? { object: null, problem: null };
  }

  /** The helper's word: another host has this address of the domain's interface. */
  duplicateAddress(handle: string, address: string): void {
    const key = this.keeper.keyOf(handle);
    if (key === undefined) return;
    const bytes = parseIpv6(address);
    // The kernel's own address, which the helper tries again with each apply.
    if (bytes !== null && isLinkLocal(bytes)) this.keeper.linkLocalLost(key);
    else this.#duplicates.found(key, address);
  }

  linkChanged(linkIndex: number): void {
    const domains = [...this.#state.domains.values()].filter((domain) => domain.linkIndex === linkIndex);
    this.keeper.recheck(domains.map((domain) => domain.key));
  }

  /** The router has another link-layer address, which those that go by it want; it is no work for others. */
  routerMacChanged(linkIndex: number, router: string): void {
    const domains = [...this.#state.domains.values()].filter((domain) => domain.linkIndex === linkIndex);
    this.keeper.wake(domains.filter((domain) => goesBy(domain, router)).map((domain) => domain.key));
  }

  /** The machine slept so long: lifetimes went on, but not in the kernel, and the routers may be others. */
  resumed(sleptMs: number): void {
    this.#options.log("info", `the machine slept for ${Math.round(sleptMs / 1000)} s`);
    this.tick();
    this.keeper.recheck([...this.#state.domains.keys()]);
    this.#information?.wake();
    for (const linkIndex of this.#discovery?.linkIndexes() ?? []) this.confirmations.begin(linkIndex);
    this.#discovery?.resumed();
  }

  /** Everything whose moment has come ends. */
  tick(): void {
    this.#apply(expire(this.#state, this.#options.now()));
  }

  #apply(expired: Expired): void {
    this.#state = expired.state;
    this.#ended(expired.ended);
    this.keeper.wake(expired.touched);
    this.events.touched([...expired.touched, ...expired.ended.map((domain) => domain.key)]);
    if (expired.touched.length > 0 || expired.ended.length > 0) {
      this.#options.onChanged(expired.ended.length > 0);
      this.#information?.wake();
    }
    this.#deadline.set(nextDeadline(this.#state));
  }

  #ended(domains: readonly Domain[]): void {
    if (domains.length > 0) this.#options.onEnded();
    this.keeper.ended(domains);
  }

  #bringDeadline(key: string): void {
    const domain = this.#state.domains.get(key);
    if (domain !== undefined) this.#deadline.bring(deadlineOf(domain));
  }

  #refuse(why: string, { link, router: source }: Hearing): void {
    this.events.refused({ link, source, reason: why, problem: `over the limit of ${why}` });
    const count = (this.#refused.get(why) ?? 0) + 1;
    this.#refused.set(why, count);
    if (isToldOf(count)) {
      this.#options.log("warning", `over the limit of ${why}, last on ${escapeText(link)}: ${count} refused`);
    }
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

  #view({ domain, runtime }: RunDomain): DomainView {
    const { now, secrets } = this.#options;
    const information = runtime.state === "ending" ? undefined : this.#information?.informationOf(domain);
    return domainView(domain, runtime, now(), secrets, information);
  }
}
