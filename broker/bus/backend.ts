// What the bus needs of the rest of the broker, and nothing more: domains with the moments at which their data end,
// and what can be asked for in one. start.ts is fitted to it by the broker; tests bring their own. Types, one error.

import type {
  DomainState,
  ErrorCode,
  JsonObject,
  SocketFamily,
  SocketProtocol,
  SocketType,
} from "../../lib/protocol.ts";
import type { RouterEvent } from "../events/hub.ts";

/** Moments (`...Until`) are milliseconds of CLOCK_BOOTTIME, so that they stay as they are; Infinity never ends. */
export interface BusDomain {
  readonly id: string;
  readonly kind: "explicit" | "implicit";
  readonly encoding: "rfc8801" | "mif" | "ra";
  readonly state: DomainState;
  readonly problem: string | null;
  readonly link: string;
  /** The helper's: `mifpvd-7`. One that has none yet is not on the bus. */
  readonly handle: string;
  readonly interface: string;
  readonly flags: { readonly http: boolean; readonly legacy: boolean; readonly header: boolean };
  readonly delay: number;
  readonly sequence: number;
  readonly mtu: number | null;
  readonly captivePortal: string | null;
  readonly routers: readonly {
    readonly address: string;
    readonly preference: string;
    readonly validUntil: number;
  }[];
  readonly addresses: readonly {
    readonly address: string;
    readonly prefixLength: number;
    readonly validUntil: number;
    readonly preferredUntil: number;
    /** Its preferred lifetime is over: it is not for new connections (RFC 4862 5.5.4). */
    readonly deprecated: boolean;
  }[];
  readonly prefixes: readonly {
    readonly prefix: string;
    readonly onLink: boolean;
    readonly autonomous: boolean;
    readonly validUntil: number;
    readonly preferredUntil: number;
  }[];
  readonly routes: readonly {
    readonly prefix: string;
    readonly router: string;
    readonly preference: string;
    readonly validUntil: number;
  }[];
  readonly rdnss: readonly { readonly address: string; readonly validUntil: number }[];
  readonly dnssl: readonly { readonly domain: string; readonly validUntil: number }[];
  readonly pref64: readonly { readonly prefix: string; readonly validUntil: number }[];
  readonly encryptedDns: readonly {
    readonly priority: number;
    readonly authenticationName: string;
    readonly addresses: readonly string[];
    readonly parameters: string;
    readonly validUntil: number;
  }[];
  /** What the PvD's server says of it; null: not known. */
  readonly information: JsonObject | null;
  /** Why not, where it was to be fetched. */
  readonly informationProblem: string | null;
}

export interface BusBackend {
  /** All that have a handle, in the order in which they were made. */
  readonly domains: () => readonly BusDomain[];
  /** Called after each change of what `domains` gives, and as often as one likes besides. */
  readonly onChange: (changed: () => void) => void;
  /** Called for each, at the rate at which they may be told. */
  readonly onRouterEvent: (told: (event: RouterEvent) => void) => void;
  /** A socket in the domain, the caller's. Rejects with BackendError. */
  readonly openSocket: (
    handle: string,
    family: SocketFamily,
    type: SocketType,
    protocol: SocketProtocol,
  ) => Promise<number>;
  /** A channel's end for the program, and our end of its lease; both are the caller's. Rejects with BackendError. */
  readonly openChannel: (handle: string) => Promise<{ readonly channel: number; readonly lease: number }>;
  /** The domain's namespace, the caller's. Rejects with BackendError. */
  readonly openNamespace: (handle: string) => Promise<number>;
  /** Null: all links. Throws BackendError. */
  readonly solicit: (link: string | null) => void;
  /** Forgets it; a router that still announces it brings it back. Rejects with BackendError. */
  readonly removeDomain: (handle: string) => Promise<void>;
}

/** Why the broker or the helper did not do it. */
export class BackendError extends Error {
  override readonly name = "BackendError";

  constructor(readonly code: ErrorCode, message: string) {
    super(message);
  }
}
