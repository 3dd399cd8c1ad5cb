// How near the kernel's lifetimes are to those that routers give, where no router says anything any more.

import assert from "node:assert/strict";
import type { WantedDomain } from "../lib/protocol.ts";
import { expire } from "./state/expire.ts";
import { advertisement, header, prefix } from "./state/testing.ts";
import { settled } from "./testing.ts";
import { connected, KEY, type Room } from "./keeper_testing.ts";

/** As the helper was told last: the seconds that the kernel's lifetimes have left. */
async function listening() {
  const room = await connected();
  let last: { readonly at: number; readonly wanted: WantedDomain } | null = null;
  room.helper.respond = (request) => {
    if (request.type === "applyDomain") last = { at: room.clock.now, wanted: request.wanted };
    return room.answer(request);
  };
  const left = (of: (wanted: WantedDomain) => number | null | undefined): number => {
    assert.ok(last !== null);
    return (of(last.wanted) ?? Infinity) - (room.clock.now - last.at) / 1000;
  };
  return { room, left };
}

const says = (room: Room, validS: number, preferredS = validS, routerS = 9000) =>
  room.hears(advertisement({
    header: header(routerS),
    prefixes: [prefix("2001:db8:1::/64", validS, preferredS)],
  }));

Deno.test("Keeper gives the kernel what the last advertisement renewed, before the kernel ends it too early", async () => {
  const { room, left } = await listening();
  const start = room.clock.now;
  await says(room, 86_400);
  for (let count = 0; count < 13; count++) {
    await room.clock.advance(600_000);
    await says(room, 86_400);
  }
  assert.equal(Math.round(left((wanted) => wanted.addresses[0]?.validS)), 85_800, "within the tolerance");
  room.asked();
  await room.clock.advance(16_000_000 - (room.clock.now - start));
  assert.deepEqual(
    room.asked(),
    ["applyDomain"],
    "the default route that ends at 16800 s, and everything with it",
  );
  assert.equal(left((wanted) => wanted.routes.find(({ prefix }) => prefix === "::/0")?.lifetimeS), 800);
  assert.equal(left((wanted) => wanted.addresses[0]?.validS), 7_800 + 86_400 - 16_000);
  room.state = expire(room.state, start + 16_800_000).state;
  await room.clock.advance(94_100_000 - (room.clock.now - start));
  assert.equal(left((wanted) => wanted.addresses[0]?.validS), 100);
  assert.deepEqual(room.asked(), [], "what is as wanted costs nothing");
});

Deno.test("Keeper ends a preferred lifetime in the kernel when it ends, also where it was made shorter by little", async () => {
  for (const [first, then] of [[14_400, 13_200], [60, 57], [60, 47]] as const) {
    const { room, left } = await listening();
    await says(room, 86_400, first, 0);
    await room.clock.advance(10_000);
    await says(room, 86_400, then, 0);
    await room.clock.advance(then * 1000 + 1000);
    const leftS = left((wanted) => wanted.addresses[0]?.preferredS);
    assert.ok(leftS <= 0, `${first} s, then ${then} s: the kernel has ${leftS} s`);
    assert.ok(room.asked().length <= 2);
  }
});

Deno.test("Keeper asks nothing more of short lifetimes that a router renews, nor of endless ones", async () => {
  const { room } = await listening();
  await says(room, 0xffff_ffff);
  for (let count = 0; count < 10; count++) {
    await room.clock.advance(200_000);
    await says(room, 0xffff_ffff);
  }
  // 9000 s less 200 s at each look, up to a tenth.
  assert.deepEqual(room.asked().length, 1 + 2);
  await room.hears(advertisement({ header: header(0), prefixes: [prefix("2001:db8:1::/64", 0xffff_ffff)] }));
  room.asked();
  await room.clock.advance(10 * 86_400_000);
  assert.deepEqual(room.asked(), []);
});

Deno.test("Keeper makes lifetimes exact for the programs that are left in a domain that ended", async () => {
  const { room, left } = await listening();
  await says(room, 86_400, 86_400, 65_535);
  await room.clock.advance(600_000);
  await says(room, 86_400, 86_400, 65_535);
  room.inUse.add("mifpvd-1");
  // As the bus removes it: its data stay as they were.
  const ended = [...room.state.domains.values()];
  room.state = { domains: new Map() };
  room.keeper.ended(ended);
  await settled();
  assert.equal(room.keeper.runtime(KEY).state, "ending");
  assert.equal(left((wanted) => wanted.addresses[0]?.validS), 86_400);
});
