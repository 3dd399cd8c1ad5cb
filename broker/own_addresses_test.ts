import assert from "node:assert/strict";
import { ownAddresses, parseIfInet6 } from "./own_addresses.ts";

Deno.test("parseIfInet6 gives the addresses of the kernel's file, and nothing for other lines", () => {
  const text =
    "fe8000000000000002000000000000aa 02 40 20 80     eth0\n00000000000000000000000000000001 01 80 10 80 lo\nx\n";
  assert.deepEqual([...parseIfInet6(text)], ["fe80::200:0:0:aa", "::1"]);
});

Deno.test("ownAddresses reads again only after a second", () => {
  let now = 0;
  const own = ownAddresses(() => now);
  const first = own();
  now = 999;
  assert.equal(own(), first);
  now = 1000;
  assert.notEqual(own(), first);
});
