// Golden texts of `pvd show`, and which domain a word means.

import assert from "node:assert/strict";
import { brokerOver } from "./api.ts";
import { connect } from "./connection.ts";
import { findDomain, formatDomain } from "./show.ts";
import { type FakePeer, SAMPLE_DOMAIN, withFakeBroker } from "./testing.ts";

const WHOLE = { width: null, colour: false };

Deno.test("formatDomain gives every datum with the lifetime that it has left", () => {
  assert.equal(
    formatDomain(SAMPLE_DOMAIN, WHOLE),
    `
office.example.com
  state           ready
  kind            explicit, RFC 8801 option
  link            eth1
  namespace       mifpvd-1, interface mifpvd
  MTU             1500
  flags           additional information by HTTPS
  sequence        7, delay 3
  no information  the server took too long\\x07
  captive portal  https://portal.example/

routers
  fe80::1  preference high  29 min 58 s left
  fe80::2  preference low   no end

addresses
  2001:db8:9::1/64  1 min left    deprecated
  2001:db8:1::1/64  1 d 3 h left  preferred without end

prefixes
  2001:db8:1::/64  no end  preferred for 4 h  on-link, not autonomous

routes
  2001:db8:f::/48  by fe80::1  preference medium  59 s left

resolvers
  2001:db8:1::53  ends now

search domains
  example.com  1 h left

NAT64 prefixes
  64:ff9b::/96  10 min left

encrypted resolvers
  dns.example  priority 1  2001:db8:1::53  alpn=h2  10 min left

additional information
  identifier  office.example.com
  expires     2030-01-01T00:00:00Z
  prefixes    ["2001:db8:1::/48"]
  noInternet  false
  vendor-x    {"not ours":[1,null,"\\u202e"]}
`.slice(1),
  );
});

Deno.test("formatDomain leaves out what there is none of, and says why a domain failed", () => {
  const bare = {
    ...SAMPLE_DOMAIN,
    id: "cfe25073-4d60-6f0b-d88f-1003c82a1817",
    kind: "implicit",
    encoding: "ra",
    state: "failed",
    problem: "link gone\n",
    namespace: "",
    mtu: null,
    flags: { http: false, legacy: false, header: false },
    routers: [],
    addresses: [],
    prefixes: [],
    routes: [],
    rdnss: [],
    dnssl: [],
    pref64: [],
    captivePortal: null,
    encryptedDns: [],
    information: null,
    informationProblem: null,
  } as const;
  assert.equal(
    formatDomain(bare, WHOLE),
    `
cfe25073-4d60-6f0b-d88f-1003c82a1817
  state      failed
  problem    link gone\\x0a
  kind       implicit, Router Advertisement without a PvD option
  link       eth1
  namespace  none yet, interface mifpvd
  MTU        the link's
  flags      none
`.slice(1),
  );
});

Deno.test("formatDomain lets no text of a router reach the terminal raw", () => {
  const hostile = "x\x1b]0;y\x07\n\u202e\\";
  const text = formatDomain({
    ...SAMPLE_DOMAIN,
    id: hostile,
    problem: hostile,
    link: hostile,
    namespace: hostile,
    interface: hostile,
    routers: [{ address: hostile, preference: "low", lifetimeS: 1 }],
    addresses: [{ address: hostile, prefixLength: 1, validS: 1, preferredS: 1 }],
    prefixes: [{ prefix: hostile, onLink: true, autonomous: true, validS: 1, preferredS: 1 }],
    routes: [{ prefix: hostile, router: hostile, preference: "low", lifetimeS: 1 }],
    rdnss: [{ address: hostile, lifetimeS: 1 }],
    dnssl: [{ domain: hostile, lifetimeS: 1 }],
    pref64: [{ prefix: hostile, lifetimeS: 1 }],
    captivePortal: hostile,
    encryptedDns: [{
      priority: 1,
      authenticationName: hostile,
      addresses: [hostile],
      parameters: hostile,
      lifetimeS: 1,
    }],
    information: { [hostile]: hostile, b: { [hostile]: [hostile] }, c: 1, d: 2, e: 3 },
    informationProblem: hostile,
  }, WHOLE);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/);
  // The problem more; a router and an address fewer than the sample has.
  assert.equal(text.split("\n").length, formatDomain(SAMPLE_DOMAIN, WHOLE).split("\n").length - 1);
});

/** Answers `list` with the domains, and `resolve` with `resolved`. */
function answering(domains: readonly unknown[], resolved: unknown) {
  return async (peer: FakePeer) => {
    for (let asked = await peer.next(); asked !== null; asked = await peer.next()) {
      if (JSON.stringify(asked.message) === '{"type":"list"}') {
        for (const domain of domains) peer.say({ type: "domain", domain });
        peer.say({ type: "end" });
      } else {
        peer.say(resolved);
      }
    }
  };
}

function found(domains: readonly unknown[], resolved: unknown, word: string) {
  return withFakeBroker(answering(domains, resolved), async (path) => {
    const broker = brokerOver(connect(path));
    try {
      return await findDomain(broker, word);
    } finally {
      broker.close();
    }
  });
}

Deno.test("findDomain takes the domain that the broker says the word means", async () => {
  const other = { ...SAMPLE_DOMAIN, namespace: "mifpvd-2", link: "eth2" };
  const resolved = { type: "resolved", id: SAMPLE_DOMAIN.id, handle: "mifpvd-2", link: "eth2" };
  assert.equal((await found([SAMPLE_DOMAIN, other], resolved, "office")).namespace, "mifpvd-2");
});

Deno.test("findDomain shows a domain that is not ready when its whole id is named", async () => {
  const notReady = { type: "error", code: "notReady", message: "not yet" };
  const domain = { ...SAMPLE_DOMAIN, namespace: "", state: "failed" };
  assert.equal((await found([domain], notReady, "Office.Example.com")).state, "failed");
});

Deno.test("findDomain passes on the broker's refusal", async () => {
  const refusal = { type: "error", code: "noSuchDomain", message: "no" };
  await assert.rejects(found([SAMPLE_DOMAIN], refusal, "x"), { code: "noSuchDomain", message: "no" });
});
