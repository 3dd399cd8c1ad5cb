// What people and programs see of domains, routers and the broker: `--json` prints these as they are, inside
// {"version":1,…}. A part of the protocol (protocol.ts), which exports it all. Types and names only; it touches
// nothing.

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: JsonValue;
}

export type DomainState = "configuring" | "ready" | "ending" | "failed";

/** Lifetimes are seconds left at the time of the answer; null never ends. */
export interface DomainView {
  readonly id: string;
  readonly kind: "explicit" | "implicit";
  readonly encoding: "rfc8801" | "mif" | "ra";
  readonly state: DomainState;
  /** Why it is `failed`, or what of a `ready` one does not work; null otherwise. */
  readonly problem: string | null;
  readonly link: string;
  /** "" until the helper made it. */
  readonly namespace: string;
  readonly interface: string;
  readonly flags: { readonly http: boolean; readonly legacy: boolean; readonly header: boolean };
  readonly delay: number;
  readonly sequence: number;
  readonly mtu: number | null;
  readonly routers: readonly {
    readonly address: string;
    readonly preference: "low" | "medium" | "high";
    readonly lifetimeS: number | null;
  }[];
  readonly addresses: readonly {
    readonly address: string;
    readonly prefixLength: number;
    readonly validS: number | null;
    readonly preferredS: number | null;
  }[];
  readonly prefixes: readonly {
    readonly prefix: string;
    readonly onLink: boolean;
    readonly autonomous: boolean;
    readonly validS: number | null;
    readonly preferredS: number | null;
  }[];
  readonly routes: readonly {
    readonly prefix: string;
    readonly router: string;
    readonly preference: "low" | "medium" | "high";
    readonly lifetimeS: number | null;
  }[];
  readonly rdnss: readonly { readonly address: string; readonly lifetimeS: number | null }[];
  readonly dnssl: readonly { readonly domain: string; readonly lifetimeS: number | null }[];
  readonly pref64: readonly { readonly prefix: string; readonly lifetimeS: number | null }[];
  readonly captivePortal: string | null;
  readonly encryptedDns: readonly {
    readonly priority: number;
    readonly authenticationName: string;
    readonly addresses: readonly string[];
    readonly parameters: string;
    readonly lifetimeS: number | null;
  }[];
  /** What the PvD's server says of it (RFC 8801 4.3), checked, its members as given; null: nothing valid is known. */
  readonly information: JsonObject | null;
  /** Why not, where it was to be fetched. */
  readonly informationProblem: string | null;
}

export interface StatusView {
  readonly broker: {
    readonly pid: number;
    readonly uid: number;
    readonly uptimeS: number;
    readonly residentBytes: number;
  };
  readonly helper: { readonly connected: boolean; readonly problem: string | null };
  readonly domains: number;
  readonly links: readonly {
    readonly name: string;
    readonly index: number;
    readonly up: boolean;
    /** False: switched off, or the kernel has none there; then `problem` says which, and what to do. */
    readonly ipv6: boolean;
    /** Whether Router Advertisements are heard on it. */
    readonly listening: boolean;
    /** Why it is not listened to, or why a PvD on it cannot be made; null where all is well. */
    readonly problem: string | null;
  }[];
  readonly advertisements: {
    readonly received: number;
    /** Equal to the one before from the same router: lifetimes renewed, nothing parsed again. */
    readonly coalesced: number;
    readonly invalid: number;
    /** Why, counted by reason. */
    readonly invalidReasons: Readonly<Record<string, number>>;
    /** Valid, but over a limit; the reasons are counted by name. */
    readonly refused: Readonly<Record<string, number>>;
    /** The last invalid one's problem, escaped. */
    readonly lastProblem: string | null;
    /** Valid and not heard before, but taken without some of their options; invalid ones are not among them. */
    readonly passedOver: number;
    /** Why the first such option of the last of them was passed over, escaped. */
    readonly lastPassedOver: string | null;
  };
}

