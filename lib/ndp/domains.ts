// Which provisioning domains one Router Advertisement speaks about, and what it says about each: the
// association of RFC 8801 3.4 and that of the MIF drafts. Pure.

import { MAX_MTU, MIN_MTU } from "./codes.ts";
import { implicitId } from "./identity.ts";
import { hex } from "./octets.ts";
import { containerId } from "./read_options.ts";
import type {
  AddressDatum,
  DomainAdvertisement,
  EncryptedDnsDatum,
  NameDatum,
  NdOption,
  Pref64Datum,
  PrefixDatum,
  PvdOption,
  RouteDatum,
  RouterAdvertisement,
} from "./types.ts";

type Data = Pick<
  DomainAdvertisement,
  | "mtu"
  | "mtuOutside"
  | "prefixes"
  | "routes"
  | "rdnss"
  | "dnssl"
  | "pref64"
  | "captivePortal"
  | "encryptedDns"
>;

/**
 * Joins options into the data of one domain. Levels go from outer to inner: in lists the later wins for what
 * is the same thing, and of single values the innermost usable one is taken, the first within a level.
 *
 * Prefixes are not lists of that kind: of two options for one prefix in a level each counts (RFC 4861 6.3.4, RFC 4862
 * 5.5.3), as when one has the A flag and the other the L flag. So all of a level are kept, in their order, and what the
 * outer level says of a prefix of the inner one is not.
 */
function collect(levels: readonly (readonly NdOption[])[]): Data {
  let prefixes: readonly PrefixDatum[] = [];
  const routes = new Map<string, RouteDatum>();
  const rdnss = new Map<string, AddressDatum>();
  const dnssl = new Map<string, NameDatum>();
  const pref64 = new Map<string, Pref64Datum>();
  const encryptedDns = new Map<string, EncryptedDnsDatum>();
  let mtu: number | null = null;
  let mtuOutside: number | null = null;
  let portal: string | null = null;
  for (const level of levels) {
    const prefixesHere: PrefixDatum[] = [];
    let mtuHere: number | null = null;
    let portalHere: string | null = null;
    for (const option of level) {
      switch (option.type) {
        case "prefix": {
          const { prefix, onLink, autonomous, validS, preferredS } = option;
          prefixesHere.push({ prefix, onLink, autonomous, validS, preferredS });
          break;
        }
        case "route": {
          const { prefix, preference, lifetimeS } = option;
          routes.set(prefix, { prefix, preference, lifetimeS });
          break;
        }
        case "rdnss":
          for (const address of option.addresses) {
            rdnss.set(address, { address, lifetimeS: option.lifetimeS });
          }
          break;
        case "dnssl":
          for (const domain of option.domains) dnssl.set(domain, { domain, lifetimeS: option.lifetimeS });
          break;
        case "pref64":
          pref64.set(option.prefix, { prefix: option.prefix, lifetimeS: option.lifetimeS });
          break;
        case "encryptedDns": {
          const { priority, authenticationName, addresses, lifetimeS } = option;
          const parameters = hex(option.parameters);
          // One resolver may be announced with several sets of addresses or parameters: each is its own.
          const key = `${authenticationName} ${addresses.join(",")} ${parameters}`;
          encryptedDns.set(key, { priority, authenticationName, addresses, parameters, lifetimeS });
          break;
        }
        case "mtu":
          if (option.mtu >= MIN_MTU && option.mtu <= MAX_MTU) mtuHere ??= option.mtu;
          break;
        case "captivePortal":
          portalHere ??= option.uri;
          break;
        case "sourceLinkLayerAddress":
        case "pvd":
        case "mifId":
        case "mifContainer":
        case "unknown":
          break;
      }
    }
    const inner = new Set(prefixesHere.map(({ prefix }) => prefix));
    prefixes = [...prefixes.filter(({ prefix }) => !inner.has(prefix)), ...prefixesHere];
    if (mtuHere !== null) [mtu, mtuOutside] = [mtuHere, mtu];
    portal = portalHere ?? portal;
  }
  return {
    mtu,
    mtuOutside,
    prefixes,
    routes: [...routes.values()],
    rdnss: [...rdnss.values()],
    dnssl: [...dnssl.values()],
    pref64: [...pref64.values()],
    captivePortal: portal,
    encryptedDns: [...encryptedDns.values()],
  };
}

const NO_FLAGS = { http: false, legacy: false, header: false };

/** Everything in the RA, outer and inner, is the named domain's (RFC 8801 3.4). */
function rfc8801Domain(ra: RouterAdvertisement, pvd: PvdOption): DomainAdvertisement {
  return {
    id: pvd.name,
    kind: "explicit",
    encoding: "rfc8801",
    flags: { http: pvd.http, legacy: pvd.legacy, header: pvd.header !== null },
    // Both mean nothing without the H flag (RFC 8801 3.1).
    delay: pvd.http ? pvd.delay : 0,
    sequence: pvd.http ? pvd.sequence : 0,
    header: pvd.header ?? ra.header,
    ...collect([ra.options, pvd.options]),
  };
}

/** What it says to a host that knows no PvDs: its own header and the options outside; "" for an id. */
export function outerAdvertisement(ra: RouterAdvertisement): DomainAdvertisement {
  return {
    ...{ id: "", kind: "implicit", encoding: "ra", flags: NO_FLAGS, delay: 0, sequence: 0 },
    header: ra.header,
    ...collect([ra.options]),
  };
}

/**
 * The domains of an advertisement. With an RFC 8801 PvD option that one; else each MIF container in order, and
 * then the implicit one of the options outside, also where there are none: who configures decides.
 */
export function domainAdvertisements(ra: RouterAdvertisement): DomainAdvertisement[] {
  for (const option of ra.options) if (option.type === "pvd") return [rfc8801Domain(ra, option)];
  const domains: DomainAdvertisement[] = [];
  for (const option of ra.options) {
    if (option.type !== "mifContainer") continue;
    domains.push({
      id: containerId(option),
      kind: "explicit",
      encoding: "mif",
      flags: NO_FLAGS,
      delay: 0,
      sequence: 0,
      header: ra.header,
      ...collect([option.options]),
    });
  }
  const data = collect([ra.options]);
  domains.push({
    id: implicitId(ra.options, data.mtu),
    kind: "implicit",
    encoding: "ra",
    flags: NO_FLAGS,
    delay: 0,
    sequence: 0,
    header: ra.header,
    ...data,
  });
  return domains;
}
