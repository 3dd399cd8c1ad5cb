// For tests only: one event of each kind, with text that a hostile router could choose.

import type { MonitorEvent, RouterView } from "../lib/protocol.ts";
import { SAMPLE_DOMAIN } from "./testing.ts";

const { mtu, prefixes, routes, rdnss, dnssl, pref64, captivePortal, encryptedDns } = SAMPLE_DOMAIN;

export const SAMPLE_ROUTER: RouterView = {
  link: "eth1",
  address: "fe80::1",
  mac: "02:00:00:00:00:01",
  lifetimeS: 1800,
  preference: "high",
  hopLimit: 64,
  managed: false,
  otherConfig: true,
  ...{ mtu, prefixes, routes, rdnss, dnssl, pref64, captivePortal, encryptedDns },
};

const domain = { timeMs: 1_700_000_000_123, link: "eth1", key: "explicit eth1 office.example.com" };
const ofDomain = { ...domain, id: "office.example.com" };
const ofRouter = { timeMs: 1_700_000_000_123, link: "eth1", address: "fe80::1" };

export const SAMPLE_EVENTS: readonly MonitorEvent[] = [
  { event: "routerNow", ...ofRouter, router: SAMPLE_ROUTER },
  { event: "domainNow", ...ofDomain, domain: SAMPLE_DOMAIN },
  { event: "now", timeMs: 0 },
  { event: "domainMade", ...domain, id: "e\x1bvil", domain: { ...SAMPLE_DOMAIN, id: "e\x1bvil" } },
  {
    event: "domainChanged",
    ...ofDomain,
    datum: "prefixes",
    old: null,
    new: { prefix: "2001:db8:1::/64", onLink: true, autonomous: true, validS: 3600, preferredS: 0 },
  },
  {
    event: "domainChanged",
    ...ofDomain,
    datum: "routes",
    old: { prefix: "2001:db8:f::/48", router: "fe80::1", preference: "medium", lifetimeS: 60 },
    new: { prefix: "2001:db8:f::/48", router: "fe80::1", preference: "high", lifetimeS: null },
  },
  {
    event: "domainChanged",
    ...ofDomain,
    datum: "dnssl",
    old: { domain: "e\u202evil.example", lifetimeS: 1 },
    new: null,
  },
  { event: "domainChanged", ...ofDomain, datum: "state", old: "configuring", new: "ready" },
  { event: "domainChanged", ...ofDomain, datum: "captivePortal", old: null, new: "https://e\nvil/" },
  { event: "domainChanged", ...ofDomain, datum: "information", old: { "\x07": 1 }, new: { a: 1 } },
  {
    event: "domainRenewed",
    ...ofDomain,
    datum: "rdnss",
    old: { address: "2001:db8::53", lifetimeS: 10 },
    new: { address: "2001:db8::53", lifetimeS: 600 },
  },
  { event: "domainDeprecated", ...ofDomain },
  { event: "domainRemoved", ...ofDomain },
  { event: "routerHeard", ...ofRouter, router: { ...SAMPLE_ROUTER, lifetimeS: 0, mac: null, hopLimit: 0 } },
  { event: "routerChanged", ...ofRouter, datum: "lifetimeS", old: 1800, new: 0 },
  { event: "routerChanged", ...ofRouter, datum: "managed", old: false, new: true },
  { event: "routerRenewed", ...ofRouter, datum: "lifetimeS", old: 10, new: 1800 },
  { event: "routerLost", ...ofRouter },
  {
    event: "advertisementRefused",
    timeMs: 1_700_000_000_123,
    link: "eth1",
    source: "fe80::bad",
    reason: "hop limit is not 255",
    problem: "hop limit is 64, not 255\x1b",
    count: 3,
    total: 17,
  },
  { event: "lost", timeMs: 1_700_000_000_123, count: 5 },
];
