// Captive portal, PREF64 and encrypted DNS as properties of a domain, from the advertisement to what people and programs
// on the bus are shown: each ends by itself, the portal when a router says so.

import assert from "node:assert/strict";
import { NO_CAPTIVE_PORTAL } from "../lib/ndp/codes.ts";
import type { DomainAdvertisement } from "../lib/ndp/types.ts";
import { busDomain } from "./bus/broker_backend.ts";
import { domainValues } from "./bus/net_pvd1_domain.ts";
import { expire } from "./state/expire.ts";
import { hear } from "./state/hear.ts";
import { advertisement, header, prefix } from "./state/testing.ts";
import { type Domain, EMPTY_STATE, type State } from "./state/types.ts";
import { domainView } from "./view.ts";

const SECRETS = { key: new Uint8Array(32).fill(7) };
const RUNTIME = { state: "ready", problem: null, handle: "mifpvd-1" } as const;
const PORTAL = "https://portal.example/api";

function heard(state: State, now: number, said: Partial<DomainAdvertisement>, router = "fe80::1"): State {
  const hearing = { link: "eth1", linkIndex: 2, router, now };
  return hear(expire(state, now).state, hearing, [advertisement(said)]).state;
}

function only(state: State): Domain {
  const [domain, ...more] = state.domains.values();
  assert.ok(domain !== undefined && more.length === 0);
  return domain;
}

/** What `pvd show` and the bus have of the three, and when what ends is told to the bus. */
function shown(state: State, now: number) {
  const domain = only(state);
  const { captivePortal, pref64, encryptedDns } = domainView(domain, RUNTIME, now, SECRETS);
  const bus = domainValues(busDomain(domain, RUNTIME, null, now, SECRETS));
  return {
    view: { captivePortal, pref64, encryptedDns },
    bus: ["CaptivePortal", "Pref64", "EncryptedDns"].map((name) => bus.get(name)?.value),
  };
}

const RESOLVER = {
  priority: 1,
  authenticationName: "dns.example",
  addresses: ["2001:db8::853"],
  parameters: "0001",
};
const ALL: Partial<DomainAdvertisement> = {
  captivePortal: PORTAL,
  pref64: [{ prefix: "64:ff9b::/96", lifetimeS: 80 }],
  encryptedDns: [{ ...RESOLVER, lifetimeS: 60 }],
};

Deno.test("captive portal, PREF64 and encrypted DNS are properties of the domain, with the lifetimes that they have", () => {
  assert.deepEqual(shown(heard(EMPTY_STATE, 0, ALL), 10_000), {
    view: {
      captivePortal: PORTAL,
      pref64: [{ prefix: "64:ff9b::/96", lifetimeS: 70 }],
      encryptedDns: [{ ...RESOLVER, lifetimeS: 50 }],
    },
    bus: [PORTAL, ["64:ff9b::/96"], [[1, "dns.example", ["2001:db8::853"], "0001"]]],
  });
});

Deno.test("PREF64 and encrypted DNS each end at their own moment, and the portal, which has none, lives on", () => {
  const state = heard(EMPTY_STATE, 0, ALL);
  const at = (now: number) => {
    const next = expire(state, now);
    const { captivePortal, pref64, encryptedDns } = shown(next.state, now).view;
    // `touched` is what the bus is told of.
    return [next.touched.length, captivePortal, pref64.length, encryptedDns.length];
  };
  assert.deepEqual(at(59_999), [0, PORTAL, 1, 1]);
  assert.deepEqual(at(60_000), [1, PORTAL, 1, 0]);
  assert.deepEqual(at(79_999), [1, PORTAL, 1, 0]);
  assert.deepEqual(at(80_000), [1, PORTAL, 0, 0]);
});

Deno.test("PREF64 and encrypted DNS end at once with a lifetime of 0 (RFC 8781 4, RFC 9463 6.1)", () => {
  const state = heard(heard(EMPTY_STATE, 0, ALL), 1000, {
    pref64: [{ prefix: "64:ff9b::/96", lifetimeS: 0 }],
    encryptedDns: [{ ...RESOLVER, lifetimeS: 0 }],
  });
  assert.deepEqual(shown(state, 1000).bus, [PORTAL, [], []]);
});

Deno.test("the latest captive portal holds, and what an advertisement leaves out ends none", () => {
  const other = "https://other.example/";
  const one = heard(EMPTY_STATE, 0, ALL);
  assert.equal(only(heard(one, 1000, {})).captivePortal, PORTAL);
  assert.equal(only(heard(one, 1000, { captivePortal: other }, "fe80::2")).captivePortal, other);
});

Deno.test("a captive portal ends when a router says that there is none (RFC 8910 2), and with the domain", () => {
  const one = heard(EMPTY_STATE, 0, { ...ALL, prefixes: [prefix("2001:db8:1::/64", 600)] });
  const none = heard(one, 1000, { captivePortal: NO_CAPTIVE_PORTAL });
  assert.deepEqual(shown(none, 1000).bus[0], "");
  assert.equal(only(none).captivePortal, null);
  const ended = heard(one, 1000, { header: header(0), prefixes: [prefix("2001:db8:1::/64", 0)] });
  assert.equal(ended.domains.size, 0);
  assert.equal(only(heard(ended, 2000, {})).captivePortal, null, "a new domain of that name has none");
});
