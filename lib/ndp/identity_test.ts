// The derived ids, against every answer that MIF-PvD's programs are known to give.

import assert from "node:assert/strict";
import { implicitId, implicitIdText, uuidOfText } from "./identity.ts";
import type { NdOption } from "./types.ts";

const KNOWN: readonly (readonly [string, string])[] = [
  ["None", "6eef6648-406c-333a-4035-cd5e60d0bf2e"],
  ["None2001:db8:cafe::", "6be3d137-81d6-5f4d-f9e9-c9be7787e4a9"],
  ["None2001:db8:cafe::2001:db8:cafe::53", "d61e0d2f-a7ba-6416-f214-5a78180b5e35"],
  ["None2001:db8:1::2001:db8:10::2001:db8:1::1example.org", "5ffbab95-65d6-8ffb-06b0-d9414f6771b3"],
  [
    "None2001:db8:1::2001:db8:1::2001:db8:1::12001:db8:1::2www.example.hrexample.hr",
    "4176b877-e8be-8242-9540-6ea13a3a1d60",
  ],
  [
    "None2001:db8:3::2001:db8:3::2001:db8:3::12001:db8:3::2www.example.hrexample.hr",
    "cf44e119-7e3f-e302-549b-82a9c6fd6210",
  ],
];

for (const [text, uuid] of KNOWN) {
  Deno.test(`uuidOfText: ${text} gives ${uuid}`, () => {
    assert.equal(uuidOfText(text), uuid);
  });
}

const flags = {
  onLink: true,
  autonomous: true,
  routerAddress: true,
  dhcpv6Pd: false,
  validS: 1,
  preferredS: 1,
};

Deno.test("implicitIdText: kinds stand in their order, each as received, whatever comes between", () => {
  const options: NdOption[] = [
    { type: "dnssl", domains: ["www.example.hr", "example.hr"], lifetimeS: 60 },
    { type: "rdnss", addresses: ["2001:db8:1::1"], lifetimeS: 60 },
    { type: "route", prefix: "2001:db8:1::/64", preference: "high", lifetimeS: 60 },
    { type: "rdnss", addresses: ["2001:db8:1::2"], lifetimeS: 0 },
    { type: "prefix", prefix: "2001:db8:1::/64", address: "2001:db8:1::", ...flags },
    { type: "mifContainer", options: [{ type: "mifId", idType: 5, id: "inside.example" }] },
  ];
  assert.equal(implicitId(options, null), "4176b877-e8be-8242-9540-6ea13a3a1d60");
  assert.ok(implicitIdText(options, 1500).startsWith("15002001:db8:1::2001:db8:1::2001"));
});

Deno.test("implicitIdText: a prefix stands as the field was sent, as pvdman prints it", () => {
  const options: NdOption[] = [{ type: "prefix", prefix: "2001:db8::/64", address: "2001:db8::1", ...flags }];
  assert.equal(implicitIdText(options, null), "None2001:db8::1");
});
