// The validity rules of messages and options, one by one, and what is said where one is broken.

import assert from "node:assert/strict";
import { fromHex } from "../../tests/fuzz/ndp_data.ts";
import { MAX_IGNORED, MAX_OPTIONS } from "./codes.ts";
import { domainAdvertisements } from "./domains.ts";
import { parseMessage, type ParseResult } from "./parse.ts";
import type { RouterAdvertisement } from "./types.ts";

function advertisement(result: ParseResult): RouterAdvertisement {
  assert.ok(result.ok, result.ok ? "" : result.problem);
  assert.ok(result.message.type === "routerAdvertisement");
  return result.message;
}

const LINK = { source: "fe80::1", hopLimit: 255 };
const RA = "86000000400007080000000000000000";

function options(text: string): RouterAdvertisement {
  return advertisement(parseMessage(fromHex(RA + text), LINK));
}

function problem(text: string, envelope = LINK): string {
  const result = parseMessage(fromHex(text), envelope);
  assert.ok(!result.ok);
  return result.problem;
}

Deno.test("parseMessage: a Solicitation is held to RFC 4861 6.1.1", () => {
  assert.ok(parseMessage(fromHex("8500000000000000"), { source: "2001:db8::1", hopLimit: 255 }).ok);
  assert.ok(parseMessage(fromHex("8500000000000000"), { source: "::", hopLimit: 255 }).ok);
  assert.match(problem("85000000000000"), /7 octets, fewer than 8/);
  assert.match(problem("8501000000000000"), /code is 1/);
  assert.match(problem("8500000000000000", { source: "fe80::1", hopLimit: 1 }), /hop limit is 1/);
  assert.match(
    problem("85000000000000000101020000000001", { source: "::", hopLimit: 255 }),
    /source is unspecified/,
  );
});

Deno.test("parseMessage: in a Solicitation options of advertisements are passed over", () => {
  const result = parseMessage(fromHex("850000000000000005010000000005dc0101020000000001"), LINK);
  assert.ok(result.ok);
  assert.deepEqual(result.message.options.map(({ type }) => type), ["sourceLinkLayerAddress"]);
  assert.match(result.message.ignored[0] ?? "", /does not belong in a Router Solicitation/);
});

Deno.test("parseMessage: what is neither, or nothing, or from nowhere is a sentence", () => {
  assert.match(problem(""), /empty/);
  assert.match(problem("87000000000000000000000000000000"), /type 135/);
  assert.match(problem("86010000400007080000000000000000"), /code is 1/);
  assert.match(problem(RA, { source: "fe80::1%eth0", hopLimit: 255 }), /is not an IPv6 address/);
  assert.match(problem(RA, { source: "\x1b", hopLimit: 255 }), /source \\x1b/);
  const unknown = parseMessage(fromHex(RA), { ...LINK, verifyChecksum: true });
  assert.ok(!unknown.ok && /no destination/.test(unknown.problem));
});

Deno.test("parseMessage: a sender that varies what is wrong has few reasons, which have nothing of the message", () => {
  const reasons = new Set<string>();
  const refuse = (text: string, envelope = LINK) => {
    const result = parseMessage(fromHex(text), envelope);
    assert.ok(!result.ok);
    reasons.add(result.reason);
  };
  for (let octet = 0; octet < 255; octet++) {
    const hex = octet.toString(16).padStart(2, "0");
    refuse(RA, { ...LINK, hopLimit: octet });
    refuse(RA, { ...LINK, source: `2001:db8::${hex}` });
    refuse(RA, { ...LINK, source: `${octet}` });
    refuse(RA.slice(0, 2) + "01" + RA.slice(4));
    refuse(RA.slice(0, 2 + octet % 13 * 2));
    refuse(`${RA}01ff${hex}`);
    if (octet !== 0x85 && octet !== 0x86) refuse(hex + RA.slice(2));
    refuse(`${RA}${hex}00000000000000`);
  }
  assert.deepEqual([...reasons].toSorted(), [
    "ICMPv6 code is not 0",
    "an option has the length 0",
    "an option is cut short",
    "hop limit is not 255",
    "not a Router Advertisement",
    "source is no IPv6 address",
    "source is not link-local",
    "the message is too short",
  ]);
});

Deno.test("parseMessage: an option of one octet is cut short", () => {
  assert.match(problem(RA + "01"), /cut short: 1 octet/);
});

