import assert from "node:assert/strict";
import fc from "fast-check";
import { expire } from "./state/expire.ts";
import { hear } from "./state/hear.ts";
import { arbitraryAdvertisement } from "./state/testing.ts";
import { EMPTY_STATE, type State } from "./state/types.ts";
import { decodeState, encodeState } from "./store.ts";

const arbitraryState = fc.array(arbitraryAdvertisement, { maxLength: 5 }).map((said): State =>
  hear(EMPTY_STATE, { link: "eth1", linkIndex: 2, router: "fe80::1", now: 1000 }, said).state
);

Deno.test("decodeState gives back what encodeState took, infinite lifetimes too", () => {
  fc.assert(fc.property(arbitraryState, (state) => {
    assert.deepEqual(decodeState(encodeState(state, "boot"), "boot", 1000), expire(state, 1000).state);
  }));
});

Deno.test("decodeState leaves out what has ended meanwhile", () => {
  fc.assert(fc.property(arbitraryState, fc.integer({ min: 1000, max: 1e8 }), (state, now) => {
    assert.deepEqual(decodeState(encodeState(state, "boot"), "boot", now), expire(state, now).state);
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

Deno.test("decodeState drops a damaged domain and keeps the others", () => {
  fc.assert(fc.property(arbitraryState.filter((state) => state.domains.size > 1), (state) => {
    const file: { domains: Record<string, unknown>[] } = JSON.parse(encodeState(state, "boot"));
    for (const domain of file.domains.slice(0, 1)) domain["link"] = "a link's name that is too long";
    assert.equal(decodeState(JSON.stringify(file), "boot", 1000).domains.size, state.domains.size - 1);
  }));
});
