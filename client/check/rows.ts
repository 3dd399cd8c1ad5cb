// The rows of `pvd check`, and what they are made from. Pure. Text in them from a network is as it came; who shows it
// escapes it.

import type { DomainView } from "../../lib/protocol.ts";
import type { Family, Found } from "./found.ts";

export type Verdict = "ok" | "warning" | "problem" | "notTried";

export interface Row {
  /** What was looked at. Stays as it is: programs go by it. */
  readonly check:
    | "state"
    | "start"
    | "namespace"
    | "interfaces"
    | "address"
    | "defaultRoute"
    | "router"
    | "resolverFile"
    | "resolver"
    | "lookup"
    | "nameSources"
    | "hostService";
  /** Of a check that there is for each; else null. */
  readonly family: "ipv6" | "ipv4" | null;
  /** Which router, resolver, name or service; else null. */
  readonly subject: string | null;
  readonly verdict: Verdict;
  readonly found: string;
  /** What to do; null where there is nothing. */
  readonly advice: string | null;
}

export interface Evidence {
  readonly domain: DomainView;
  /** Of the person's own shell. */
  readonly hostNamespace: string;
  /** The name that was looked up; null: none. `asked`: by the person. */
  readonly name: { readonly text: string; readonly asked: boolean } | null;
  /** What was found inside, or why nothing could be started there. */
  readonly inside: Found | { readonly problem: string };
}

export const FAMILIES: readonly Family[] = ["inet6", "inet"];
export const FAMILY_NAMES = { inet6: "ipv6", inet: "ipv4" } as const;
const FAMILY_WORDS = { inet6: "IPv6", inet: "IPv4" } as const;
/** The worst of them; what was not tried does not count. */
export function worst(rows: readonly Row[]): Exclude<Verdict, "notTried"> {
  if (rows.some(({ verdict }) => verdict === "problem")) return "problem";
  return rows.some(({ verdict }) => verdict === "warning") ? "warning" : "ok";
}

export function row(
  check: Row["check"],
  verdict: Verdict,
  found: string,
  advice: string | null = null,
  of: { readonly family?: Family; readonly subject?: string } = {},
): Row {
  const family = of.family === undefined ? null : FAMILY_NAMES[of.family];
  return { check, family, subject: of.subject ?? null, verdict, found, advice };
}

/** "a, b and 3 more" */
export function listed(all: readonly string[]): string {
  const shown = all.slice(0, 2);
  const more = all.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}

export function wordOf(family: Family): string {
  return FAMILY_WORDS[family];
}
