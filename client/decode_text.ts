// How one decoded advertisement is shown: a block for people, or one line of JSON whose fields are documented
// and whose order is kept. Whatever a router chose is escaped. Pure.

import { escapeName, escapeText, safeJson } from "../lib/escape.ts";
import { type DomainAdvertisement, INFINITE_LIFETIME_S } from "../lib/ndp/types.ts";
import { JSON_VERSION } from "./output.ts";

/** An advertisement of a capture and what became of it. */
export interface DecodedAdvertisement {
  /** Counts every packet of the file from 1. */
  readonly packet: number;
  readonly source: string;
  /** Why it is invalid, or null. */
  readonly problem: string | null;
  readonly domains: readonly DomainAdvertisement[];
  /** What was passed over in a valid one. */
  readonly ignored: readonly string[];
}

function domainJson(domain: DomainAdvertisement): Record<string, unknown> {
  const { id, kind, encoding, flags, delay, sequence, header, mtu, prefixes, routes, rdnss, dnssl } = domain;
  return {
    id,
    kind,
    encoding,
    flags: { http: flags.http, legacy: flags.legacy, header: flags.header },
    delay,
    sequence,
    routerLifetimeS: header.routerLifetimeS,
    mtu,
    prefixes,
    routes,
    rdnss,
    dnssl,
    pref64: domain.pref64,
    captivePortal: domain.captivePortal,
    encryptedDns: domain.encryptedDns,
    routerHeader: header,
  };
}

/** One document and a newline: the documented fields in their order, then what else is known. */
export function advertisementJson(decoded: DecodedAdvertisement): string {
  const { packet, source, problem, domains, ignored } = decoded;
  const valid = problem === null;
  // The version last: who reads these lines as they were before there was one finds all where it was.
  const document = {
    packet,
    source,
    valid,
    problem,
    domains: domains.map(domainJson),
    ignored,
    version: JSON_VERSION,
  };
  return `${safeJson(document)}\n`;
}

function lifetime(seconds: number): string {
  return seconds === INFINITE_LIFETIME_S ? "infinite" : `${seconds} s`;
}

const LABEL_WIDTH = 16;

function row(label: string, text: string): string {
  return `    ${label.padEnd(LABEL_WIDTH)}${text}\n`;
}

/** The words whose condition holds, joined by commas. */
function words(choices: Record<string, boolean>): string {
  return Object.entries(choices).filter(([, holds]) => holds).map(([word]) => word).join(", ");
}

function headerText(domain: DomainAdvertisement): string {
  const { header } = domain;
  const flags = words({
    "managed": header.managed,
    "other config": header.otherConfig,
    "home agent": header.homeAgent,
    "ND proxy": header.proxy,
    "SNAC": header.snac,
  });
  let text = row(
    "default router",
    header.routerLifetimeS === 0
      ? "no (lifetime 0 s)"
      : `${header.routerLifetimeS} s, preference ${header.preference}`,
  );
  if (flags !== "") text += row("router flags", flags);
  if (header.curHopLimit !== 0) text += row("hop limit", `${header.curHopLimit}`);
  if (header.reachableTimeMs !== 0) text += row("reachable time", `${header.reachableTimeMs} ms`);
  if (header.retransTimerMs !== 0) text += row("retransmission", `${header.retransTimerMs} ms`);
  return text;
}

function domainText(domain: DomainAdvertisement): string {
  const { flags } = domain;
  let text = `  ${domain.kind} PvD ${escapeName(domain.id)} (${domain.encoding})\n`;
  if (domain.encoding === "rfc8801") {
    const set = words({ http: flags.http, legacy: flags.legacy, header: flags.header });
    text += row("flags", set === "" ? "none" : set);
    text += row("sequence", `${domain.sequence}, delay ${domain.delay}`);
  }
  text += headerText(domain);
  if (domain.mtu !== null) text += row("mtu", `${domain.mtu}`);
  for (const each of domain.prefixes) {
    const uses = words({ "on-link": each.onLink, "autonomous": each.autonomous });
    const lifetimes = `valid ${lifetime(each.validS)}, preferred ${lifetime(each.preferredS)}`;
    text += row("prefix", `${each.prefix}  ${lifetimes}${uses === "" ? "" : `, ${uses}`}`);
  }
  for (const each of domain.routes) {
    text += row("route", `${each.prefix}  ${lifetime(each.lifetimeS)}, preference ${each.preference}`);
  }
  for (const each of domain.rdnss) text += row("resolver", `${each.address}  ${lifetime(each.lifetimeS)}`);
  for (const each of domain.dnssl) {
    text += row("search domain", `${escapeName(each.domain)}  ${lifetime(each.lifetimeS)}`);
  }
  for (const each of domain.encryptedDns) {
    const name = [escapeName(each.authenticationName), ...each.addresses].join(" ");
    const parameters = each.parameters === "" ? "" : `, parameters ${each.parameters}`;
    text += row(
      "encrypted DNS",
      `${name}  ${lifetime(each.lifetimeS)}, priority ${each.priority}${parameters}`,
    );
  }
  for (const each of domain.pref64) text += row("pref64", `${each.prefix}  ${lifetime(each.lifetimeS)}`);
  if (domain.captivePortal !== null) text += row("captive portal", escapeText(domain.captivePortal));
  return text;
}

/** A block of lines that ends with an empty one. */
export function advertisementText(decoded: DecodedAdvertisement): string {
  const verdict = decoded.problem === null ? "valid" : `invalid: ${escapeText(decoded.problem)}`;
  let text = `packet ${decoded.packet} from ${decoded.source}: ${verdict}\n`;
  for (const domain of decoded.domains) text += domainText(domain);
  for (const sentence of decoded.ignored) text += `  passed over: ${sentence}\n`;
  return text + "\n";
}
