// What a keeper makes of the domains that the helper has already.

import assert from "node:assert/strict";
import type { HelperAnswer } from "./helper_client.ts";
import { advertisement } from "./state/testing.ts";
import { refused, settled } from "./testing.ts";
import { connected, KEY, Room, SETTLE_MS } from "./keeper_testing.ts";

Deno.test("Keeper of a new broker takes over the helper's domains by key and makes none twice", async () => {
  const room = await connected();
  await room.hears();
  const restarted = room.newKeeper();
  await restarted.reconcile();
  await settled();
  assert.deepEqual(restarted.runtime(KEY), { state: "ready", problem: null, handle: "mifpvd-1" });
  assert.equal(room.there.size, 1);
});

Deno.test("Keeper of a new broker keeps unannounced domains until things have settled, then removes them", async () => {
  const room = new Room();
  for (const [handle, id] of [["mifpvd-8", "example.org"], ["mifpvd-9", "other.example"]] as const) {
    room.there.set(handle, {
      handle,
      key: `explicit eth1 ${id}`,
      id,
      link: "eth1",
      mac: null,
      broken: false,
    });
  }
  await room.keeper.reconcile();
  await room.clock.advance(SETTLE_MS - 1);
  assert.equal(room.there.size, 2);
  await room.hears();
  assert.equal(room.keeper.runtime(KEY).handle, "mifpvd-8", "announced in time");
  await room.clock.advance(1);
  assert.deepEqual([...room.there.keys()], ["mifpvd-8"]);
});

Deno.test("Keeper removes the second of two domains with one key", async () => {
  const room = new Room();
  for (const handle of ["mifpvd-8", "mifpvd-9"]) {
    room.there.set(handle, { handle, key: KEY, id: "example.org", link: "eth1", mac: null, broken: false });
  }
  await room.hears();
  await room.keeper.reconcile();
  await settled();
  assert.deepEqual([...room.there.keys()], ["mifpvd-8"]);
});

Deno.test("Keeper applies everything again after the helper was away, as soon as it is back", async () => {
  const room = await connected();
  await room.hears();
  room.helper.problem = "the helper went away";
  await room.hears(advertisement({ mtu: 1400 }));
  room.there.clear();
  room.asked();
  room.helper.problem = null;
  await room.keeper.reconcile();
  await settled();
  assert.deepEqual(room.asked(), ["listDomains", "applyDomain"]);
  assert.equal(room.there.size, 1);
});

Deno.test("Keeper reads the helper's list page by page", async () => {
  const room = new Room();
  const page = (handle: string, more: boolean): HelperAnswer => ({
    ok: true,
    reply: {
      type: "domains",
      serial: 1,
      domains: [{ handle, key: KEY + handle, id: "x", link: "eth1", mac: null, broken: false }],
      more,
    },
    fds: [],
  });
  const after: (string | null)[] = [];
  room.helper.respond = (request) => {
    if (request.type !== "listDomains") return refused("failed");
    after.push(request.after);
    return request.after === null ? page("mifpvd-1", true) : page("mifpvd-2", false);
  };
  await room.keeper.reconcile();
  assert.deepEqual(after, [null, "mifpvd-1"]);
});
