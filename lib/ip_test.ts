// Addresses and prefixes between text and bytes; the expected texts are what glibc's inet_ntop prints.

import assert from "node:assert/strict";
import fc from "fast-check";
import { addressOctets } from "../tests/fuzz/ndp_arbitrary.ts";
import {
  formatAddress,
  formatPrefix,
  isLinkLocal,
  isLoopback,
  isMulticast,
  isUnspecified,
  maskPrefix,
  parseAddress,
  parseIpv4,
  parseIpv6,
  parsePrefix,
  type Prefix,
  prefixContains,
  prefixHasAddress,
  sameAddress,
} from "./ip.ts";

function address(text: string): Uint8Array {
  const bytes = parseAddress(text);
  assert.ok(bytes !== null, `${text} should be an address`);
  return bytes;
}

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  assert.ok(parsed !== null, `${text} should be a prefix`);
  return parsed;
}

const AS_INET_NTOP_PRINTS: readonly (readonly [string, string])[] = [
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["2001:DB8::A", "2001:db8::a"],
  ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
  ["1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"],
  ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
  ["::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"],
  ["0001:0002:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.1"],
  ["::ffff:c000:201", "::ffff:192.0.2.1"],
  ["::ffff:0:0", "::ffff:0.0.0.0"],
  ["::192.0.2.1", "::192.0.2.1"],
  ["::1:0", "::0.1.0.0"],
  ["::ffff", "::ffff"],
  ["::1:ffff:0:0", "::1:ffff:0:0"],
  ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ["192.0.2.1", "192.0.2.1"],
  ["0.0.0.0", "0.0.0.0"],
];

for (const [text, printed] of AS_INET_NTOP_PRINTS) {
  Deno.test(`formatAddress: ${text} is printed ${printed}`, () => {
    assert.equal(formatAddress(address(text)), printed);
  });
}

const NO_ADDRESSES = [
  "",
  ":",
  ":::",
  ":1",
  "1:",
  "1",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7:8::",
  "::1:2:3:4:5:6:7:8",
  "1::2::3",
  "12345::",
  "::g",
  "fe80::1%eth0",
  " ::1",
  "::1 ",
  "::1\n",
  "::01.2.3.4",
  "::1.2.3",
  "::1.2.3.4.5",
  "::1.2.3.256",
  "1:2:3:4:5:6:7:1.2.3.4",
  "::1.2.3.4:5",
  "1.2.3",
  "1.2.3.4.",
  ".1.2.3.4",
  "1..3.4",
  "01.2.3.4",
  "1.2.3.00",
  "1.2.3.256",
  "1.2.3.4 ",
  "0x1.2.3.4",
  "1.2.3.-4",
];

for (const text of NO_ADDRESSES) {
  Deno.test(`parseAddress: ${JSON.stringify(text)} is no address`, () => {
    assert.equal(parseAddress(text), null);
  });
}

Deno.test("parseAddress: what formatAddress prints is read back", () => {
  fc.assert(fc.property(addressOctets, (octets) => {
    assert.deepEqual(parseIpv6(formatAddress(octets)), octets);
  }));
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 4, maxLength: 4 }), (octets) => {
      assert.deepEqual(parseIpv4(formatAddress(octets)), octets);
    }),
  );
});

Deno.test("parseAddress: any text is answered, and only addresses are taken", () => {
  const near = fc.stringMatching(/^[0-9a-f:.]{0,45}$/);
  fc.assert(fc.property(fc.oneof(near, fc.string()), (text) => {
    const octets = parseAddress(text);
    if (octets !== null) {
      assert.deepEqual(parseAddress(formatAddress(octets)), octets);
    }
  }));
});

Deno.test("formatAddress: octets of another number are a RangeError", () => {
  assert.throws(() => formatAddress(new Uint8Array(5)), RangeError);
});

Deno.test("parsePrefix: the length is a decimal number that fits the family", () => {
  assert.deepEqual(prefix("2001:db8::1/64"), {
    address: address("2001:db8::1"),
    length: 64,
  });
  assert.equal(prefix("::/0").length, 0);
  assert.equal(prefix("192.0.2.0/32").length, 32);
  for (
    const text of [
      "::",
      "::/",
      "::/129",
      "::/064",
      "::/-1",
      "::/6 4",
      "::/1e1",
      "192.0.2.0/33",
      "/64",
      "::/64/64",
    ]
  ) {
    assert.equal(parsePrefix(text), null, text);
  }
});

Deno.test("formatPrefix: bits after the length are cleared", () => {
  assert.equal(
    formatPrefix(address("2001:db8:ffff::1"), 33),
    "2001:db8:8000::/33",
  );
  assert.equal(formatPrefix(address("ffff::"), 0), "::/0");
  assert.equal(
    formatPrefix(address("2001:db8::1"), 128),
    "2001:db8::1/128",
  );
  assert.equal(formatPrefix(address("192.0.2.255"), 25), "192.0.2.128/25");
});

Deno.test("prefixHasAddress: an address is in its prefix until a bit of the length changes", () => {
  fc.assert(
    fc.property(
      addressOctets,
      fc.integer({ min: 0, max: 128 }),
      fc.nat(127),
      (octets, length, bit) => {
        const other = octets.slice();
        other[bit >> 3] = (other[bit >> 3] ?? 0) ^ 0x80 >> (bit & 7);
        const network = { address: maskPrefix(octets, length), length };
        assert.equal(prefixHasAddress(network, octets), true);
        assert.equal(prefixHasAddress(network, other), bit >= length);
      },
    ),
  );
});

Deno.test("prefixContains: a prefix holds itself and longer ones, never another family's", () => {
  assert.equal(prefixContains(prefix("2001:db8::/32"), prefix("2001:db8:1::/48")), true);
  assert.equal(prefixContains(prefix("2001:db8::/32"), prefix("2001:db8::/32")), true);
  assert.equal(prefixContains(prefix("2001:db8:1::/48"), prefix("2001:db8::/32")), false);
  assert.equal(prefixContains(prefix("2001:db8::/32"), prefix("2001:db9::/48")), false);
  assert.equal(prefixContains(prefix("::/0"), prefix("192.0.2.0/24")), false);
});

Deno.test("isLinkLocal, isMulticast, isUnspecified, isLoopback: the ranges of RFC 4291", () => {
  assert.equal(isLinkLocal(address("fe80::1")), true);
  assert.equal(isLinkLocal(address("febf::1")), true);
  assert.equal(isLinkLocal(address("fec0::1")), false);
  assert.equal(isLinkLocal(address("169.254.1.1")), true);
  assert.equal(isMulticast(address("ff02::1")), true);
  assert.equal(isMulticast(address("fe02::1")), false);
  assert.equal(isMulticast(address("224.0.0.1")), true);
  assert.equal(isMulticast(address("240.0.0.1")), false);
  assert.equal(isUnspecified(address("::")), true);
  assert.equal(isUnspecified(address("::1")), false);
  assert.equal(isLoopback(address("::1")), true);
  assert.equal(isLoopback(address("1::1")), false);
  assert.equal(isLoopback(address("127.1.2.3")), true);
});

Deno.test("sameAddress: equal octets of one family", () => {
  assert.equal(sameAddress(address("::1"), address("0::1")), true);
  assert.equal(sameAddress(address("::1"), address("::2")), false);
  assert.equal(sameAddress(address("0.0.0.0"), address("::")), false);
});
