// Keeps what the helper has equal to what the routers say: one apply a domain at a time, at most one more pending,
// nothing where nothing differs. Domains that ended go, or stay while a program lives in them. Speaks to the helper
// alone, and takes time and state from outside.

import { escapeText } from "../lib/escape.ts";
import type { WantedDomain } from "../lib/protocol.ts";
import { applyDueInS } from "./drift.ts";
import { runtimeWithAddresses } from "./duplicate_addresses.ts";
import type { Helper } from "./helper_client.ts";
import { listDomains } from "./helper_domains.ts";
import type { KeeperOptions } from "./keeper_options.ts";
import { type Kept, nameOf } from "./kept.ts";
import { distrust, KeptDomains, startAnew } from "./kept_domains.ts";
import { LifetimeLooks } from "./lifetime_looks.ts";
import type { Domain } from "./state/types.ts";
import { backOffMs } from "./timers.ts";
import type { DomainRuntime } from "./view.ts";
import { wantedDomain } from "./wanted.ts";

/** More would only make what a person waits for (a program's start) stand behind them in the helper's queue. */
const MAX_IN_FLIGHT = 8;
const FIRST_RETRY_MS = 1_000;
const MOST_RETRY_MS = 60_000;
/** How often a domain that is still used is tried again, should the helper's `idle` not come. */
const IN_USE_RETRY_MS = 30_000;

