// The plain values that Neighbor Discovery messages become: what parse.ts gives, what build.ts takes,
// and what every other room of the house speaks about. Types only; it touches nothing.
//
// Units are in the names: `...S` is seconds as sent (INFINITE_LIFETIME_S where the field is all ones),
// `...Ms` milliseconds. Addresses are text as inet_ntop prints it; prefixes are "address/length" with the
// bits after the length cleared, except where a comment says otherwise.

/** A 32-bit lifetime of all ones: never ends (RFC 4861 4.6.2, RFC 4191 2.3, RFC 8106 5.1). */
export const INFINITE_LIFETIME_S = 0xffff_ffff;

/** Router preference, RFC 4191 2.1. The reserved value 10 reads as medium in a header. */
export type Preference = "low" | "medium" | "high";

/** The fixed part of a Router Advertisement after its ICMPv6 header, RFC 4861 4.2 and RFC 4191 2.2. */
export interface RaHeader {
  readonly curHopLimit: number;
  readonly managed: boolean;
  readonly otherConfig: boolean;
  readonly homeAgent: boolean;
  readonly preference: Preference;
  /** ND proxy flag 0x04 (RFC 4389). */
  readonly proxy: boolean;
  /** SNAC router flag 0x02 (draft-ietf-6man-snac-router-ra-flag). */
  readonly snac: boolean;
  readonly routerLifetimeS: number;
  readonly reachableTimeMs: number;
  readonly retransTimerMs: number;
}

export interface LinkLayerAddressOption {
  readonly type: "sourceLinkLayerAddress";
  /** Colon-separated lower-case hex, as `ip link` prints it; six octets on Ethernet. */
  readonly address: string;
}

export interface PrefixOption {
  readonly type: "prefix";
  /** Bits after the length cleared. */
  readonly prefix: string;
  /** The address in the field as it was sent: a router's own address when `routerAddress` is set (RFC 6275 7.2). */
  readonly address: string;
  readonly onLink: boolean;
  readonly autonomous: boolean;
  readonly routerAddress: boolean;
  /** P flag 0x10, RFC 9762. */
  readonly dhcpv6Pd: boolean;
  readonly validS: number;
  readonly preferredS: number;
}

export interface MtuOption {
  readonly type: "mtu";
  readonly mtu: number;
}

export interface RouteOption {
  readonly type: "route";
  readonly prefix: string;
  readonly preference: Preference;
  readonly lifetimeS: number;
  /** Octets of the prefix as sent, where fewer than all 16, so that a rebuilt message does not grow. */
  readonly prefixOctets?: 0 | 8;
}

export interface RdnssOption {
  readonly type: "rdnss";
  readonly addresses: readonly string[];
  readonly lifetimeS: number;
}

export interface DnsslOption {
  readonly type: "dnssl";
  /** Normalised names: see name.ts. */
  readonly domains: readonly string[];
  readonly lifetimeS: number;
}

export interface Pref64Option {
  readonly type: "pref64";
  readonly prefix: string;
  /** A multiple of 8, at most 65528 (RFC 8781 4). */
  readonly lifetimeS: number;
}

export interface CaptivePortalOption {
  readonly type: "captivePortal";
  /** URI of the RFC 8908 API; printable ASCII only, whatever the network sent. */
  readonly uri: string;
}

/** RFC 9463, carried and not interpreted beyond its lengths. */
export interface EncryptedDnsOption {
  readonly type: "encryptedDns";
  readonly priority: number;
  readonly lifetimeS: number;
  /** Authentication domain name, normalised. */
  readonly authenticationName: string;
  readonly addresses: readonly string[];
  /** SvcParams as sent. */
  readonly parameters: Uint8Array;
}

/** RFC 8801 3.1. */
export interface PvdOption {
  readonly type: "pvd";
  /** Normalised name: lower case, no final dot. */
  readonly name: string;
  readonly http: boolean;
  readonly legacy: boolean;
  /** 0 to 15. */
  readonly delay: number;
  /** 0 to 65535. */
  readonly sequence: number;
  /** The inner RA header where the R flag is set. */
  readonly header: RaHeader | null;
  readonly options: readonly NdOption[];
}

