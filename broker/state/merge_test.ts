// What ends in an advertisement makes room for what is new in it, wherever in it either stands.

import assert from "node:assert/strict";
import type { DomainAdvertisement } from "../../lib/ndp/types.ts";
import { hear } from "./hear.ts";
import { MAX_PREFIXES_PER_DOMAIN, MAX_RESOLVERS_PER_DOMAIN, MAX_ROUTES_PER_DOMAIN } from "./limits.ts";
import { heldFirst, mergeData } from "./merge.ts";
import { advertisement, header, prefix } from "./testing.ts";
import { EMPTY_STATE } from "./types.ts";

type Said = Partial<DomainAdvertisement>;

/** What one domain has after one advertisement after the other, and what the last of them had refused. */
function after(...said: readonly Said[]) {
  let [state, refused] = [EMPTY_STATE, 0];
  for (const [at, each] of said.entries()) {
    const hearing = { link: "eth1", linkIndex: 2, router: "fe80::1", now: at * 1000 };
    const heard = hear(state, hearing, [advertisement(each)]);
    [state, refused] = [heard.state, heard.refused.length];
  }
  const [domain] = state.domains.values();
  assert.ok(domain !== undefined);
  return { ...domain, refused };
}

function many<T>(count: number, name: string, each: (text: string) => T): T[] {
  return Array.from({ length: count }, (_, n) => each(`2001:db8:${name}${n.toString(16)}:`));
}

Deno.test("at the cap resolvers that are replaced in one advertisement are, also where the new ones stand first", () => {
  const rdnss = (name: string, lifetimeS: number) =>
    many(MAX_RESOLVERS_PER_DOMAIN, name, (text) => ({ address: `${text}:1`, lifetimeS }));
  const domain = after({ rdnss: rdnss("a", 60) }, { rdnss: [...rdnss("b", 60), ...rdnss("a", 0)] });
  assert.deepEqual(domain.rdnss.map(({ address }) => address), rdnss("b", 60).map(({ address }) => address));
  assert.equal(domain.refused, 0);
});

Deno.test("at the cap prefixes that are replaced in one advertisement are, but not those whose address lives on", () => {
  const prefixes = (name: string, validS: number, autonomous: boolean) =>
    many(MAX_PREFIXES_PER_DOMAIN, name, (text) => prefix(`${text}:/64`, validS, validS, { autonomous }));
  const replaced = (autonomous: boolean) =>
    after(
      { prefixes: prefixes("a", 600, autonomous) },
      { prefixes: [...prefixes("b", 600, autonomous), ...prefixes("a", 0, autonomous)] },
    );
  const { prefixes: held, refused } = replaced(false);
  assert.deepEqual(held.map((each) => each.prefix), prefixes("b", 0, false).map((each) => each.prefix));
  assert.equal(refused, 0);
  const kept = replaced(true);
  assert.deepEqual(
    kept.prefixes.map((each) => each.prefix),
    prefixes("a", 0, true).map((each) => each.prefix),
  );
  assert.equal(kept.refused, MAX_PREFIXES_PER_DOMAIN);
});

Deno.test("at the cap of routes a router's ::/0 option is its default route all the same", () => {
  const full = many(MAX_ROUTES_PER_DOMAIN, "a", (text) => ({
    prefix: `${text}:/64`,
    preference: "low" as const,
    lifetimeS: 600,
  }));
  const domain = after({ header: header(1800, "low"), routes: full }, {
    routes: [{ prefix: "::/0", preference: "high", lifetimeS: 60 }],
  });
  assert.equal(domain.refused, 1);
  assert.deepEqual(domain.routers, [{ router: "fe80::1", preference: "high", validUntil: 61_000 }]);
});

Deno.test("mergeData: the last word on each thing counts, and it is refused once", () => {
  let refused = 0;
  const said = (name: string, validUntil: number) => ({ name, validUntil });
  const merged = mergeData(
    [said("a", 9)],
    [said("b", 9), said("b", 5), said("c", 9), said("c", 8), said("a", 7)],
    ({ name }) => name,
    2,
    1,
    () => refused++,
  );
  assert.deepEqual(merged, [said("a", 7), said("b", 5)]);
  assert.equal(refused, 1);
});

Deno.test("heldFirst: what is said of held things goes first, both in the order in which they were said", () => {
  const said = [["b", 1], ["a", 2], ["d", 3], ["c", 4]] as const;
  const names = (held: string) =>
    heldFirst(said, new Map([...held].map((name) => [name, null]))).map(([name]) => name).join("");
  assert.deepEqual(["", "ac", "bd", "abcd"].map(names), ["badc", "acbd", "bdac", "badc"]);
});
