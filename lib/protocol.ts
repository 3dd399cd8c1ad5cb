// Every message that crosses a boundary between client, broker and helper. Open this file first: who may say what to
// whom is all here; how much of it is in limits.ts, and what people see of it in views.ts. Types and names only; it
// touches nothing.
//
// Both sockets are Unix SOCK_SEQPACKET: one packet is one message, JSON in UTF-8, at most MAX_MESSAGE_BYTES,
// file descriptors beside it by SCM_RIGHTS, their exact number fixed by the message's type. A peer that sends
// anything else is disconnected.
//
//   client --ClientRequest--> broker --HelperRequest--> helper
//   client <--ClientReply---- broker <--HelperReply----- helper
//   client <--ProgramEvent/ProgramSignal--> helper      (over the client's own socket, once a program is launched)

import type { DomainView, JsonValue, MonitorEvent, StatusView } from "./views.ts";

export * from "./limits.ts";
export * from "./views.ts";

// ---- what a domain should be: broker -> helper --------------------------------------------------------------

export type InterfaceKind = "macvlan" | "ipvlan";

/** Lifetimes are seconds from now; null never ends. They go into the kernel, so that it ends them by itself. */
export interface WantedAddress {
  /** IPv6 text. */
  readonly address: string;
  readonly prefixLength: number;
  readonly validS: number | null;
  /** 0 is deprecated; at most `validS`. */
  readonly preferredS: number | null;
}

export interface WantedRoute {
  /** "address/length"; "::/0" is a default route. */
  readonly prefix: string;
  /** Next hop, a link-local address; null: on-link. */
  readonly router: string | null;
  /** RFC 4191: goes into RTA_PREF. */
  readonly preference: "low" | "medium" | "high";
  readonly metric: number;
  readonly lifetimeS: number | null;
}

/** A router's link-layer address, as its advertisement gave it (RFC 4861 6.3.4): with it, an address that is still
 * optimistic can be used at once, because it may not ask for one itself (RFC 4429 3.2). */
export interface WantedNeighbor {
  /** Link-local. */
  readonly address: string;
  readonly mac: string;
}

/** A domain as it should be, whole ("make it so"). */
export interface WantedDomain {
  /** The broker's own name for the domain, kept by the helper so that a new broker finds its domains again. */
  readonly key: string;
  /** The id that people see and name. */
  readonly id: string;
  /** The physical link, by name and index: both must agree. */
  readonly link: string;
  readonly linkIndex: number;
  readonly interfaceKind: InterfaceKind;
  /** Locally administered unicast, "02:…"; null where the kind shares its parent's. */
  readonly mac: string | null;
  /** null: the link's own. */
  readonly mtu: number | null;
  /** RFC 4861 6.3.4; null: as it is, which in a new domain is the kernel's own. 1 to 255. */
  readonly hopLimit: number | null;
  /** 1 to 3,600,000 (RFC 4861 6.2.1). */
  readonly reachableTimeMs: number | null;
  /** 1 to 0xffffffff, as routers say it; the helper writes what makes sense of it (header_settings.ts). */
  readonly retransTimerMs: number | null;
  readonly addresses: readonly WantedAddress[];
  readonly routes: readonly WantedRoute[];
  /** Entries of the neighbour cache to make or correct; others stay. */
  readonly neighbors: readonly WantedNeighbor[];
  /** Resolver addresses; link-local ones are scoped to the domain's interface by the helper. */
  readonly resolvers: readonly string[];
  readonly searchDomains: readonly string[];
}

// ---- broker -> helper ---------------------------------------------------------------------------------------

export type SocketFamily = "inet" | "inet6";
export type SocketType = "stream" | "datagram";
/** `icmp` is the unprivileged ping datagram socket (icmp(7)); raw sockets do not exist here. */
export type SocketProtocol = "tcp" | "udp" | "icmp";

/** Each carries `serial`, chosen by the broker and repeated in the reply. */
export type HelperRequest =
  /** Answer: one fd, a raw ICMPv6 socket bound to the link, that receives Router Advertisements only. */
  | {
    readonly type: "openRouterSocket";
    readonly serial: number;
    readonly link: string;
    readonly linkIndex: number;
  }
  /** `handle` null: make a new one. Answer: handle. */
  | {
    readonly type: "applyDomain";
    readonly serial: number;
    readonly handle: string | null;
    readonly wanted: WantedDomain;
  }
  /** Answer: domains, in pages: `after` is the last handle of the page before, null for the first. */
  | { readonly type: "listDomains"; readonly serial: number; readonly after: string | null }
  /** Refused with `inUse` while a process lives in the namespace, unless `force`. */
  | {
    readonly type: "removeDomain";
    readonly serial: number;
    readonly handle: string;
    readonly force: boolean;
  }
  /** Answer: one fd. */
  | {
    readonly type: "openSocket";
    readonly serial: number;
    readonly handle: string;
    readonly family: SocketFamily;
    readonly socketType: SocketType;
    readonly protocol: SocketProtocol;
  }
  /** Answer: one fd, the namespace itself, for whoever may enter it (setns(2) asks the kernel). */
  | { readonly type: "openNamespace"; readonly serial: number; readonly handle: string }
  /** One fd comes with it, the lease: the channel ends when its other end is closed. Answer: one fd, the program's end
   * of a channel, on which it says ChannelRequest and hears ChannelReply. */
  | { readonly type: "openChannel"; readonly serial: number; readonly handle: string }
  /** Six fds come with it, in this order: the client's own socket, stdin, stdout, stderr, working folder,
   * sealed memfd (lib/launch_record.ts). The reply says that the helper took it over. */
  | { readonly type: "spawn"; readonly serial: number; readonly handle: string }
  /** One fd comes with it: the writing end of a pipe, on which the fetcher gives one line (FetchLine) and ends. The
   * program and its user are the helper's own settings. The reply says that it was started. */
  | {
    readonly type: "fetch";
    readonly serial: number;
    readonly handle: string;
    readonly source: FetchSource;
    /** `wellKnown`: HOST_NAME_PATTERN. `router`: a link-local IPv6 address. */
    readonly name: string;
    /** PEM; null: the usual ones alone. */
    readonly authorities: string | null;
  };