/** An option that cannot be used, and what is said of it. */
const UNUSABLE: readonly (readonly [string, string, RegExp])[] = [
  [
    "a link-local prefix",
    "030440c0000151800000384000000000fe800000000000000000000000000000",
    /fe80::\/64 is link-local/,
  ],
  [
    "a multicast prefix",
    "030440c0000151800000384000000000ff020000000000000000000000000000",
    /ff02::\/64 is multicast/,
  ],
  [
    "a prefix of 129 bits",
    "030481c000015180000038400000000020010db8000000000000000000000000",
    /prefix length 129/,
  ],
  ["a prefix option of 8 octets", "030140c000015180", /8 octets, not 32/],
  ["an MTU option of 16 octets", "0502000000000578" + "00".repeat(8), /16 octets, not 8/],
  [
    "a route whose prefix is cut",
    "1802410000000708" + "20010db800000000",
    /16 octets has the prefix length 65/,
  ],
  ["a route of 32 octets", "1804400000000708" + "00".repeat(24), /more than 24/],
  ["RDNSS without an address", "190100000000003c", /length 1/],
  ["a multicast resolver", "190300000000003cff020000000000000000000000000001", /ff02::1 is not the unicast/],
  ["the unspecified resolver", "190300000000003c00000000000000000000000000000000", /:: is not the unicast/],
  ["a loopback resolver", "190300000000003c00000000000000000000000000000001", /::1 is not the unicast/],
  ["DNSSL without a name", "1f0200000000003c0000000000000000", /no name/],
  ["DNSSL of 8 octets", "1f0100000000003c", /8 octets, fewer/],
  ["DNSSL with a pointer", "1f0200000000003cc000000000000000", /compressed/],
  ["PREF64 with code 6", "2602070e0064ff9b0000000000000000", /prefix length code 6/],
  ["PREF64 of 24 octets", "260307080064ff9b" + "00".repeat(16), /24 octets, not 16/],
  ["an empty captive portal", "2501000000000000", /does not hold a URI/],
  ["a captive portal with an escape", "2502687474703a1b5b324a0000000000", /does not hold a URI/],
  ["encrypted DNS in alias mode", "9002000000000e100003016100000000", /priority 0/],
  ["encrypted DNS whose name is longer", "9002000100000e1000ff016100000000", /past its end/],
  ["encrypted DNS with half an address", "9002000100000e100003016100000100", /not multiples of 16/],
  ["a bare PVD_ID", "4001050361626300", /not in a container/],
  [
    "a container with an OID",
    "3f02000000000000" + "4001030131000000",
    /type 3, which is not known/,
  ],
  [
    "a container with two ids",
    "3f03000000000000" + "4001050161000000" + "4001050162000000",
    /it has 2 PVD_ID/,
  ],
  ["a container with a newline in its id", "3f02000000000000" + "400102020a610000", /control or formatting/],
  ["a container with a NUL in its id", "3f02000000000000" + "4001020261000000", /control or formatting/],
  ["a container whose id is not UTF-8", "3f02000000000000" + "40010201ff000000", /not UTF-8/],
  ["a container whose id is cut", "3f02000000000000" + "4001020561616161", /shorter than its id/],
  ["a container whose id is empty", "3f02000000000000" + "4001020000000000", /empty/],
  ["a container whose UUID is none", "3f02000000000000" + "4001010261620000", /not a UUID/],
  ["a container that is overrun", "3f02000000000000" + "4003050161000000", /claims 24 octets where 8 remain/],
];

for (const [what, hex, wanted] of UNUSABLE) {
  Deno.test(`parseMessage: ${what} is passed over and costs the rest nothing`, () => {
    const ra = options(hex + "05010000000005dc");
    assert.deepEqual(ra.options, [{ type: "mtu", mtu: 1500 }]);
    assert.equal(ra.ignored.length, 1);
    assert.match(ra.ignored[0] ?? "", wanted);
  });
}

Deno.test("parseMessage: with the R flag the prefix is masked and the address is as sent", () => {
  const [option] = options("030440e000015180000038400000000020010db8000000000000000000000001").options;
  assert.ok(option?.type === "prefix");
  assert.equal(option.prefix, "2001:db8::/64");
  assert.equal(option.address, "2001:db8::1");
  assert.equal(option.routerAddress, true);
});

Deno.test("parseMessage: a binary UUID of type 1 is an id", () => {
  const ra = options("3f04000000000000" + "40030110f037ea62ee4f44e4825c16f2f5cc9b3e" + "00000000");
  assert.deepEqual(domainAdvertisements(ra)[0]?.id, "f037ea62-ee4f-44e4-825c-16f2f5cc9b3e");
});

Deno.test("parseMessage: names in containers lose case and final dot", () => {
  const ra = options("3f02000000000000" + "4001050341422e00");
  assert.deepEqual(domainAdvertisements(ra)[0]?.id, "ab");
});

Deno.test("parseMessage: a malformed first PvD option does not promote the second", () => {
  const ra = options("1501000000000000" + "15020000000003616263016400000000");
  assert.deepEqual(ra.options, []);
  assert.match(ra.ignored[1] ?? "", /abc.d is not the first/);
});

Deno.test("parseMessage: containers beside a PvD option are passed over", () => {
  const ra = options("3f02000000000000" + "4001050161000000" + "15020000000003616263016400000000");
  assert.deepEqual(ra.options.map(({ type }) => type), ["pvd"]);
  assert.match(ra.ignored[0] ?? "", /the container of a is beside a PvD option/);
});

Deno.test("parseMessage: length 0 inside a container, or an ignored PvD option, discards the message", () => {
  assert.match(problem(RA + "3f02000000000000" + "4000050161000000"), /length 0/);
  const pvd = "15020000000003616263016400000000";
  assert.match(problem(RA + pvd + "15030000000003616263016400000000" + "0500000000000000"), /length 0/);
});

Deno.test("parseMessage: options beyond the bound are passed over, and few sentences say so", () => {
  const ra = options("05010000000005dc".repeat(MAX_OPTIONS + 100));
  assert.equal(ra.options.length, MAX_OPTIONS);
  assert.equal(ra.ignored.length, MAX_IGNORED + 1);
  assert.equal(ra.ignored.at(-1), `${100 - MAX_IGNORED} more were passed over`);
});

Deno.test("parseMessage: a hostile name reaches no sentence raw", () => {
  // Two PvD options; the second one's name has a newline and an escape code.
  const ra = options("15020000000003616263016400000000" + "150200000000050a1b5b324a00000000");
  assert.deepEqual(ra.ignored, ["the PvD option \\010\\027\\0912j is not the first"]);
});
