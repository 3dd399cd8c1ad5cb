// /proc/net/if_inet6 as the kernel writes it.

import assert from "node:assert/strict";
import { hasUsableLinkLocal } from "./link_local.ts";

const IF_INET6 = `00000000000000000000000000000001 01 80 10 80       lo
20010db8000100010000000000000001 02 40 00 80     eth1
fe80000000000000a8816ffffe1cd06e 02 40 20 80     eth1
fe800000000000000000000000000003 03 40 20 c0     eth2
fe800000000000000000000000000004 04 40 20 c4     eth3
fe800000000000000000000000000005 0a 40 20 88     eth4
20010db8000100010000000000000006 0b 40 00 80     eth5
`;

Deno.test("hasUsableLinkLocal tells links that can send from those that are still, or for ever, without", () => {
  const links: [string, number, boolean][] = [
    ["a permanent address", 2, true],
    ["a tentative one", 3, false],
    ["an optimistic one", 4, true],
    ["one that failed duplicate address detection", 10, false],
    ["a global one alone", 11, false],
    ["none", 12, false],
  ];
  for (const [what, index, expected] of links) {
    assert.equal(hasUsableLinkLocal(IF_INET6, index), expected, what);
  }
  assert.equal(hasUsableLinkLocal("", 2), false);
});
