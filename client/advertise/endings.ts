// Advertisements that take back what was advertised: the goodbye of a router that ends, and what a change of the
// settings leaves out. Pure.
//
// RFC 4861 6.2.5 asks only for a router lifetime of 0; a PvD would then live on for as long as its prefixes, so every
// lifetime is 0 here.

import { NO_CAPTIVE_PORTAL } from "../../lib/ndp/codes.ts";
import type { NdOption, RaHeader, RouterAdvertisement } from "../../lib/ndp/types.ts";
import {
  type Advertisements,
  advertisements,
  implicitMessages,
  type LinkFacts,
  pvdMessages,
  sendsImplicit,
} from "./messages.ts";
import type { InterfaceSettings, PvdSettings } from "./settings.ts";

/** What `advertisements` gives, with every lifetime 0. */
export function goodbye(settings: InterfaceSettings, link: LinkFacts): Advertisements {
  return advertisements({
    ...settings,
    header: endedHeader(settings.header),
    options: withdrawn(settings.options, []),
    pvds: settings.pvds.map((pvd) => endedPvd(pvd, null)),
  }, link);
}

/** What ends between two settings of one interface, to be sent once before the new ones. */
export function withdrawals(
  before: InterfaceSettings,
  after: InterfaceSettings,
  link: LinkFacts,
): readonly RouterAdvertisement[] {
  const pvds = before.pvds.flatMap((pvd) => {
    const now = after.pvds.find(({ id, encoding }) => id === pvd.id && encoding === pvd.encoding);
    if (now === undefined) return [endedPvd(pvd, after.header)];
    // What only moves into the option, or out of it, is still the PvD's.
    const kept = [...now.options, ...outsideOf(now)];
    const options = taken(pvd.options, kept);
    const outside = taken(outsideOf(pvd), kept);
    if (options.length === 0 && outside.length === 0) return [];
    // The rest of the PvD, its header above all, is as it will be.
    return [now.encoding === "mif" ? { ...now, options } : { ...now, options, outside }];
  });
  const implicitEnds = sendsImplicit(before) && !sendsImplicit(after);
  const change: InterfaceSettings = {
    ...after,
    header: implicitEnds ? endedHeader(after.header) : after.header,
    options: taken(before.options, after.options),
    pvds,
  };
  const says = implicitEnds || change.options.length > 0 || pvds.some((pvd) => pvd.encoding === "mif");
  return [
    ...(says ? implicitMessages(change, link, []) : []),
    ...pvds.flatMap((pvd) => pvd.encoding === "rfc8801" ? pvdMessages(after, pvd, link, []) : []),
  ];
}

function endedHeader(header: RaHeader): RaHeader {
  return { ...header, routerLifetimeS: 0 };
}

/** `outer`: the header that lives on for other PvDs, so that this one needs its own; null where that ends too. */
function endedPvd(pvd: PvdSettings, outer: RaHeader | null): PvdSettings {
  const options = withdrawn(pvd.options, []);
  if (pvd.encoding === "mif") return { ...pvd, options };
  const header = pvd.header ?? outer;
  const outside = withdrawn(pvd.outside, []);
  return { ...pvd, header: header === null ? null : endedHeader(header), outside, options };
}

/** The data of `before` that are not in `after`, with lifetime 0. */
function withdrawn(before: readonly NdOption[], after: readonly NdOption[]): NdOption[] {
  const kept = new Set(after.flatMap(data));
  return before.flatMap((option): NdOption[] => {
    const isGone = (value: string) => !kept.has(datum(option.type, value));
    switch (option.type) {
      case "prefix":
        return isGone(option.prefix) ? [{ ...option, validS: 0, preferredS: 0 }] : [];
      case "route":
      case "pref64":
        return isGone(option.prefix) ? [{ ...option, lifetimeS: 0 }] : [];
      case "rdnss": {
        const addresses = option.addresses.filter(isGone);
        return addresses.length === 0 ? [] : [{ ...option, addresses, lifetimeS: 0 }];
      }
      case "dnssl": {
        const domains = option.domains.filter(isGone);
        return domains.length === 0 ? [] : [{ ...option, domains, lifetimeS: 0 }];
      }
      case "encryptedDns":
        return isGone(option.authenticationName) ? [{ ...option, lifetimeS: 0 }] : [];
      // These have no lifetime to end.
      case "captivePortal":
      case "mtu":
      case "sourceLinkLayerAddress":
      case "pvd":
      case "mifId":
      case "mifContainer":
      case "unknown":
        return [];
    }
  });
}

/** The same of a PvD that goes on. A captive portal has no lifetime; RFC 8910 2 has a way to say that there is none. */
function taken(before: readonly NdOption[], after: readonly NdOption[]): NdOption[] {
  const has = (options: readonly NdOption[]) => options.some(({ type }) => type === "captivePortal");
  const portal: NdOption[] = [{ type: "captivePortal", uri: NO_CAPTIVE_PORTAL }];
  return [...withdrawn(before, after), ...(has(before) && !has(after) ? portal : [])];
}

function outsideOf(pvd: PvdSettings): readonly NdOption[] {
  return pvd.encoding === "rfc8801" ? pvd.outside : [];
}

/** What identifies the data of an option to a host that hears of them again. */
function data(option: NdOption): string[] {
  switch (option.type) {
    case "prefix":
    case "route":
    case "pref64":
      return [datum(option.type, option.prefix)];
    case "rdnss":
      return option.addresses.map((address) => datum(option.type, address));
    case "dnssl":
      return option.domains.map((domain) => datum(option.type, domain));
    case "encryptedDns":
      return [datum(option.type, option.authenticationName)];
    case "captivePortal":
    case "mtu":
    case "sourceLinkLayerAddress":
    case "pvd":
    case "mifId":
    case "mifContainer":
    case "unknown":
      return [];
  }
}

function datum(type: NdOption["type"], value: string): string {
  return `${type} ${value}`;
}
