// The broker's pure state, led through a row of steps with its promises checked at each of them; at the end all routers
// say goodbye, all lifetimes pass, all links go, and nothing may be left. Throws Broken; touches nothing.

import { markDuplicate, nextIdentifier, tryAgain } from "../../broker/state/duplicate.ts";
import { expire, linkGone, nextDeadline, without } from "../../broker/state/expire.ts";
import { hear } from "../../broker/state/hear.ts";
import { DEFAULT_LIMITS, type Limits } from "../../broker/state/limits.ts";
import { type Domain, EMPTY_STATE, type State } from "../../broker/state/types.ts";
import type { DomainLink } from "../../broker/wanted.ts";
import { buildMessage } from "../../lib/ndp/build.ts";
import { domainAdvertisements } from "../../lib/ndp/domains.ts";
import { parseMessage } from "../../lib/ndp/parse.ts";
import type { NdOption, RaHeader, RouterAdvertisement } from "../../lib/ndp/types.ts";
import type { Coverage } from "./coverage.ts";
import { fromHex } from "./ndp_data.ts";
import { checkBytes } from "./ndp_fuzz.ts";
import { checkExpired, checkHeard, checkState, promise } from "./promises.ts";
import { checkDecoded, checkDomain, checkEvents, checkProblem, restarted } from "./shown.ts";
import type { Step } from "./steps.ts";

/** The functions under test; a test of the fuzzer puts a fault into one of them. */
export interface Machine {
  readonly hear: typeof hear;
  readonly expire: typeof expire;
  readonly linkGone: typeof linkGone;
  readonly restarted: typeof restarted;
}

export const MACHINE: Machine = { hear, expire, linkGone, restarted };

/** Few, so that they are met. */
const SMALL_LIMITS: Limits = { domains: 6, domainsPerLink: 4 };
/** The longest name that Linux allows is one of them, as USB adapters have it. */
const LINK_NAMES = ["eth1", "enx001122334455", "wlan0"];
const TRIES = 3;
/** Domains that changed are looked at as people and the helper see them. */
const SHOWN_ONE_IN = 3;
/** Longer than any finite lifetime and the two-hour rule together. */
const LONG_MS = 2 ** 32 * 1000 + 7_200_000;

/** Leads `machine` through the steps. */
export function walk(steps: readonly Step[], coverage: Coverage, machine: Machine = MACHINE): void {
  const limits = steps.length % 4 === 0 ? DEFAULT_LIMITS : SMALL_LIMITS;
  const walker = new Walker(machine, limits, coverage);
  for (const step of steps) walker.step(step);
  walker.end();
}

interface Spoken {
  readonly link: number;
  readonly source: string;
  readonly message: RouterAdvertisement;
}

class Walker {
  readonly #machine: Machine;
  readonly #limits: Limits;
  readonly #coverage: Coverage;
  readonly #indexes = LINK_NAMES.map((_, number) => number + 2);
  readonly #spoken: Spoken[] = [];
  /** Earlier states, and what they held then. */
  readonly #snapshots: [State, readonly Domain[]][] = [];
  #state: State = EMPTY_STATE;
  #now = 1_000_000;
  #nextIndex = 10;
  #shown = 0;

  constructor(machine: Machine, limits: Limits, coverage: Coverage) {
    this.#machine = machine;
    this.#limits = limits;
    this.#coverage = coverage;
  }

