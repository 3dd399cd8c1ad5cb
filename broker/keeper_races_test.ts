// What a keeper makes of what happens while the helper has not yet answered.

import assert from "node:assert/strict";
import type { HelperRequestType } from "../lib/protocol.ts";
import { linkGone } from "./state/expire.ts";
import { refused, settled } from "./testing.ts";
import { connected, KEY, type Room } from "./keeper_testing.ts";

/** From now on requests of this type are answered when told; what the helper does, it does at once. */
function held(room: Room, type: HelperRequestType): () => Promise<void> {
  const waiting: (() => void)[] = [];
  const before = room.helper.respond;
  room.helper.respond = (request) => {
    if (request.type !== type) return before(request);
    const answer = before(request);
    return new Promise((resolve) => waiting.push(() => resolve(answer)));
  };
  return async () => {
    waiting.shift()?.();
    await settled();
  };
}

Deno.test("Keeper applies again what was to be looked at again while an apply was under way", async () => {
  const room = await connected();
  const answer = held(room, "applyDomain");
  await room.hears();
  room.keeper.recheck([KEY]);
  await settled();
  await answer();
  assert.deepEqual(room.asked(), ["applyDomain", "applyDomain"]);
  await answer();
  assert.deepEqual(room.asked(), []);
  assert.equal(room.keeper.runtime(KEY).state, "ready");
});

Deno.test("Keeper applies again a domain whose link went and came while an apply was under way", async () => {
  const room = await connected();
  const answer = held(room, "applyDomain");
  await room.hears();
  const { link } = room;
  const gone = linkGone(room.state, 2);
  room.link = null;
  room.state = gone.state;
  room.keeper.ended(gone.ended);
  room.link = link;
  await room.hears();
  await answer();
  assert.deepEqual(room.asked(), ["applyDomain", "applyDomain"]);
});

Deno.test("Keeper leaves everything to a domain that is announced again before its removal is refused", async () => {
  const room = await connected();
  await room.hears();
  room.inUse.add("mifpvd-1");
  const answer = held(room, "removeDomain");
  await room.says("goodbye");
  await room.hears();
  room.asked();
  await answer();
  assert.deepEqual(room.asked(), [], "no apply without routes, and so none with them");
  assert.equal(room.keeper.runtime(KEY).state, "ready");
});

Deno.test("Keeper applies again what is announced again while it could not be removed", async () => {
  const room = await connected();
  await room.hears();
  const answers = room.helper.respond;
  room.helper.respond = (request) => request.type === "removeDomain" ? refused("failed") : answers(request);
  const answer = held(room, "removeDomain");
  await room.says("goodbye");
  await room.hears();
  room.asked();
  await answer();
  assert.deepEqual(room.asked(), ["applyDomain"]);
});

Deno.test("Keeper keeps the back-off of what failed, however often its link-local address is another host's", async () => {
  const room = await connected();
  await room.hears();
  const respond = room.helper.respond;
  room.helper.respond = () => refused("failed", "another host has the link-local address");
  room.asked();
  const linkLocalLost = async () => {
    room.keeper.linkLocalLost(KEY);
    await settled();
  };
  for (let count = 0; count < 10; count++) await linkLocalLost();
  assert.equal(room.asked().length, 1, "the first was ready until then");
  for (const waitS of [1, 2, 4, 8]) {
    await room.clock.advance(waitS * 1000 - 1);
    await linkLocalLost();
    assert.deepEqual(room.asked(), [], `${waitS} s`);
    await room.clock.advance(1);
    assert.deepEqual(room.asked(), ["applyDomain"], `${waitS} s`);
  }
  room.helper.respond = respond;
  const answer = held(room, "applyDomain");
  await room.clock.advance(16_000);
  await linkLocalLost();
  await answer();
  assert.deepEqual(room.asked(), ["applyDomain", "applyDomain"], "the answer may be older than the loss");
});

Deno.test("Keeper knows a domain by its handle", async () => {
  const room = await connected();
  await room.hears();
  assert.equal(room.keeper.keyOf("mifpvd-1"), KEY);
  assert.equal(room.keeper.keyOf("mifpvd-2"), undefined);
});