/** PVD_ID of draft-ietf-mif-mpvd-ndp-support-02 (type 64). */
export interface MifIdOption {
  readonly type: "mifId";
  readonly idType: number;
  /** The id as text, without padding; UUIDs and names in lower case. */
  readonly id: string;
  /** A UUID sent as 16 octets, not as text. */
  readonly binary?: true;
}

/** PVD_CO of draft-ietf-mif-mpvd-ndp-support-02 (type 63), unsigned. */
export interface MifContainerOption {
  readonly type: "mifContainer";
  /** Its own PVD_ID is among them. */
  readonly options: readonly NdOption[];
}

/** Any option that is not of the above, carried so that build gives the same bytes again. */
export interface UnknownOption {
  readonly type: "unknown";
  readonly code: number;
  /** What follows the type and length octets. */
  readonly body: Uint8Array;
}

export type NdOption =
  | LinkLayerAddressOption
  | PrefixOption
  | MtuOption
  | RouteOption
  | RdnssOption
  | DnsslOption
  | Pref64Option
  | CaptivePortalOption
  | EncryptedDnsOption
  | PvdOption
  | MifIdOption
  | MifContainerOption
  | UnknownOption;

export interface RouterAdvertisement {
  readonly type: "routerAdvertisement";
  readonly header: RaHeader;
  readonly options: readonly NdOption[];
  /** One sentence for each option that was passed over, and why; network text in it is escaped. */
  readonly ignored: readonly string[];
}

export interface RouterSolicitation {
  readonly type: "routerSolicitation";
  readonly options: readonly NdOption[];
  readonly ignored: readonly string[];
}

/** How a domain was announced: RFC 8801 option 21, MIF containers 63/64, or plain RA options. */
export type Encoding = "rfc8801" | "mif" | "ra";

export interface PrefixDatum {
  readonly prefix: string;
  readonly onLink: boolean;
  readonly autonomous: boolean;
  readonly validS: number;
  readonly preferredS: number;
}
export interface RouteDatum {
  readonly prefix: string;
  readonly preference: Preference;
  readonly lifetimeS: number;
}
export interface AddressDatum {
  readonly address: string;
  readonly lifetimeS: number;
}
export interface NameDatum {
  readonly domain: string;
  readonly lifetimeS: number;
}
export interface Pref64Datum {
  readonly prefix: string;
  readonly lifetimeS: number;
}
export interface EncryptedDnsDatum {
  readonly priority: number;
  readonly authenticationName: string;
  readonly addresses: readonly string[];
  /** SvcParams as lower-case hex. */
  readonly parameters: string;
  readonly lifetimeS: number;
}

/** What one Router Advertisement says about one provisioning domain: made by domains.ts. */
export interface DomainAdvertisement {
  /** Normalised name or UUID; for an implicit one the derived UUID. */
  readonly id: string;
  readonly kind: "explicit" | "implicit";
  readonly encoding: Encoding;
  readonly flags: { readonly http: boolean; readonly legacy: boolean; readonly header: boolean };
  readonly delay: number;
  readonly sequence: number;
  /** The header in force: the inner one where there is one. */
  readonly header: RaHeader;
  readonly mtu: number | null;
  /** The one outside of the PvD option where it has another inside: for a link that cannot carry the inner one. */
  readonly mtuOutside: number | null;
  /** Options in their order; one prefix may be there more than once, and each of them counts (RFC 4861 6.3.4). */
  readonly prefixes: readonly PrefixDatum[];
  readonly routes: readonly RouteDatum[];
  readonly rdnss: readonly AddressDatum[];
  readonly dnssl: readonly NameDatum[];
  readonly pref64: readonly Pref64Datum[];
  /** NO_CAPTIVE_PORTAL (codes.ts) where it says that there is none; null where it says nothing. */
  readonly captivePortal: string | null;
  readonly encryptedDns: readonly EncryptedDnsDatum[];
}
