import assert from "node:assert/strict";
import { interfaceKindFor, isWantedLink, matchesPattern } from "./link_choice.ts";

const ETHERNET = { name: "eth1", loopback: false, kind: null, wifi: false };

Deno.test("isWantedLink without patterns takes hardware and nothing that software made", () => {
  assert.equal(isWantedLink(ETHERNET, null), true);
  assert.equal(isWantedLink({ ...ETHERNET, name: "wlan0", wifi: true }, null), true);
  for (const kind of ["bridge", "veth", "macvlan", "wireguard", "tun", "dummy"]) {
    assert.equal(isWantedLink({ ...ETHERNET, kind }, null), false, kind);
  }
  assert.equal(isWantedLink({ ...ETHERNET, name: "lo", loopback: true }, null), false);
});

Deno.test("isWantedLink with patterns takes what they name and nothing else, and never the loopback", () => {
  assert.equal(isWantedLink({ ...ETHERNET, kind: "veth" }, ["eth1"]), true);
  assert.equal(isWantedLink(ETHERNET, ["wl*"]), false);
  assert.equal(isWantedLink({ ...ETHERNET, name: "lo", loopback: true }, ["*"]), false);
  assert.equal(isWantedLink(ETHERNET, []), false);
});

Deno.test("matchesPattern: a star stands for any characters, everything else for itself", () => {
  for (
    const [name, pattern] of [["eth1", "eth1"], ["eth1", "*"], ["wlan0", "wl*"], ["a.b", "a*b"], [
      "abcb",
      "*b*b",
    ]] as const
  ) {
    assert.equal(matchesPattern(name, pattern), true, `${name} ${pattern}`);
  }
  for (
    const [name, pattern] of [["eth10", "eth1"], ["eth1", "eth1*1"], ["axb", "a.b"], ["a", "a*a"], [
      "ab",
      "*a*b*a",
    ]] as const
  ) {
    assert.equal(matchesPattern(name, pattern), false, `${name} ${pattern}`);
  }
});

Deno.test("interfaceKindFor gives Wi-Fi ipvlan, everything else macvlan", () => {
  assert.equal(interfaceKindFor(ETHERNET), "macvlan");
  assert.equal(interfaceKindFor({ ...ETHERNET, wifi: true }), "ipvlan");
});
