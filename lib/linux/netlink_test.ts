import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addressFacts,
  duplicateAddress,
  macBytes,
  macText,
  newInterface,
  putAddress,
  putRoute,
  routeFacts,
} from "./rtnetlink.ts";
import { attributeText, attributeU32, NetlinkWriter, parseAttributes, parseMessages } from "./netlink.ts";

const hex = (bytes: Uint8Array) => Array.from(bytes, (each) => each.toString(16).padStart(2, "0")).join("");

Deno.test("NetlinkWriter: messages and attributes start on multiples of four and carry their lengths", () => {
  const writer = new NetlinkWriter();
  writer.message(16, 5, 7, new Uint8Array(2), () => {
    writer.text(3, "ab");
    writer.nest(18, () => writer.u32(1, 0x01020304));
  });
  writer.message(17, 1, 8, new Uint8Array(), () => {});
  assert.equal(
    hex(writer.bytes()),
    "280000001000050007000000" + "00000000" + "00000000" + "0700030061620000" + "0c00120008000100" +
      "04030201" +
      "10000000110001000800000000000000",
  );
  const [first, second] = parseMessages(writer.bytes());
  assert.equal(second?.sequence, 8);
  const attributes = parseAttributes(first?.body ?? new Uint8Array(), 4);
  assert.equal(attributeText(attributes, 3), "ab");
  assert.equal(attributeU32(parseAttributes(attributes.get(18) ?? new Uint8Array()), 1), 0x01020304);
});

Deno.test("newInterface: an ipvlan in L2 mode, which cannot be made here, has the bytes that the kernel reads", () => {
  const writer = new NetlinkWriter();
  newInterface(writer, 1, {
    kind: "ipvlan",
    name: "mifpvd",
    parentIndex: 5,
    mac: null,
    mtu: null,
    namespaceFd: 9,
  });
  assert.equal(
    hex(writer.bytes()),
    "58000000" + "1000" + "0506" + "01000000" + "00000000" + "0000000000000000" + "0100000001000000" +
      "0b000300" + "6d69667076640000" + "08000500" + "05000000" + "08001c00" + "09000000" +
      "1c001200" + "0b000100" + "6970766c616e0000" + "0c000200" + "0600010000000000",
  );
});

Deno.test("parseMessages and parseAttributes take any bytes without reading past their end", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    for (const message of parseMessages(bytes)) parseAttributes(message.body, 4);
    parseAttributes(bytes);
  }));
});

Deno.test("an address and a route that are written read back as the same facts", () => {
  const writer = new NetlinkWriter();
  const address = { address: "2001:db8::2", prefixLength: 64, validS: 100, preferredS: null };
  putAddress(writer, 1, 4, address);
  const route = {
    prefix: "2001:db8:5::/48",
    router: "fe80::1",
    preference: "low",
    metric: 2048,
    lifetimeS: null,
  } as const;
  putRoute(writer, 2, 4, route);
  const [first, second] = parseMessages(writer.bytes());
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual(addressFacts(first, 4), { ...address, tentative: false, dadFailed: false });
  assert.equal(addressFacts(first, 5), null);
  assert.deepEqual(routeFacts(second, 4), route);
  assert.equal(routeFacts(second, 5), null);
});

Deno.test("duplicateAddress knows an address that failed its detection: marked where it never ends, deleted where it does", () => {
  const message = (type: number, flags: number) => {
    const writer = new NetlinkWriter();
    const header = Uint8Array.of(10, 64, flags & 0xff, 0, 4, 0, 0, 0);
    writer.message(type, 0, 0, header, () => {
      writer.attribute(1, Uint8Array.of(0x20, 0x01, 0x0d, 0xb8, ...new Uint8Array(11), 2));
      writer.u32(8, flags);
    });
    return parseMessages(writer.bytes()).map(duplicateAddress)[0];
  };
  const NEW = 20, DELETED = 21, DADFAILED = 0x08, TENTATIVE = 0x40, PERMANENT = 0x80;
  assert.equal(message(NEW, DADFAILED | TENTATIVE | PERMANENT), "2001:db8::2");
  assert.equal(message(DELETED, DADFAILED | TENTATIVE), "2001:db8::2");
  assert.equal(message(DELETED, DADFAILED | TENTATIVE | PERMANENT), null, "deleted by somebody who knew");
  assert.equal(message(NEW, TENTATIVE | PERMANENT), null);
  assert.equal(message(DELETED, 0), null);
  assert.equal(message(24, DADFAILED), null, "a route");
});

Deno.test("macText and macBytes are each other's inverse", () => {
  assert.equal(macText(macBytes("02:0a:ff:00:10:99")), "02:0a:ff:00:10:99");
});
