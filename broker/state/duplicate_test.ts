import assert from "node:assert/strict";
import {
  hasAddress,
  hasGivenUp,
  IDGEN_RETRIES,
  markDuplicate,
  nextIdentifier,
  prefixOf,
  tryAgain,
  withoutAddress,
} from "./duplicate.ts";
import { expire } from "./expire.ts";
import { hear } from "./hear.ts";
import { advertisement, prefix } from "./testing.ts";
import { EMPTY_STATE, type State } from "./types.ts";

const KEY = "explicit eth1 example.org";
const PREFIX = "2001:db8:1::/64";
const OTHER = "2001:db8:2::/64";
const hearing = (now: number) => ({ link: "eth1", linkIndex: 2, router: "fe80::1", now });
const SAID = [advertisement({ prefixes: [prefix(PREFIX, 3600), prefix(OTHER, 600)] })];
const STATE = hear(EMPTY_STATE, hearing(0), SAID).state;

const countOf = (state: State, of = PREFIX) => {
  const held = prefixOf(state, KEY, of);
  return [held?.dadCounter, held?.duplicate];
};

Deno.test("a duplicate address leaves its prefix without one, until the next identifier's turn", () => {
  const marked = markDuplicate(STATE, KEY, PREFIX);
  const domain = marked.domains.get(KEY);
  assert.ok(domain !== undefined);
  assert.deepEqual(withoutAddress(domain, 0).map((each) => each.prefix), [PREFIX]);
  assert.deepEqual(domain.prefixes.map((each) => hasAddress(each, 0)), [false, true]);
  const next = nextIdentifier(marked, KEY, PREFIX, IDGEN_RETRIES);
  assert.deepEqual([countOf(next), countOf(next, OTHER)], [[1, false], [0, false]]);
});

Deno.test("nextIdentifier goes on until the tries are used up, and tryAgain begins with the first", () => {
  let state = STATE;
  for (let tried = 1; tried < IDGEN_RETRIES; tried++) {
    state = nextIdentifier(markDuplicate(state, KEY, PREFIX), KEY, PREFIX, IDGEN_RETRIES);
    assert.deepEqual(countOf(state), [tried, false]);
  }
  assert.equal(tryAgain(state, KEY, IDGEN_RETRIES), state, "nothing is given up yet");
  state = markDuplicate(state, KEY, PREFIX);
  assert.equal(nextIdentifier(state, KEY, PREFIX, IDGEN_RETRIES), state);
  const held = prefixOf(state, KEY, PREFIX);
  assert.ok(held !== undefined && hasGivenUp(held, IDGEN_RETRIES));
  assert.deepEqual(countOf(tryAgain(state, KEY, IDGEN_RETRIES)), [0, false]);
});

Deno.test("nextIdentifier and markDuplicate change nothing where there is no such domain, prefix or duplicate", () => {
  assert.equal(nextIdentifier(STATE, KEY, PREFIX, IDGEN_RETRIES), STATE);
  for (const [key, of] of [["explicit eth1 other.example", PREFIX], [KEY, "2001:db8:9::/64"]] as const) {
    assert.equal(markDuplicate(STATE, key, of), STATE);
    assert.equal(nextIdentifier(STATE, key, of, IDGEN_RETRIES), STATE);
  }
});

Deno.test("what advertisements say and what ends leaves the DAD counter as it is, and a prefix that ended begins anew", () => {
  const next = nextIdentifier(markDuplicate(STATE, KEY, PREFIX), KEY, PREFIX, IDGEN_RETRIES);
  const renewed = hear(next, hearing(1000), SAID).state;
  assert.deepEqual(countOf(renewed), [1, false]);
  assert.deepEqual(countOf(hear(markDuplicate(next, KEY, PREFIX), hearing(1000), SAID).state), [1, true]);
  assert.deepEqual(countOf(expire(renewed, 700_000).state), [1, false]);
  const gone = expire(markDuplicate(next, KEY, OTHER), 700_000).state;
  assert.deepEqual(countOf(hear(gone, hearing(700_000), SAID).state, OTHER), [0, false]);
});