export class Keeper {
  readonly #options: KeeperOptions;
  readonly #kept = new KeptDomains();
  readonly #looks: LifetimeLooks;
  readonly #dirty = new Set<string>();
  #flushQueued = false;
  #inFlight = 0;
  /** Nothing is asked of the helper before it has said what it has. */
  #reconciled = false;
  /** Counts connections: an answer over an earlier one starts nothing. */
  #connection = 0;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#looks = new LifetimeLooks({ after: options.after, onDue: (key) => this.wake([key]) });
  }

  /** The domains changed, or were only renewed: what differs is applied in this turn of the loop. */
  wake(keys: Iterable<string>): void {
    for (const key of keys) this.#dirty.add(key);
    this.#queueFlush();
  }

  /** The link was down or has changed, or the machine slept: the kernel may have dropped what was applied, or keeps it
   * for too long, so it is applied again. What failed before is tried again at once. */
  recheck(keys: readonly string[]): void {
    for (const key of keys) {
      const kept = this.#kept.get(key);
      if (kept !== undefined) startAnew(kept);
    }
    this.wake(keys);
  }

  /** Another host has the interface's own address, which the helper tries again with each apply. Where that failed
   * before, a retry is waiting, and its back-off is kept. */
  linkLocalLost(key: string): void {
    const kept = this.#kept.get(key);
    if (kept === undefined) return;
    if (kept.state === "ready") return this.recheck([key]);
    if (!kept.busy) return;
    distrust(kept);
    this.wake([key]);
  }

  /** Of the domain that the helper has under this handle. */
  keyOf(handle: string): string | undefined {
    return this.#kept.withHandle(handle)?.key;
  }

  /** Why a domain of this link could not be configured; null where each could. */
  problemOn(link: string): string | null {
    return this.#kept.problemOn(link);
  }

  /** These ended; what is left of them is what a program that still uses one gets. */
  ended(domains: readonly Domain[]): void {
    for (const domain of domains) {
      const kept = this.#kept.get(domain.key);
      if (kept === undefined) continue;
      kept.domain = domain;
      this.#looks.cancel(kept.key);
      // Its interface went with the link: should it come back before it is removed, it begins with nothing.
      if (this.#options.linkOf(domain.linkIndex) === null) distrust(kept);
    }
    this.wake(domains.map((domain) => domain.key));
  }

  /** The helper's word that no program of its own is left in the domain. */
  idle(handle: string): void {
    const kept = this.#kept.withHandle(handle);
    if (kept !== undefined && !this.#options.state().domains.has(kept.key)) this.#retryNow(kept);
  }

  runtime(key: string): DomainRuntime {
    const { state, now, secrets } = this.#options;
    return runtimeWithAddresses(this.#kept.runtime(key), state().domains.get(key), now(), secrets);
  }

  /** Domains that ended and are kept for a program that still uses them. */
  endingDomains(): Domain[] {
    const { domains } = this.#options.state();
    return this.#kept.ending((key) => domains.has(key));
  }

  /** After each connection: the helper says what it has, and everything is compared anew. */
  async reconcile(): Promise<void> {
    const connection = ++this.#connection;
    this.#reconciled = false;
    const list = await listDomains(this.#options.helper, () => connection === this.#connection);
    if (list === null) return;
    if (!list.ok) {
      if (!list.lost) this.#options.after(FIRST_RETRY_MS, () => void this.reconcile());
      return this.#options.log(
        "warning",
        `the helper does not list its domains: ${escapeText(list.message)}`,
      );
    }
    for (const handle of this.#kept.adopt(list.domains, this.#options.settledAt)) {
      void this.#options.helper.request({ type: "removeDomain", handle, force: false });
    }
    this.#options.onChanged?.();
    this.#reconciled = true;
    this.wake([...this.#kept.keys(), ...this.#options.state().domains.keys()]);
  }

  #queueFlush(): void {
    if (this.#flushQueued) return;
    this.#flushQueued = true;
    queueMicrotask(() => {
      this.#flushQueued = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (!this.#reconciled || this.#options.helper.problem !== null) return;
    for (const key of this.#dirty) {
      if (this.#inFlight >= MAX_IN_FLIGHT) return;
      const kept = this.#kept.get(key);
      // It stays dirty, and is looked at again when its answer is there.
      if (kept?.busy === true) continue;
      this.#dirty.delete(key);
      const domain = this.#options.state().domains.get(key);
      if (domain !== undefined) this.#applyIfNeeded(this.#kept.of(key), domain);
      else if (kept !== undefined) this.#removeIfDue(kept);
    }
  }

  #applyIfNeeded(kept: Kept, domain: Domain): void {
    kept.domain = domain;
    kept.heldUntil = 0;
    const wanted = this.#wanted(domain);
    // Without its link a domain is about to end.
    if (wanted === null) return;
    const dueInS = this.#dueInS(kept, wanted);
    this.#looks.set(kept.key, dueInS === 0 ? Infinity : dueInS);
    if (dueInS > 0) {
      if (kept.state === "ending") {
        kept.state = "ready";
        this.#options.onChanged?.();
      }
      return;
    }
    // Waits for its retry: advertisements in the meantime must not make it hurry.
    if (kept.cancelRetry !== null && kept.state === "failed") return;
    void this.#apply(kept, wanted);
  }

  #wanted(domain: Domain): WantedDomain | null {
    const link = this.#options.linkOf(domain.linkIndex);
    if (link === null || link.name !== domain.link) return null;
    return wantedDomain(domain, link, this.#options.now(), this.#options.secrets);
  }

  #dueInS({ applied }: Kept, wanted: WantedDomain): number {
    if (applied === null) return 0;
    return applyDueInS(applied.wanted, wanted, (this.#options.now() - applied.at) / 1000);
  }

  async #apply(kept: Kept, wanted: WantedDomain): Promise<void> {
    const at = this.#options.now();
    const { epoch } = kept;
    const answer = await this.#request(kept, { type: "applyDomain", handle: kept.handle, wanted });
    if (answer === null) return;
    if (answer.ok && answer.reply.type === "domain") {
      const isNew = kept.state !== "ready";
      kept.handle = answer.reply.handle;
      kept.applied = epoch === kept.epoch ? { wanted, at } : null;
      kept.failures = 0;
      kept.problem = null;
      // One that ended meanwhile is ready until its removal is answered.
      kept.state = "ready";
      if (isNew) this.#options.log("info", `${nameOf(kept)} is ready as ${kept.handle}`);
    } else if (!answer.ok && answer.code === "noSuchDomain" && kept.handle !== null) {
      kept.handle = null;
      kept.applied = null;
      kept.state = "configuring";
      this.#dirty.add(kept.key);
    } else if (!answer.ok) {
      const isNews = kept.state !== "failed" || kept.problem !== answer.message;
      kept.applied = null;
      kept.state = "failed";
      kept.problem = answer.message;
      if (isNews) {
        this.#options.log("warning", `${nameOf(kept)} cannot be configured: ${escapeText(answer.message)}`);
      }
      this.#retryLater(kept, backOffMs(kept.failures++, FIRST_RETRY_MS, MOST_RETRY_MS));
    }
    this.#options.onChanged?.();
    this.#flush();
  }

  #removeIfDue(kept: Kept): void {
    if (kept.handle === null) return this.#forget(kept);
    const waitMs = kept.heldUntil - this.#options.now();
    if (waitMs > 0) return this.#retryLater(kept, waitMs);
    if (kept.cancelRetry !== null && kept.state === "ending") return;
    void this.#remove(kept, kept.handle);
  }

  async #remove(kept: Kept, handle: string): Promise<void> {
    const answer = await this.#request(kept, { type: "removeDomain", handle, force: false });
    if (answer === null) return;
    if (answer.ok || answer.code === "noSuchDomain") {
      this.#options.log("info", `${nameOf(kept)} has ended; ${handle} is removed`);
      this.#forget(kept);
    } else if (this.#options.state().domains.has(kept.key)) {
      // Announced again meanwhile. Of what failed to go, nobody knows how much is left.
      if (answer.code !== "inUse") distrust(kept);
      this.#dirty.add(kept.key);
    } else if (answer.code === "inUse") {
      if (kept.state !== "ending") {
        this.#options.log("info", `${nameOf(kept)} has ended; ${handle} stays while a program uses it`);
        kept.state = "ending";
        await this.#applyRemnant(kept, handle);
      }
      kept.failures = 0;
      this.#retryLater(kept, IN_USE_RETRY_MS);
    } else {
      this.#options.log("warning", `${handle} cannot be removed: ${escapeText(answer.message)}`);
      this.#retryLater(kept, backOffMs(kept.failures++, FIRST_RETRY_MS, MOST_RETRY_MS));
    }
    this.#options.onChanged?.();
    this.#flush();
  }

  /** A withdrawn router is withdrawn for the programs that are left, too. */
  async #applyRemnant(kept: Kept, handle: string): Promise<void> {
    const wanted = kept.domain === null ? null : this.#wanted(kept.domain);
    // Nobody looks at it again: what differs at all is made right now.
    if (wanted === null || kept.applied === null || this.#dueInS(kept, wanted) === Infinity) return;
    const at = this.#options.now();
    const { epoch } = kept;
    const answer = await this.#request(kept, { type: "applyDomain", handle, wanted });
    if (answer?.ok === true && epoch === kept.epoch) kept.applied = { wanted, at };
  }

  /** The answer; null where the connection was lost: the next one compares everything anew. */
  async #request(kept: Kept, body: Parameters<Helper["request"]>[0]) {
    const connection = this.#connection;
    kept.busy = true;
    this.#inFlight++;
    const answer = await this.#options.helper.request(body);
    this.#inFlight--;
    kept.busy = false;
    if (connection === this.#connection && (answer.ok || !answer.lost)) return answer;
    this.#dirty.add(kept.key);
    return null;
  }

  #forget(kept: Kept): void {
    this.#options.onChanged?.();
    kept.cancelRetry?.();
    this.#looks.cancel(kept.key);
    this.#kept.forget(kept.key);
    // Heard again while it was being removed.
    if (this.#options.state().domains.has(kept.key)) this.wake([kept.key]);
  }

  #retryLater(kept: Kept, delayMs: number): void {
    kept.cancelRetry?.();
    kept.cancelRetry = this.#options.after(delayMs, () => this.#retryNow(kept));
  }

  #retryNow(kept: Kept): void {
    kept.cancelRetry?.();
    kept.cancelRetry = null;
    this.wake([kept.key]);
  }
}
