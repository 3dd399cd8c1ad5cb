// What is withdrawn when the settings change under a running router.

import assert from "node:assert/strict";
import type { NdOption, RouterAdvertisement } from "../../lib/ndp/types.ts";
import { goodbye, withdrawals } from "./endings.ts";
import type { LinkFacts } from "./messages.ts";
import { type InterfaceSettings, readSettings } from "./settings.ts";

const LINK: LinkFacts = { mac: "", mtu: 1500 };
const HEAD = `[[interface]]\nname = "eth1"\n`;

function settingsOf(text: string): InterfaceSettings {
  const result = readSettings(HEAD + text, "test.toml");
  assert.ok(result.ok, result.ok ? "" : result.problems.join("\n"));
  const [first] = result.interfaces;
  assert.ok(first !== undefined);
  return first;
}

function withdrawn(before: string, after: string): readonly RouterAdvertisement[] {
  return withdrawals(settingsOf(before), settingsOf(after), LINK);
}

function optionsOf(messages: readonly RouterAdvertisement[]): NdOption[][] {
  return messages.map((message) => [...message.options]);
}

const IMPLICIT = `rdnss = [{ addresses = ["2001:db8::1", "2001:db8::2"] }]\nroute = [{ prefix = "::/0" }]\n`;
const MIF =
  `[[interface.pvd]]\nid = "a.example"\nencoding = "mif"\ndnssl = [{ domains = ["x.example", "y.example"] }]\n`;
const PVD =
  `[[interface.pvd]]\nid = "b.example"\nhttp = true\nmtu = 1400\nprefix = [{ prefix = "2001:db8::/64" }]\n`;

Deno.test("withdrawals: nothing is sent where nothing has gone", () => {
  assert.deepEqual(withdrawn(IMPLICIT + MIF + PVD, IMPLICIT + MIF + PVD), []);
  assert.deepEqual(withdrawn("", IMPLICIT + MIF), []);
});

Deno.test("withdrawals: an address that has gone is sent with lifetime 0, its neighbours are not", () => {
  const after = IMPLICIT.replace('"2001:db8::1", ', "");
  const [message, ...more] = withdrawn(IMPLICIT, after);
  assert.deepEqual(message?.options, [{ type: "rdnss", addresses: ["2001:db8::1"], lifetimeS: 0 }]);
  assert.equal(message?.header.routerLifetimeS, 1800);
  assert.deepEqual(more, []);
});

Deno.test("withdrawals: what stood outside the option is withdrawn there, and what moves inside it is not", () => {
  const outside = `[interface.pvd.outside]\nrdnss = [{ addresses = ["2001:db8::53", "2001:db8::54"] }]\n`;
  const inside = `[[interface.pvd.rdnss]]\naddresses = ["2001:db8::53"]\n`;
  const [message, ...more] = withdrawn(PVD + outside, PVD + inside);
  assert.deepEqual(more, []);
  const [resolver, pvd] = message?.options ?? [];
  assert.deepEqual(resolver, { type: "rdnss", addresses: ["2001:db8::54"], lifetimeS: 0 });
  assert.ok(pvd?.type === "pvd");
  assert.deepEqual(pvd.options, []);
});

Deno.test("withdrawals: a captive portal, which has no lifetime, is said to be none (RFC 8910 2)", () => {
  const portal = 'captive_portal = "https://portal.example/"\n';
  const none = { type: "captivePortal", uri: "urn:ietf:params:capport:unrestricted" };
  assert.deepEqual(optionsOf(withdrawn(portal + IMPLICIT, IMPLICIT)), [[none]]);
  const [message, ...more] = withdrawn(IMPLICIT + PVD + portal, IMPLICIT + PVD);
  const [pvd] = message?.options ?? [];
  assert.ok(pvd?.type === "pvd");
  assert.deepEqual([pvd.options, more], [[none], []]);
  const other = portal.replace("portal.", "other.");
  assert.deepEqual(withdrawn(portal + IMPLICIT, other + IMPLICIT), [], "the other one replaces it");
});

Deno.test("withdrawals: a datum of a container that has gone is withdrawn inside that container alone", () => {
  const after = MIF.replace(', "y.example"', "");
  assert.deepEqual(optionsOf(withdrawn(IMPLICIT + MIF, IMPLICIT + after)), [[{
    type: "mifContainer",
    options: [{ type: "mifId", idType: 5, id: "a.example" }, {
      type: "dnssl",
      domains: ["y.example"],
      lifetimeS: 0,
    }],
  }]]);
});

Deno.test("withdrawals: an RFC 8801 PvD that has gone ends with its own router lifetime 0, the router stays", () => {
  const [message, ...more] = withdrawn(IMPLICIT + PVD, IMPLICIT);
  assert.deepEqual(more, []);
  assert.equal(message?.header.routerLifetimeS, 1800);
  const [pvd] = message?.options ?? [];
  assert.ok(pvd?.type === "pvd");
  assert.equal(pvd.header?.routerLifetimeS, 0);
  assert.deepEqual(
    pvd.options.map((option) => option.type === "prefix" && [option.validS, option.preferredS]),
    [[0, 0]],
  );
});

Deno.test("withdrawals: a PvD whose encoding changes ends in the old one", () => {
  const after = PVD.replace("http = true", 'encoding = "mif"');
  const [message, ...more] = withdrawn(IMPLICIT + PVD, IMPLICIT + after);
  assert.equal(message?.options.at(-1)?.type, "pvd");
  assert.deepEqual(more, []);
});

Deno.test("withdrawals: the implicit PvD ends, router lifetime and all, when RFC 8801 PvDs alone are left", () => {
  const [message, ...more] = withdrawn(IMPLICIT + PVD, PVD);
  assert.equal(message?.header.routerLifetimeS, 0);
  assert.deepEqual(message?.options.map((option) => option.type), ["route", "rdnss"]);
  assert.deepEqual(more, []);
});

Deno.test("goodbye: an RFC 8801 PvD ends with both router lifetimes 0 and every lifetime inside it", () => {
  const { messages } = goodbye(settingsOf(`${PVD}[interface.pvd.header]\nmanaged = true`), LINK);
  const [message, ...more] = messages;
  assert.deepEqual(more, []);
  assert.equal(message?.header.routerLifetimeS, 0);
  const [pvd] = message?.options ?? [];
  assert.ok(pvd?.type === "pvd");
  assert.deepEqual([pvd.header?.routerLifetimeS, pvd.header?.managed, pvd.http], [0, true, true]);
  assert.deepEqual(pvd.options.map((option) => option.type === "prefix" && option.validS), [0]);
});
