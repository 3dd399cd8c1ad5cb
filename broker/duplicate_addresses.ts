// What is done about an address that another host on the link has: the next identifier after a random time (RFC 7217
// 6), as long as there are any, and a sentence for people where there are none. Never another method: with EUI-64
// there is one address alone (RFC 4862 5.4.5). Takes time, chance and state from outside; touches nothing else.

import { escapeName, escapeText } from "../lib/escape.ts";
import { domainAddress, type Secrets, triesOf } from "./identifier.ts";
import type { Log } from "./log.ts";
import {
  hasAddress,
  hasGivenUp,
  IDGEN_DELAY_MS,
  markDuplicate,
  nextIdentifier,
  tryAgain,
  withoutAddress,
} from "./state/duplicate.ts";
import type { Domain, PrefixState, State } from "./state/types.ts";
import type { After } from "./timers.ts";
import type { DomainRuntime } from "./view.ts";

export interface DuplicateAddressesOptions {
  readonly secrets: Secrets;
  readonly after: After;
  /** 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
  readonly state: () => State;
  /** The domain with this key is another now. */
  readonly onChanged: (state: State, key: string) => void;
}

export class DuplicateAddresses {
  readonly #options: DuplicateAddressesOptions;

  constructor(options: DuplicateAddressesOptions) {
    this.#options = options;
  }

  /** The kernel's word that another host has `address`; one that the domain no longer wants is no news. */
  found(key: string, address: string): void {
    const { secrets, state, after, random, log } = this.#options;
    const domain = state().domains.get(key);
    const prefix = domain?.prefixes.find((each) =>
      !each.duplicate && domainAddress(secrets, key, each.prefix, each.dadCounter) === address
    );
    if (domain === undefined || prefix === undefined) return;
    this.#change(key, markDuplicate(state(), key, prefix.prefix));
    const tries = triesOf(secrets);
    const name = `${escapeName(domain.id)} on ${escapeText(domain.link)}`;
    if (prefix.dadCounter + 1 < tries) {
      log("warning", `${name}: another host has ${address}; the next identifier is tried`);
      after(
        random() * IDGEN_DELAY_MS,
        () => this.#change(key, nextIdentifier(state(), key, prefix.prefix, tries)),
      );
    } else {
      log("warning", `${name}: ${whyNone(domain, prefix, secrets)}`);
    }
  }

  /** The link has its carrier again, so the other host may be gone: where no identifier was left, all are tried. */
  linkCameUp(linkIndex: number): void {
    const { state, secrets } = this.#options;
    for (const [key, domain] of state().domains) {
      if (domain.linkIndex === linkIndex) this.#change(key, tryAgain(state(), key, triesOf(secrets)));
    }
  }

  #change(key: string, next: State): void {
    if (next !== this.#options.state()) this.#options.onChanged(next, key);
  }
}

/** How a domain is, where some prefix has no address: it fails only where it has none at all. */
export function runtimeWithAddresses(
  runtime: DomainRuntime,
  domain: Domain | undefined,
  now: number,
  secrets: Secrets,
): DomainRuntime {
  if (runtime.state !== "ready" || domain === undefined) return runtime;
  const without = withoutAddress(domain, now);
  if (without.length === 0) return runtime;
  const tries = triesOf(secrets);
  const final = without.filter((prefix) => hasGivenUp(prefix, tries));
  const problem = final.length === 0
    ? null
    : final.map((prefix) => whyNone(domain, prefix, secrets)).join("; ");
  if (domain.prefixes.some((prefix) => hasAddress(prefix, now))) return { ...runtime, problem };
  return { ...runtime, problem, state: final.length === without.length ? "failed" : "configuring" };
}

function whyNone(domain: Domain, { prefix, dadCounter }: PrefixState, secrets: Secrets): string {
  if (secrets.identifiers === "eui64") {
    return `no address in ${prefix}: another host on ${domain.link} has ` +
      `${
        domainAddress(secrets, domain.key, prefix, dadCounter)
      }, and EUI-64 gives no other; find that host, or ` +
      'set interface_identifier = "stable"';
  }
  return `no address in ${prefix}: other hosts on ${domain.link} have all ${
    triesOf(secrets)
  } that were tried; ` +
    "find who answers for them (ip neigh), then restart the broker";
}
