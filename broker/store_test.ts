import assert from "node:assert/strict";
import fc from "fast-check";
import { markDuplicate, nextIdentifier } from "./state/duplicate.ts";
import { expire } from "./state/expire.ts";
import { hear } from "./state/hear.ts";
import { advertisement, arbitraryAdvertisement, prefix } from "./state/testing.ts";
import { EMPTY_STATE, type State } from "./state/types.ts";
import { decodeState, encodeState } from "./store.ts";

const arbitraryState = fc.array(arbitraryAdvertisement, { maxLength: 5 }).map((said): State =>
  hear(EMPTY_STATE, { link: "eth1", linkIndex: 2, router: "fe80::1", now: 1000 }, said).state
);

Deno.test("decodeState gives back what encodeState took, infinite lifetimes too", () => {
  fc.assert(fc.property(arbitraryState, (state) => {
    const read = decodeState(encodeState(state, "boot"), "boot", 1000);
    assert.deepEqual([...read.domains], [...expire(state, 1000).state.domains]);
  }));
});

Deno.test("decodeState leaves out what has ended meanwhile", () => {
  fc.assert(fc.property(arbitraryState, fc.integer({ min: 1000, max: 1e8 }), (state, now) => {
    const read = decodeState(encodeState(state, "boot"), "boot", now);
    assert.deepEqual([...read.domains], [...expire(state, now).state.domains]);
  }));
});

Deno.test("decodeState of another boot's file is empty", () => {
  fc.assert(fc.property(arbitraryState, (state) => {
    assert.equal(decodeState(encodeState(state, "boot"), "another", 1000).domains.size, 0);
  }));
});

Deno.test("decodeState of anything at all is a state, never an exception", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
    assert.equal(decodeState(text, "boot", 0).domains.size, 0);
  }));
  const boot = { version: 1, boot: "boot" };
  fc.assert(fc.property(fc.array(fc.jsonValue()), (domains) => {
    assert.equal(decodeState(JSON.stringify({ ...boot, domains }), "boot", 0).domains.size, 0);
  }));
});

Deno.test("decodeState takes a file of a broker that knew no hop limit and no times", () => {
  const { state } = hear(EMPTY_STATE, { link: "eth1", linkIndex: 2, router: "fe80::1", now: 1000 }, [
    advertisement(),
  ]);
  const file: { domains: Record<string, unknown>[] } = JSON.parse(encodeState(state, "boot"));
  for (const domain of file.domains) {
    for (const name of ["hopLimit", "reachableTimeMs", "retransTimerMs"]) delete domain[name];
  }
  const [domain] = decodeState(JSON.stringify(file), "boot", 1000).domains.values();
  assert.deepEqual([domain?.id, domain?.hopLimit, domain?.retransTimerMs], ["example.org", null, null]);
});

Deno.test("decodeState drops a damaged domain and keeps the others", () => {
  fc.assert(fc.property(arbitraryState.filter((state) => state.domains.size > 1), (state) => {
    const file: { domains: Record<string, unknown>[] } = JSON.parse(encodeState(state, "boot"));
    for (const domain of file.domains.slice(0, 1)) domain["link"] = "a link's name that is too long";
    assert.equal(decodeState(JSON.stringify(file), "boot", 1000).domains.size, state.domains.size - 1);
  }));
});

Deno.test("decodeState keeps the DAD counter, and tries an address once more that another host had", () => {
  const said = advertisement({ prefixes: [prefix("2001:db8:1::/64", 3600)] });
  const heard = hear(EMPTY_STATE, { link: "eth1", linkIndex: 2, router: "fe80::1", now: 1000 }, [said]).state;
  const [key = ""] = heard.domains.keys();
  const second = nextIdentifier(markDuplicate(heard, key, "2001:db8:1::/64"), key, "2001:db8:1::/64", 3);
  const read = decodeState(encodeState(markDuplicate(second, key, "2001:db8:1::/64"), "boot"), "boot", 1000);
  assert.deepEqual([...read.domains], [...second.domains]);
});
