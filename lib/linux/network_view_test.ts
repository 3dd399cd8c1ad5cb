// The network of this process as rtnetlink tells it, read from the kernel, and messages that are not as they should be.

import assert from "node:assert/strict";
import { lookUp } from "./lookup.ts";
import { addressView, interfaces, neighborView, routeView } from "./network_view.ts";

Deno.test("interfaces has this system's loopback, by its name", () => {
  assert(interfaces().some(({ name, loopback }) => name === "lo" && loopback));
});

Deno.test("messages that are too short, of another type or family are no addresses, routes or neighbours", () => {
  for (const read of [addressView, routeView, neighborView]) {
    for (const type of [0, 20, 24, 28]) {
      for (const body of [new Uint8Array(), new Uint8Array(7).fill(10), new Uint8Array(12).fill(3)]) {
        assert.equal(read({ type, flags: 0, sequence: 1, body }), null);
      }
    }
  }
});

Deno.test("addressView: an optimistic address is usable before duplicate address detection is over, a tentative one is not", () => {
  const address = (flags: number) => {
    const local = [20, 0, 2, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
    const more = [8, 0, 8, 0, flags, 0, 0, 0];
    const body = Uint8Array.of(10, 64, 0, 0, 7, 0, 0, 0, ...local, ...more);
    return addressView({ type: 20, flags: 0, sequence: 1, body });
  };
  assert.deepEqual(address(0), {
    index: 7,
    family: "inet6",
    address: "2001:db8::1",
    state: "usable",
    global: true,
  });
  assert.deepEqual([0x44, 0x40, 0x48, 0x20].map((flags) => address(flags)?.state), [
    "usable",
    "tentative",
    "duplicate",
    "deprecated",
  ]);
});

Deno.test("lookUp gives addresses as text, and a code where there is none of that family", async () => {
  const { code, addresses } = await lookUp("127.0.0.1", "inet");
  assert.deepEqual([code, addresses], [0, ["127.0.0.1"]]);
  assert.deepEqual(await lookUp("::1", "inet6"), { code: 0, addresses: ["::1"] });
  assert.notEqual((await lookUp("::1", "inet")).code, 0);
  await assert.rejects(lookUp("a\0b", "inet"), RangeError);
});
