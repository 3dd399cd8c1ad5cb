// The broker's events, checked as its other answers are (replies.ts). Pure; throws SyntaxError with the field that is
// wrong.

import { asObject, type Fields, flag, integer, member, oneOf, text, textOrNull } from "../lib/check.ts";
import {
  DOMAIN_DATA,
  MAX_ID_CHARS,
  MAX_LINK_NAME_CHARS,
  MAX_MESSAGE_BYTES,
  type MonitorEvent,
  ROUTER_DATA,
  type RouterView,
} from "../lib/protocol.ts";
import { DATA_MEMBERS, readDataViews, readDomainView, readError, readJson, seconds } from "./replies.ts";

const ANY_TEXT = MAX_MESSAGE_BYTES;
const ANY_COUNT = Number.MAX_SAFE_INTEGER;
/** The largest that a Date can be (ECMA-262 21.4.1.1). */
const MAX_TIME_MS = 8.64e15;
/** Kind and link stand before the id (broker/state/key.ts). */
const MAX_KEY_CHARS = MAX_ID_CHARS + MAX_LINK_NAME_CHARS + 16;

/** An answer to `monitor`: the event, or why there is none. */
export function readMonitorReply(value: unknown): MonitorEvent | ReturnType<typeof readError> {
  const reply = asObject(value, ["type", "event", "code", "message"], "the answer");
  return oneOf(reply, "type", ["event", "error"]) === "error"
    ? readError(asObject(value, ["type", "code", "message"], "the answer"))
    : readMonitorEvent(member(asObject(value, ["type", "event"], "the answer"), "event"));
}

export function readMonitorEvent(value: unknown): MonitorEvent {
  const all = asObject(value, ALL_MEMBERS, "the event");
  const event = oneOf(all, "event", EVENTS);
  const only = (...names: string[]) => asObject(value, ["event", "timeMs", ...names], "the event");
  const domainOnly = (...names: string[]) => only("link", "key", "id", ...names);
  const routerOnly = (...names: string[]) => only("link", "address", ...names);
  switch (event) {
    case "domainNow":
    case "domainMade": {
      const fields = domainOnly("domain");
      return { event, ...domainHead(fields), domain: readDomainView(member(fields, "domain")) };
    }
    case "domainChanged":
    case "domainRenewed": {
      const fields = domainOnly("datum", "old", "new");
      return { event, ...domainHead(fields), ...change(fields, DOMAIN_DATA) };
    }
    case "domainDeprecated":
    case "domainRemoved":
      return { event, ...domainHead(domainOnly()) };
    case "routerNow":
    case "routerHeard": {
      const fields = routerOnly("router");
      return { event, ...routerHead(fields), router: readRouterView(member(fields, "router")) };
    }
    case "routerChanged":
    case "routerRenewed": {
      const fields = routerOnly("datum", "old", "new");
      return { event, ...routerHead(fields), ...change(fields, ROUTER_DATA) };
    }
    case "routerLost":
      return { event, ...routerHead(routerOnly()) };
    case "now":
      return { event, timeMs: timeMs(only()) };
    case "advertisementRefused": {
      const fields = only("link", "source", "reason", "problem", "count", "total");
      return {
        event,
        timeMs: timeMs(fields),
        link: text(fields, "link", MAX_LINK_NAME_CHARS),
        source: text(fields, "source", ANY_TEXT),
        reason: text(fields, "reason", ANY_TEXT),
        problem: text(fields, "problem", ANY_TEXT),
        count: integer(fields, "count", 0, ANY_COUNT),
        total: integer(fields, "total", 0, ANY_COUNT),
      };
    }
    case "lost": {
      const fields = only("count");
      return { event, timeMs: timeMs(fields), count: integer(fields, "count", 0, ANY_COUNT) };
    }
  }
}

const EVENTS = [
  "domainNow",
  "domainMade",
  "domainChanged",
  "domainRenewed",
  "domainDeprecated",
  "domainRemoved",
  "routerNow",
  "routerHeard",
  "routerChanged",
  "routerRenewed",
  "routerLost",
  "now",
  "advertisementRefused",
  "lost",
] as const satisfies readonly MonitorEvent["event"][];

const ALL_MEMBERS = [
  ...["event", "timeMs", "link", "key", "id", "domain", "datum", "old", "new", "address", "router"],
  ...["source", "reason", "problem", "count", "total"],
];

function timeMs(fields: Fields): number {
  return integer(fields, "timeMs", 0, MAX_TIME_MS);
}

function domainHead(fields: Fields) {
  return {
    timeMs: timeMs(fields),
    link: text(fields, "link", MAX_LINK_NAME_CHARS),
    key: text(fields, "key", MAX_KEY_CHARS),
    id: text(fields, "id", MAX_ID_CHARS),
  };
}

function routerHead(fields: Fields) {
  return {
    timeMs: timeMs(fields),
    link: text(fields, "link", MAX_LINK_NAME_CHARS),
    address: text(fields, "address", ANY_TEXT),
  };
}

function change<Datum extends string>(fields: Fields, data: readonly Datum[]) {
  return {
    datum: oneOf(fields, "datum", data),
    old: readJson(member(fields, "old"), 1),
    new: readJson(member(fields, "new"), 1),
  };
}

const ROUTER_MEMBERS = [
  ...["link", "address", "mac", "lifetimeS", "preference", "hopLimit", "managed", "otherConfig"],
  ...DATA_MEMBERS,
];

function readRouterView(value: unknown): RouterView {
  const router = asObject(value, ROUTER_MEMBERS, "the router");
  return {
    link: text(router, "link", MAX_LINK_NAME_CHARS),
    address: text(router, "address", ANY_TEXT),
    mac: textOrNull(router, "mac", ANY_TEXT),
    lifetimeS: seconds(router, "lifetimeS"),
    preference: oneOf(router, "preference", ["low", "medium", "high"]),
    hopLimit: integer(router, "hopLimit", 0, 255),
    managed: flag(router, "managed"),
    otherConfig: flag(router, "otherConfig"),
    ...readDataViews(router),
  };
}