/** What a router says to hosts that know no PvDs: of its header, and of the options outside PvD options. */
export interface RouterView extends
  Pick<
    DomainView,
    "mtu" | "prefixes" | "routes" | "rdnss" | "dnssl" | "pref64" | "captivePortal" | "encryptedDns"
  > {
  readonly link: string;
  /** Link-local. */
  readonly address: string;
  /** Its link-layer address; null: it has not told it. */
  readonly mac: string | null;
  /** As a default router; 0: it is none. */
  readonly lifetimeS: number | null;
  readonly preference: "low" | "medium" | "high";
  /** RFC 4861 4.2: 0 says nothing. */
  readonly hopLimit: number;
  readonly managed: boolean;
  readonly otherConfig: boolean;
}

/** Members of DomainView that can be another in `domainChanged`; of the lists one entry an event. */
export const DOMAIN_DATA = [
  "encoding",
  "state",
  "problem",
  "namespace",
  "flags",
  "delay",
  "sequence",
  "mtu",
  "routers",
  "addresses",
  "prefixes",
  "routes",
  "rdnss",
  "dnssl",
  "pref64",
  "captivePortal",
  "encryptedDns",
  "information",
  "informationProblem",
] as const satisfies readonly (keyof DomainView)[];
export type DomainDatum = typeof DOMAIN_DATA[number];

/** Members of RouterView that can be another in `routerChanged`. */
export const ROUTER_DATA = [
  "mac",
  "lifetimeS",
  "preference",
  "hopLimit",
  "managed",
  "otherConfig",
  "mtu",
  "prefixes",
  "routes",
  "rdnss",
  "dnssl",
  "pref64",
  "captivePortal",
  "encryptedDns",
] as const satisfies readonly (keyof RouterView)[];
export type RouterDatum = typeof ROUTER_DATA[number];

/** A datum before and after; null: it was not there, or is not any more. Lifetimes are those left at the event. */
export interface DatumChange<Datum extends string> {
  readonly datum: Datum;
  readonly old: JsonValue;
  readonly new: JsonValue;
}

interface DomainEventHead {
  /** Milliseconds since 1970 UTC. */
  readonly timeMs: number;
  readonly link: string;
  /** The broker's own name for the domain: ids of implicit ones can be equal. */
  readonly key: string;
  readonly id: string;
}
interface RouterEventHead {
  readonly timeMs: number;
  readonly link: string;
  readonly address: string;
}

/** What `monitor` gives. First all that there is as `...Now`, then `now`; from there on what changes. */
export type MonitorEvent =
  | (DomainEventHead & { readonly event: "domainNow" | "domainMade"; readonly domain: DomainView })
  | (
    & DomainEventHead
    & { readonly event: "domainChanged" | "domainRenewed" }
    & DatumChange<DomainDatum>
  )
  /** It has addresses, and none of them is for new connections any more (RFC 4862 5.5.4). */
  | (DomainEventHead & { readonly event: "domainDeprecated" | "domainRemoved" })
  | (RouterEventHead & { readonly event: "routerNow"; readonly router: RouterView })
  | (RouterEventHead & { readonly event: "routerHeard"; readonly router: RouterView })
  | (
    & RouterEventHead
    & { readonly event: "routerChanged" | "routerRenewed" }
    & DatumChange<RouterDatum>
  )
  | (RouterEventHead & { readonly event: "routerLost" })
  | { readonly event: "now"; readonly timeMs: number }
  | {
    readonly event: "advertisementRefused";
    readonly timeMs: number;
    readonly link: string;
    /** Of the last one. */
    readonly source: string;
    readonly reason: string;
    /** The last one's problem, escaped. */
    readonly problem: string;
    /** Since the last event of this reason on this link, and since the broker's start. */
    readonly count: number;
    readonly total: number;
  }
  /** The client read too slowly: so many events are lost. What there is now comes again. */
  | { readonly event: "lost"; readonly timeMs: number; readonly count: number };