  step(step: Step): void {
    this.#coverage.count("steps", step.type);
    if (this.#snapshots.length < 8) this.#snapshots.push([this.#state, [...this.#state.domains.values()]]);
    switch (step.type) {
      case "hear":
        return this.#hear(step.link, `fe80::${(step.router + 1).toString(16)}`, fromHex(step.hex));
      case "wait":
        return this.#wait(this.#now + step.ms);
      case "sleep":
        this.#now += step.ms;
        return this.#expire();
      case "late":
        this.#now += step.ms;
        return;
      case "linkGone":
        return this.#linkGone(this.#index(step.link));
      case "linkReplaced":
        this.#indexes[step.link % this.#indexes.length] = this.#nextIndex++;
        return;
      case "remove": {
        const domain = this.#domain(step.domain);
        if (domain === undefined) return;
        const next = without(this.#state, [domain.key]);
        promise(!next.domains.has(domain.key), () => `${domain.key} was removed, and is there`);
        promise(next.domains.size === this.#state.domains.size - 1, () => "another domain was removed");
        return this.#become(next);
      }
      case "duplicate":
        return this.#duplicate(step);
      case "restart":
        return this.#restart();
    }
  }

  end(): void {
    for (const [state, domains] of this.#snapshots) {
      const same = domains.every((domain) => state.domains.get(domain.key) === domain);
      promise(same && state.domains.size === domains.length, () => "an earlier state was changed");
    }
    this.#expire();
    this.#coverage.most("domains at once at the end", this.#state.domains.size);
    const indexes = new Set([...this.#state.domains.values()].map((domain) => domain.linkIndex));
    const gone = [...indexes].reduce((rest, index) => this.#machine.linkGone(rest, index).state, this.#state);
    promise(gone.domains.size === 0, () => "every link went, and a domain is left");
    this.#silence();
    this.#goodbye();
  }

  /** All finite lifetimes pass. */
  #silence(): void {
    const later = this.#now + LONG_MS;
    const expired = this.#machine.expire(this.#state, later);
    checkExpired(this.#state, later, expired);
    for (const { key, routers, prefixes, routes } of expired.state.domains.values()) {
      const endless = [...routers, ...routes].some((each) => each.validUntil === Infinity) ||
        prefixes.some((each) => each.validUntil === Infinity || each.onLinkUntil === Infinity);
      promise(endless, () => `every lifetime passed, and ${key} is left`);
    }
  }

  /** Each router says once more what it said, with every lifetime 0. */
  #goodbye(): void {
    for (const { link, source, message } of [...this.#spoken]) {
      this.#hear(link, source, buildMessage(withoutLifetimes(message), null));
    }
    const [left] = this.#state.domains.keys();
    promise(left === undefined, () => `every router said goodbye, and ${left} is left`);
  }

  #hear(link: number, source: string, bytes: Uint8Array): void {
    const parsed = parseMessage(bytes, { source, hopLimit: 255 });
    checkBytes(bytes);
    this.#coverage.count("packets", parsed.ok ? "valid" : "invalid");
    if (!parsed.ok) return checkProblem(parsed.problem);
    const { message } = parsed;
    if (message.type !== "routerAdvertisement") return;
    const advertisements = domainAdvertisements(message);
    checkDecoded(source, message, advertisements);
    this.#coverage.options(message.options);
    const hearing = { ...this.#link(link), router: source, now: this.#now };
    const before = this.#state;
    const heard = this.#machine.hear(before, hearing, advertisements, this.#limits);
    checkHeard(before, hearing, advertisements, heard);
    for (const why of heard.refused) this.#coverage.count("refused", why);
    this.#coverage.count("domains", "made", heard.made.length);
    this.#coverage.count("domains", "ended by an advertisement", heard.ended.length);
    this.#spoken.push({ link, source, message });
    this.#become(heard.state);
    for (const key of heard.touched) this.#show(heard.state.domains.get(key), before.domains.get(key));
    for (const domain of heard.ended) this.#show(domain);
  }

  #wait(until: number): void {
    for (;;) {
      const next = nextDeadline(this.#state);
      if (next > until) break;
      // Not a moment earlier: what is not due stays as it is.
      const before = next - 1;
      const early = before >= this.#now && this.#machine.expire(this.#state, before).state !== this.#state;
      promise(!early, () => "something ended before its moment");
      this.#now = Math.max(this.#now, next);
      const old = this.#state;
      this.#expire();
      promise(this.#state !== old, () => "a moment came, and nothing ended");
    }
    this.#now = Math.max(this.#now, until);
    this.#expire();
  }

  #expire(): void {
    const expired = this.#machine.expire(this.#state, this.#now);
    checkExpired(this.#state, this.#now, expired);
    this.#coverage.count("domains", "ended by time", expired.ended.length);
    this.#state = expired.state;
    checkState(this.#state, this.#limits, this.#now);
    for (const key of expired.touched) this.#show(this.#state.domains.get(key));
    const deadline = nextDeadline(this.#state);
    promise(deadline > this.#now, () => "what ended is still waited for");
  }

  #linkGone(index: number): void {
    const expected = [...this.#state.domains.values()].filter((domain) => domain.linkIndex !== index);
    const { state, ended } = this.#machine.linkGone(this.#state, index);
    promise(state.domains.size + ended.length === this.#state.domains.size, () => "a domain is lost");
    promise(
      expected.every((domain) => state.domains.get(domain.key) === domain) &&
        state.domains.size === expected.length,
      () => "a link went, and not its domains alone",
    );
    this.#become(state);
  }

  #duplicate({ word, domain: number, prefix }: Extract<Step, { type: "duplicate" }>): void {
    const domain = this.#domain(number);
    const held = domain?.prefixes[prefix % Math.max(1, domain.prefixes.length)];
    if (domain === undefined || held === undefined) return;
    switch (word) {
      case "found":
        this.#become(markDuplicate(this.#state, domain.key, held.prefix));
        break;
      case "next":
        this.#become(nextIdentifier(this.#state, domain.key, held.prefix, TRIES));
        break;
      case "again":
        this.#become(tryAgain(this.#state, domain.key, TRIES));
        break;
    }
    this.#show(this.#state.domains.get(domain.key));
  }

  #restart(): void {
    const before = this.#machine.expire(this.#state, this.#now).state;
    const after = this.#machine.restarted(this.#state, this.#now);
    for (const [key, domain] of before.domains) {
      // Addresses that others have are tried again (store.ts); all else is as it was.
      const plain = ({ prefixes, ...rest }: Domain) =>
        JSON.stringify([rest, prefixes.map((each) => ({ ...each, duplicate: false }))], endless);
      const read = after.domains.get(key);
      promise(read !== undefined, () => `${key} was lost by a restart`);
      promise(read === undefined || plain(read) === plain(domain), () => `${key} is another after a restart`);
    }
    promise(after.domains.size === before.domains.size, () => "a restart made a domain");
    this.#become(after);
  }

  #become(state: State): void {
    this.#state = state;
    checkState(state, this.#limits, null);
    this.#coverage.most("domains at once", state.domains.size);
  }

  #show(domain: Domain | undefined, before?: Domain): void {
    // Most of a row's time would go there.
    if (domain === undefined || this.#shown++ % SHOWN_ONE_IN !== 0) return;
    const routerMacs = new Map(domain.routers.map(({ router }) => [router, "02:00:00:00:00:01"]));
    const { link: name, linkIndex: index } = domain;
    const interfaceKind = name === "wlan0" ? "ipvlan" : "macvlan";
    const link: DomainLink = { name, index, mtu: 1500, interfaceKind, routerMacs };
    checkDomain(domain, link, this.#now);
    checkEvents(before, domain, this.#now);
    checkEvents(domain, domain, this.#now);
  }

  #index(link: number): number {
    return this.#indexes[link % this.#indexes.length] ?? 0;
  }

  #link(link: number): { readonly link: string; readonly linkIndex: number } {
    return { link: LINK_NAMES[link % LINK_NAMES.length] ?? "", linkIndex: this.#index(link) };
  }

  #domain(number: number): Domain | undefined {
    const domains = [...this.#state.domains.values()];
    return domains[number % Math.max(1, domains.length)];
  }
}

function endless(_: string, value: unknown): unknown {
  return value === Infinity ? "endless" : value;
}

function withoutLifetimes(message: RouterAdvertisement): RouterAdvertisement {
  const silent = (header: RaHeader) => ({ ...header, routerLifetimeS: 0 });
  const zero = (option: NdOption): NdOption => {
    switch (option.type) {
      case "prefix":
        return { ...option, validS: 0, preferredS: 0 };
      case "route":
      case "rdnss":
      case "dnssl":
      case "pref64":
      case "encryptedDns":
        return { ...option, lifetimeS: 0 };
      case "pvd":
        return {
          ...option,
          header: option.header === null ? null : silent(option.header),
          options: option.options.map(zero),
        };
      case "mifContainer":
        return { ...option, options: option.options.map(zero) };
      case "sourceLinkLayerAddress":
      case "mtu":
      case "captivePortal":
      case "mifId":
      case "unknown":
        return option;
    }
  };
  return { ...message, header: silent(message.header), options: message.options.map(zero) };
}
