// What the keeper notes of all domains: those that the state has, those that the helper has, and which are the same.
// Pure but for the notes themselves, and for retries that it cancels; keeper.ts decides.

import type { HelperDomain } from "../lib/protocol.ts";
import { type Kept, newKept, remnant } from "./kept.ts";
import type { Domain } from "./state/types.ts";
import type { DomainRuntime } from "./view.ts";

export class KeptDomains {
  readonly #kept = new Map<string, Kept>();

  get(key: string): Kept | undefined {
    return this.#kept.get(key);
  }

  /** Made where it is not there. */
  of(key: string): Kept {
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    const kept = newKept(key);
    this.#kept.set(key, kept);
    return kept;
  }

  keys(): IterableIterator<string> {
    return this.#kept.keys();
  }

  /** The helper gives each to one domain. */
  withHandle(handle: string): Kept | undefined {
    for (const kept of this.#kept.values()) if (kept.handle === handle) return kept;
    return undefined;
  }

  forget(key: string): void {
    this.#kept.delete(key);
  }

  runtime(key: string): DomainRuntime {
    const kept = this.#kept.get(key);
    return {
      state: kept?.state ?? "configuring",
      problem: kept?.problem ?? null,
      handle: kept?.handle ?? null,
    };
  }

  /** Why a domain of this link could not be configured; null where each could. */
  problemOn(link: string): string | null {
    for (const { domain, state, problem } of this.#kept.values()) {
      if (state === "failed" && domain?.link === link) return problem;
    }
    return null;
  }

  /** Domains that ended and are kept for a program that still uses them; `isThere`: of a key that is announced again. */
  ending(isThere: (key: string) => boolean): Domain[] {
    const ending: Domain[] = [];
    for (const kept of this.#kept.values()) {
      if (kept.state === "ending" && kept.domain !== null && !isThere(kept.key)) ending.push(kept.domain);
    }
    return ending;
  }

  /** Takes what the helper has for what there is. Those that nobody has announced are held until `heldUntil`. The handles
   * that are one too many: two namespaces of one domain, which only a fault makes; the first is kept. */
  adopt(found: readonly HelperDomain[], heldUntil: number): string[] {
    const handles = new Map<string, string>();
    const surplus: string[] = [];
    for (const { key, handle } of found) {
      if (handles.has(key)) surplus.push(handle);
      else handles.set(key, handle);
    }
    for (const kept of this.#kept.values()) {
      kept.handle = handles.get(kept.key) ?? null;
      // What the helper has may be broken or older than this broker thinks: apply finds nothing to do, or does it.
      startAnew(kept);
    }
    for (const each of found) {
      if (this.#kept.has(each.key)) continue;
      const kept = this.of(each.key);
      kept.handle = handles.get(each.key) ?? null;
      kept.domain = remnant(each);
      kept.heldUntil = heldUntil;
    }
    return surplus;
  }
}

/** Nobody knows whether what was applied is still there; nor what an apply brings that is under way. */
export function distrust(kept: Kept): void {
  kept.applied = null;
  kept.epoch++;
}

/** It is to be applied again, whatever was, and without waiting for a retry. */
export function startAnew(kept: Kept): void {
  distrust(kept);
  kept.failures = 0;
  kept.cancelRetry?.();
  kept.cancelRetry = null;
}
