import assert from "node:assert/strict";
import { AdvertisementCache } from "./advertisement_cache.ts";
import { advertisement } from "./state/testing.ts";

const BYTES = new Uint8Array([134, 0, 0x80, 0x81, 0x9f, 0xff]);
const NOTHING = { advertisements: [], outer: advertisement() };

Deno.test("AdvertisementCache finds the same bytes of the same router alone", () => {
  const cache = new AdvertisementCache();
  cache.remember("fe80::1", BYTES, { advertisements: [advertisement()], outer: advertisement() }, 0);
  assert.equal(cache.find("fe80::1", BYTES.slice())?.said.advertisements[0]?.id, "example.org");
  assert.equal(cache.find("fe80::2", BYTES), null);
  assert.equal(cache.find("fe80::1", BYTES.with(5, 0xfe)), null);
});

Deno.test("AdvertisementCache hears the same again only after a moment, or after something else", () => {
  const cache = new AdvertisementCache();
  cache.remember("fe80::1", BYTES, NOTHING, 0);
  const entry = cache.find("fe80::1", BYTES);
  assert.ok(entry !== null);
  assert.equal(cache.renew(entry, 99), false);
  assert.equal(cache.renew(entry, 100), true);
  cache.remember("fe80::2", BYTES, NOTHING, 101);
  assert.equal(cache.renew(entry, 102), true, "another router may have said otherwise in between");
});

Deno.test("AdvertisementCache hears the same again at once where it was told that the next is news", () => {
  const cache = new AdvertisementCache();
  cache.remember("fe80::1", BYTES, NOTHING, 0);
  const entry = cache.find("fe80::1", BYTES);
  assert.ok(entry !== null);
  cache.nextIsNews();
  assert.equal(cache.renew(entry, 1), true);
  assert.equal(cache.renew(entry, 2), false, "only the next");
});

Deno.test("AdvertisementCache stays bounded under a flood and keeps what is heard again and again", () => {
  const cache = new AdvertisementCache();
  cache.remember("fe80::1", BYTES, NOTHING, 0);
  for (let n = 0; n < 10_000; n++) {
    cache.remember("fe80::bad", new Uint8Array([n >> 8, n & 0xff]), NOTHING, n);
    if (n % 100 === 0) assert.ok(cache.find("fe80::1", BYTES) !== null);
  }
  assert.equal(cache.find("fe80::bad", new Uint8Array([0, 0])), null);
  cache.remember("fe80::2", new Uint8Array(3001), NOTHING, 0);
  assert.equal(cache.find("fe80::2", new Uint8Array(3001)), null, "too long to keep");
});
