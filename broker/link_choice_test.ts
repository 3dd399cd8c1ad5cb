import assert from "node:assert/strict";
import { interfaceKindFor, isWantedLink, type LinkFacts, matchesPattern } from "./link_choice.ts";

const ETHERNET: LinkFacts = {
  name: "eth1",
  loopback: false,
  ethernet: true,
  kind: null,
  master: null,
  hardware: true,
  neighborDiscovery: true,
};

Deno.test("isWantedLink without patterns takes Ethernet and Wi-Fi hardware, and what is made of it", () => {
  assert.equal(isWantedLink(ETHERNET, null), true);
  assert.equal(isWantedLink({ ...ETHERNET, name: "wlan0" }, null), true);
  for (const kind of ["bond", "team", "vlan"]) {
    assert.equal(isWantedLink({ ...ETHERNET, name: "lan0", kind, hardware: false }, null), true, kind);
  }
});

Deno.test("isWantedLink without patterns takes nothing of containers, virtual machines and VPNs", () => {
  const software = { ...ETHERNET, hardware: false };
  for (
    const kind of [
      "bridge",
      "veth",
      "macvlan",
      "ipvlan",
      "macvtap",
      "ipvtap",
      "dummy",
      "ifb",
      "vxlan",
      "geneve",
    ]
  ) {
    assert.equal(isWantedLink({ ...software, kind }, null), false, kind);
  }
  for (const kind of ["tun", "gretap", "vrf", "nlmon", "netdevsim", "openvswitch", "a-kind-of-next-year"]) {
    assert.equal(isWantedLink({ ...software, kind }, null), false, kind);
  }
  for (const kind of ["wireguard", "ppp", "ovpn", "wwan", "ipip", "can"]) {
    assert.equal(isWantedLink({ ...software, kind, ethernet: false }, null), false, kind);
  }
  assert.equal(isWantedLink({ ...software, name: "vmnet8" }, null), false, "VMware's: no kind, no device");
});

Deno.test("isWantedLink without patterns takes no port of a bridge or bond, and no modem without neighbours", () => {
  assert.equal(isWantedLink({ ...ETHERNET, master: 7 }, null), false);
  assert.equal(isWantedLink({ ...ETHERNET, name: "wwan0", neighborDiscovery: false }, null), false);
});

Deno.test("isWantedLink with patterns takes what they name and nothing else", () => {
  const software = { ...ETHERNET, hardware: false };
  for (const kind of ["veth", "bridge", "dummy", "tun"]) {
    assert.equal(
      isWantedLink({ ...software, kind, master: 7, neighborDiscovery: false }, ["eth1"]),
      true,
      kind,
    );
  }
  assert.equal(isWantedLink(ETHERNET, ["wl*"]), false);
  assert.equal(isWantedLink(ETHERNET, []), false);
});

Deno.test("isWantedLink never takes the loopback, nor what is no Ethernet, whatever patterns name", () => {
  for (const patterns of [null, ["*"]]) {
    assert.equal(isWantedLink({ ...ETHERNET, name: "lo", loopback: true, ethernet: false }, patterns), false);
    assert.equal(isWantedLink({ ...ETHERNET, name: "wg0", ethernet: false }, patterns), false);
  }
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

Deno.test("interfaceKindFor gives Wi-Fi ipvlan, everything else macvlan, unless settings say otherwise", () => {
  const unsaid = { macvlanLinks: [], ipvlanLinks: [] };
  assert.equal(interfaceKindFor({ name: "eth1", wifi: false }, unsaid), "macvlan");
  assert.equal(interfaceKindFor({ name: "wlan0", wifi: true }, unsaid), "ipvlan");
  assert.equal(
    interfaceKindFor({ name: "wlan0", wifi: true }, { ...unsaid, macvlanLinks: ["wl*"] }),
    "macvlan",
  );
  assert.equal(
    interfaceKindFor({ name: "eth1", wifi: false }, { ...unsaid, ipvlanLinks: ["eth1"] }),
    "ipvlan",
  );
  const both = { macvlanLinks: ["eth1"], ipvlanLinks: ["e*"] };
  assert.equal(interfaceKindFor({ name: "eth1", wifi: false }, both), "ipvlan", "which works on either");
});
