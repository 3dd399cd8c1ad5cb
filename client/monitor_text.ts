// An event as one line for people: when, on which link, of whom, what. Pure; text that a network chose is escaped.

import { escapeName, escapeText } from "../lib/escape.ts";
import type {
  DatumChange,
  DomainView,
  JsonObject,
  JsonValue,
  MonitorEvent,
  RouterView,
} from "../lib/protocol.ts";
import { lifetimeText, messageText } from "./text.ts";

/** The event, ended by a newline. The time is this machine's local one. */
export function formatEvent(event: MonitorEvent): string {
  return `${[localTime(event.timeMs), ...fieldsOf(event)].join("  ")}\n`;
}

/** "2025-06-01 14:03:22.104" */
function localTime(timeMs: number): string {
  const time = new Date(timeMs);
  const two = (value: number) => String(value).padStart(2, "0");
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":");
  return `${date} ${clock}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

function fieldsOf(event: MonitorEvent): string[] {
  switch (event.event) {
    case "domainNow":
      return [...domainHead(event), `is there: ${domainText(event.domain)}`];
    case "domainMade":
      return [...domainHead(event), `made: ${domainText(event.domain)}`];
    case "domainChanged":
      return [...domainHead(event), changeText(event)];
    case "domainRenewed":
      return [...domainHead(event), `renewed: ${valueText(event.datum, event.new)}`];
    case "domainDeprecated":
      return [...domainHead(event), "deprecated: no address of it is for new connections"];
    case "domainRemoved":
      return [...domainHead(event), "removed"];
    case "routerNow":
      return [...routerHead(event), `is there: ${routerText(event.router)}`];
    case "routerHeard":
      return [...routerHead(event), `heard: ${routerText(event.router)}`];
    case "routerChanged":
      return [...routerHead(event), changeText(event)];
    case "routerRenewed":
      return [...routerHead(event), `renewed: ${valueText(event.datum, event.new)}`];
    case "routerLost":
      return [...routerHead(event), "lost"];
    case "now":
      return ["that is all there is; from here on what changes"];
    case "advertisementRefused": {
      const { link, source, problem, count, total } = event;
      const counts = count === total ? `${total}` : `${count} since the last line, ${total}`;
      return [
        escapeText(link),
        `router ${escapeText(source)}`,
        `refused: ${messageText(problem)} (${counts} in all)`,
      ];
    }
    case "lost":
      return [`${event.count} events lost: they were read too slowly. What there is now comes again`];
  }
}

function domainHead({ link, id }: { readonly link: string; readonly id: string }): [string, string] {
  return [escapeText(link), escapeName(id)];
}

function routerHead(
  { link, address }: { readonly link: string; readonly address: string },
): [string, string] {
  return [escapeText(link), `router ${escapeText(address)}`];
}

const LISTS = [
  "routers",
  "addresses",
  "prefixes",
  "routes",
  "rdnss",
  "dnssl",
  "pref64",
  "encryptedDns",
] as const;

function domainText(domain: DomainView): string {
  const { state, problem, namespace } = domain;
  const parts = [
    `${domain.kind}, ${state}${problem === null ? "" : ` (${messageText(problem)})`}`,
    ...(namespace === "" ? [] : [`namespace ${escapeText(namespace)}`]),
    ...LISTS.flatMap((datum) => domain[datum].map((entry) => valueText(datum, entry))),
    ...scalarsText(domain),
  ];
  return parts.join("; ");
}

function routerText(router: RouterView): string {
  const { lifetimeS, preference, mac, managed, otherConfig, hopLimit } = router;
  const parts = [
    lifetimeS === 0
      ? "no default router"
      : `default router, ${preference} preference, ${lifetimeText(lifetimeS)}`,
    ...(mac === null ? [] : [escapeText(mac)]),
    ...(managed ? ["addresses by DHCPv6"] : []),
    ...(otherConfig ? ["more by DHCPv6"] : []),
    ...(hopLimit === 0 ? [] : [`hop limit ${hopLimit}`]),
    ...(["prefixes", "routes", "rdnss", "dnssl", "pref64", "encryptedDns"] as const)
      .flatMap((datum) => router[datum].map((entry) => valueText(datum, entry))),
    ...scalarsText(router),
  ];
  return parts.join("; ");
}

function scalarsText({ mtu, captivePortal }: Pick<DomainView, "mtu" | "captivePortal">): string[] {
  return [
    ...(mtu === null ? [] : [`MTU ${mtu}`]),
    ...(captivePortal === null ? [] : [`captive portal ${escapeText(captivePortal)}`]),
  ];
}

const NOUNS: Readonly<Record<string, string>> = {
  routers: "default router",
  addresses: "address",
  prefixes: "prefix",
  routes: "route",
  rdnss: "resolver",
  dnssl: "search domain",
  pref64: "NAT64 prefix",
  encryptedDns: "encrypted resolver",
  mtu: "MTU",
  mac: "link-layer address",
  captivePortal: "captive portal",
  informationProblem: "problem of the information",
  lifetimeS: "as a default router",
  hopLimit: "hop limit",
  managed: "addresses by DHCPv6",
  otherConfig: "more by DHCPv6",
};

function changeText({ datum, old, new: next }: DatumChange<string>): string {
  const noun = NOUNS[datum] ?? datum;
  if (datum === "information") return next === null && old !== null ? `${noun} ended` : `${noun} is another`;
  if (isObject(next) && isObject(old)) return `${entryName(datum, next)} changed: ${differences(old, next)}`;
  if (isObject(next)) return `${valueText(datum, next)} added`;
  if (isObject(old)) return `${entryName(datum, old)} ended`;
  return `${noun} changed: ${scalarText(datum, old)} -> ${scalarText(datum, next)}`;
}

/** "prefix 2001:db8::/64, on-link, autonomous, valid 1 h left, preferred 30 min left" */
function valueText(datum: string, value: JsonValue): string {
  if (!isObject(value)) return `${NOUNS[datum] ?? datum} ${scalarText(datum, value)}`;
  const details = Object.entries(value).filter(([name]) => !isOfName(datum, name))
    .map(([name, each]) => memberText(name, each)).filter((text) => text !== "");
  return [entryName(datum, value), ...details].join(", ");
}

function entryName(datum: string, entry: JsonObject): string {
  const noun = NOUNS[datum] ?? datum;
  const [name, via] = [entry["prefix"] ?? entry["domain"] ?? entry["authenticationName"], entry["router"]];
  const shown = textOf(name ?? entry["address"] ?? "");
  return [noun, shown, ...(datum === "routes" ? [`via ${textOf(via ?? "")}`] : [])].filter((each) =>
    each !== ""
  )
    .join(" ");
}

function isOfName(datum: string, member: string): boolean {
  return ["prefix", "domain", "authenticationName", "address"].includes(member) ||
    (datum === "routes" && member === "router");
}

function differences(old: JsonObject, next: JsonObject): string {
  const names = Object.keys(next).filter((name) =>
    memberText(name, old[name]) !== memberText(name, next[name])
  );
  return names.map((name) => `${memberText(name, old[name])} -> ${memberText(name, next[name])}`).join(", ");
}

function memberText(name: string, value: JsonValue | undefined): string {
  switch (name) {
    case "onLink":
      return value === true ? "on-link" : "not on-link";
    case "autonomous":
      return value === true ? "autonomous" : "not autonomous";
    case "lifetimeS":
      return lifetimeOf(value);
    case "validS":
      return `valid ${lifetimeOf(value)}`;
    case "preferredS":
      return value === 0 ? "deprecated" : `preferred ${lifetimeOf(value)}`;
    case "preference":
      return `${textOf(value ?? "")} preference`;
    case "prefixLength":
      return "";
    default:
      return typeof value === "boolean"
        ? (value ? escapeText(name) : `not ${escapeText(name)}`)
        : `${escapeText(name)} ${textOf(value ?? null)}`;
  }
}

function scalarText(datum: string, value: JsonValue): string {
  if (datum === "lifetimeS") return value === 0 ? "no" : lifetimeOf(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value === null || value === "" ? "none" : textOf(value);
}

function lifetimeOf(value: JsonValue | undefined): string {
  return lifetimeText(typeof value === "number" ? value : null);
}

function textOf(value: JsonValue): string {
  if (typeof value === "string") return escapeName(value);
  return isObject(value) ? "" : isList(value) ? value.map(textOf).join(" ") : String(value);
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !isList(value);
}
