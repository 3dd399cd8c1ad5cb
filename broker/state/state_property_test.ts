import assert from "node:assert/strict";
import fc from "fast-check";
import { expire, linkGone, nextDeadline } from "./expire.ts";
import { hear } from "./hear.ts";
import {
  MAX_ENCRYPTED_DNS_PER_DOMAIN,
  MAX_PREF64_PER_DOMAIN,
  MAX_PREFIXES_PER_DOMAIN,
  MAX_RESOLVERS_PER_DOMAIN,
  MAX_ROUTERS_PER_DOMAIN,
  MAX_ROUTES_PER_DOMAIN,
  MAX_SEARCH_DOMAINS_PER_DOMAIN,
} from "./limits.ts";
import { arbitraryAdvertisement } from "./testing.ts";
import { EMPTY_STATE, type State } from "./types.ts";

const LIMITS = { domains: 8, domainsPerLink: 5 };

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("hear" as const),
      linkIndex: fc.integer({ min: 1, max: 3 }),
      router: fc.integer({ min: 1, max: 12 }),
      said: fc.array(arbitraryAdvertisement, { maxLength: 3 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 9_000_000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("gone" as const), linkIndex: fc.integer({ min: 1, max: 3 }) }),
  },
);

interface Step {
  state: State;
  now: number;
}

function walk(
  steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[],
  check: (at: Step) => void,
): Step {
  let at: Step = { state: EMPTY_STATE, now: 1000 };
  for (const each of steps) {
    switch (each.type) {
      case "hear": {
        const hearing = {
          link: `eth${each.linkIndex}`,
          linkIndex: each.linkIndex,
          router: `fe80::${each.router.toString(16)}`,
          now: at.now,
        };
        at = { state: hear(at.state, hearing, each.said, LIMITS).state, now: at.now };
        break;
      }
      case "wait":
        at = { state: expire(at.state, at.now + each.ms).state, now: at.now + each.ms };
        break;
      case "gone":
        at = { state: linkGone(at.state, each.linkIndex).state, now: at.now };
        break;
    }
    check(at);
  }
  return at;
}

Deno.test("any advertisements and clock steps: the caps hold and nothing lives past its lifetime", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 25, size: "max" }), (steps) => {
    walk(steps, ({ state, now }) => {
      assert.ok(state.domains.size <= LIMITS.domains);
      for (const [key, domain] of state.domains) {
        assert.equal(domain.key, key);
        assert.ok(domain.routers.length <= MAX_ROUTERS_PER_DOMAIN);
        assert.ok(domain.prefixes.length <= MAX_PREFIXES_PER_DOMAIN);
        assert.ok(domain.routes.length <= MAX_ROUTES_PER_DOMAIN);
        assert.ok(domain.rdnss.length <= MAX_RESOLVERS_PER_DOMAIN);
        assert.ok(domain.dnssl.length <= MAX_SEARCH_DOMAINS_PER_DOMAIN);
        assert.ok(domain.pref64.length <= MAX_PREF64_PER_DOMAIN);
        assert.ok(domain.encryptedDns.length <= MAX_ENCRYPTED_DNS_PER_DOMAIN);
        const { routers, routes, rdnss, dnssl, pref64, encryptedDns } = domain;
        for (const datum of [...routers, ...routes, ...rdnss, ...dnssl, ...pref64, ...encryptedDns]) {
          assert.ok(datum.validUntil > now, `${key} holds what ended`);
        }
        for (const prefix of domain.prefixes) {
          assert.ok(Math.max(prefix.validUntil, prefix.onLinkUntil, prefix.addressValidUntil) > now);
          assert.ok(prefix.addressPreferredUntil <= Math.max(prefix.addressValidUntil, now));
        }
      }
    });
  }));
});

Deno.test("any advertisements and clock steps: nextDeadline is ahead, and nothing ends before it", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 15, size: "max" }), (steps) => {
    walk(steps, ({ state, now }) => {
      const next = nextDeadline(state);
      assert.ok(next > now);
      const before = Number.isFinite(next) ? next - 1 : now + 1e12;
      assert.equal(expire(state, before).state, state);
      if (Number.isFinite(next)) assert.notEqual(expire(state, next).state, state);
    });
  }));
});

Deno.test("any advertisements and clock steps: with every link gone no domain is left", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 15, size: "max" }), (steps) => {
    const { state } = walk(steps, () => {});
    const gone = [1, 2, 3].reduce((rest, linkIndex) => linkGone(rest, linkIndex).state, state);
    assert.equal(gone.domains.size, 0);
  }));
});

Deno.test("any finite advertisements: with silence long enough no domain is left", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 15, size: "max" }), (steps) => {
    const finite = steps.map((each) =>
      each.type !== "hear" ? each : {
        ...each,
        said: each.said.map((said) => ({
          ...said,
          prefixes: said.prefixes.map((prefix) => ({ ...prefix, validS: Math.min(prefix.validS, 20_000) })),
          routes: said.routes.map((route) => ({ ...route, lifetimeS: Math.min(route.lifetimeS, 20_000) })),
        })),
      }
    );
    const { state, now } = walk(finite, () => {});
    assert.equal(expire(state, now + 70_000_000).state.domains.size, 0);
  }));
});