/** `wellKnown`: https://NAME/.well-known/pvd (RFC 8801 4.1). `router`: http://[NAME]:8080/pvd-info.json (MIF-PvD). */
export type FetchSource = "wellKnown" | "router";

/** Why there is no information; the first five are the server's fault and final, the others may pass. */
export type FetchProblem =
  | "certificate"
  | "tls"
  | "http"
  | "redirect"
  | "format"
  | "dns"
  | "unreachable"
  | "timeout"
  | "failed";

/** fetcher -> broker, over the pipe: one line of JSON, at most MAX_INFORMATION_BYTES and what is around the value. */
export type FetchLine =
  | { readonly value: JsonValue }
  | { readonly error: { readonly kind: FetchProblem; readonly message: string } };

export type HelperRequestType = HelperRequest["type"];

/** What the helper says of a domain that exists. */
export interface HelperDomain {
  readonly handle: string;
  readonly key: string;
  readonly id: string;
  readonly link: string;
  /** The wanted state last applied, so that a new broker can compare. */
  readonly mac: string | null;
  /** The link or interface went away underneath it: only removal, or a new apply, helps. */
  readonly broken: boolean;
}

export type HelperReply =
  | { readonly type: "done"; readonly serial: number }
  | { readonly type: "domain"; readonly serial: number; readonly handle: string }
  | {
    readonly type: "domains";
    readonly serial: number;
    readonly domains: readonly HelperDomain[];
    readonly more: boolean;
  }
  | { readonly type: "error"; readonly serial: number; readonly code: ErrorCode; readonly message: string }
  /** Unasked: the last process that the helper launched in the domain is gone. */
  | { readonly type: "idle"; readonly handle: string }
  /** Unasked: another host on the link has this address of the domain's interface (RFC 4862 5.4). */
  | { readonly type: "duplicateAddress"; readonly handle: string; readonly address: string };

// ---- program -> helper, over a channel ----------------------------------------------------------------------

/** Answer: `socket` with one fd. Anything else ends the channel. */
export type ChannelRequest = {
  readonly type: "socket";
  readonly family: SocketFamily;
  readonly socketType: SocketType;
  readonly protocol: SocketProtocol;
};

export type ChannelReply =
  | { readonly type: "socket" }
  | { readonly type: "error"; readonly code: ErrorCode; readonly message: string };

// ---- client -> broker ---------------------------------------------------------------------------------------

export type ClientRequest =
  /** Answer: one `domain` message each, then `end`. */
  | { readonly type: "list" }
  /** DOMAIN as a person typed it. Answer: `resolved`. */
  | { readonly type: "resolve"; readonly domain: string }
  /** Answer: `status`. */
  | { readonly type: "status" }
  /** Five fds: stdin, stdout, stderr, working folder, sealed memfd. From here on the helper answers, with
   * ProgramEvent, and the client says ProgramSignal. */
  | {
    readonly type: "run";
    readonly handle: string;
    readonly id: string;
    /** For polkit's question, not to decide by. */
    readonly program: string;
    /** Whether polkit may ask the person. */
    readonly interactive: boolean;
  }
  /** Answer: `socket` with one fd, a socket in the domain, neither bound nor connected. */
  | {
    readonly type: "openSocket";
    readonly handle: string;
    readonly id: string;
    readonly family: SocketFamily;
    readonly socketType: SocketType;
    readonly protocol: SocketProtocol;
    /** As in `run`. */
    readonly program: string;
    readonly interactive: boolean;
  }
  /** Ask the routers of a link (null: of all links) to advertise now. Answer: `end`. */
  | { readonly type: "solicit"; readonly link: string | null }
  /** Answer: `event` without end; the client says nothing more. With `link` events of that link alone, and what each
   * router on it says beside PvDs; with `renewals` also lifetimes that were only renewed. */
  | { readonly type: "monitor"; readonly link: string | null; readonly renewals: boolean };

export type ClientReply =
  | { readonly type: "domain"; readonly domain: DomainView }
  | { readonly type: "end" }
  | { readonly type: "resolved"; readonly id: string; readonly handle: string; readonly link: string }
  | { readonly type: "status"; readonly status: StatusView }
  | { readonly type: "socket" }
  | { readonly type: "event"; readonly event: MonitorEvent }
  | { readonly type: "error"; readonly code: ErrorCode; readonly message: string };

/** helper -> client, after `run`. */
export type ProgramEvent =
  | { readonly type: "started"; readonly pid: number }
  | { readonly type: "exited"; readonly status: number }
  | { readonly type: "signaled"; readonly signal: number }
  | { readonly type: "error"; readonly code: ErrorCode; readonly message: string };

/** client -> helper, after `started`: deliver this signal to the program's process group; or let the program go on
 * without its client, to which the helper says nothing more. */
export type ProgramSignal =
  | { readonly type: "signal"; readonly signal: number }
  | { readonly type: "detach" };

/** The closed list of what can go wrong, for programs; `message` is for people. */
export const ERROR_CODES = [
  "noSuchDomain",
  "ambiguous",
  "notAuthorized",
  "notReady",
  "inUse",
  "invalidArgument",
  "limitExceeded",
  "noSuchLink",
  "commandNotFound",
  "commandNotExecutable",
  "failed",
] as const;
export type ErrorCode = typeof ERROR_CODES[number];
