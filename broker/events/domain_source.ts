// Where the events look for domains: the broker's state, and its keeper's word of how far the helper is with each.
// Reads what it is given.

import type { DomainView } from "../../lib/protocol.ts";
import type { Keeper } from "../keeper.ts";
import type { Domain, State } from "../state/types.ts";
import type { DomainRuntime } from "../view.ts";

export interface DomainSource {
  /** Those that routers stand for. */
  readonly domains: () => Iterable<Domain>;
  /** Of all that are shown. */
  readonly keys: () => Iterable<string>;
  /** "leaving": no router stands for it any more, and it is not yet known whether a program still uses it. */
  readonly viewOf: (key: string) => DomainView | "leaving" | null;
  /** Whether what the state does not know of a domain is another than it was in this view. */
  readonly isAnother: (key: string, view: DomainView) => boolean;
}

export interface DomainSourceOptions {
  readonly state: () => State;
  readonly keeper: Pick<Keeper, "runtime" | "endingDomains">;
  readonly view: (domain: Domain, runtime: DomainRuntime) => DomainView;
}

export function domainSource({ state, keeper, view }: DomainSourceOptions): DomainSource {
  const ending = (key: string) => keeper.endingDomains().find((domain) => domain.key === key);
  return {
    domains: () => state().domains.values(),
    keys: () => [...state().domains.keys(), ...keeper.endingDomains().map(({ key }) => key)],
    viewOf: (key) => {
      const domain = state().domains.get(key) ?? ending(key);
      const runtime = keeper.runtime(key);
      if (domain !== undefined) return view(domain, runtime);
      return runtime.handle === null ? null : "leaving";
    },
    isAnother: (key, told) => {
      const runtime = keeper.runtime(key);
      return runtime.state !== told.state || runtime.problem !== told.problem ||
        (runtime.handle ?? "") !== told.namespace;
    },
  };
}
