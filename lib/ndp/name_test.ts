// DNS names between wire form and text: every limit, and no octet that could leave the text's line.

import assert from "node:assert/strict";
import fc from "fast-check";
import { dnsName } from "../../tests/fuzz/ndp_arbitrary.ts";
import { normaliseName, readName, readNames, writeName } from "./name.ts";

function wire(...labels: string[]): Uint8Array {
  const octets: number[] = [];
  for (const label of labels) {
    octets.push(label.length, ...new TextEncoder().encode(label));
  }
  return Uint8Array.from([...octets, 0]);
}

function nameOf(bytes: Uint8Array): string {
  const read = readName(bytes, 0, bytes.length);
  assert.ok(read.ok);
  return read.name;
}

function problemOf(bytes: Uint8Array): string {
  const read = readName(bytes, 0, bytes.length);
  assert.ok(!read.ok);
  return read.problem;
}

Deno.test("readName: a name is ASCII lower case without a final dot", () => {
  assert.equal(nameOf(wire("WWW", "Example", "ORG")), "www.example.org");
});

Deno.test("readName: a newline, a dot, a space, an escape and UTF-8 in a label are \\DDD", () => {
  assert.equal(nameOf(wire("a\nb.c \x1b\\")), "a\\010b\\046c\\032\\027\\092");
  assert.equal(nameOf(Uint8Array.from([2, 0xc5, 0xbe, 0])), "\\197\\190");
});

Deno.test("readName: 255 octets are a name and 256 are not", () => {
  const labels = ["a".repeat(63), "b".repeat(63), "c".repeat(63)];
  assert.equal(nameOf(wire(...labels, "d".repeat(61))).length, 253);
  assert.match(problemOf(wire(...labels, "d".repeat(62))), /longer than 255/);
});

Deno.test("readName: compression, long labels and missing ends are told apart", () => {
  assert.match(problemOf(Uint8Array.from([0xc0, 0x0c])), /compressed/);
  assert.match(problemOf(Uint8Array.from([64])), /label of 64 octets/);
  assert.match(problemOf(Uint8Array.from([3, 0x61])), /past its end/);
  assert.match(problemOf(Uint8Array.from([1, 0x61])), /past its end/);
  assert.match(problemOf(new Uint8Array(0)), /past its end/);
});

Deno.test("readName: nothing is read beyond the given end", () => {
  const bytes = wire("example", "org");
  assert.equal(readName(bytes, 0, bytes.length - 1).ok, false);
  assert.equal(readName(bytes, 0, 1000).ok, true);
  assert.equal(readName(bytes, 1000, 2000).ok, false);
});

Deno.test("readNames: names follow each other until zeros", () => {
  const bytes = Uint8Array.from([...wire("a", "b"), ...wire("C"), 0, 0, 0]);
  assert.deepEqual(readNames(bytes, 0), { ok: true, names: ["a.b", "c"] });
  assert.deepEqual(readNames(new Uint8Array(8), 0), { ok: true, names: [] });
  assert.equal(readNames(Uint8Array.from([1, 0x61, 0, 9, 9]), 0).ok, false);
});

Deno.test("writeName: what readName gives is written and read back the same", () => {
  fc.assert(fc.property(dnsName, (name) => {
    const bytes = writeName(name);
    assert.equal(nameOf(bytes), name);
    assert.match(name, /^[a-z0-9_.\\-]+$/);
  }));
});

Deno.test("writeName: any octets that are a name come back as their text", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    const read = readName(bytes, 0, bytes.length);
    if (read.ok) assert.equal(nameOf(writeName(read.name)), read.name);
  }));
});

const NO_NAMES = [
  "",
  ".",
  "..",
  "a..b",
  ".a",
  "a b",
  "a\nb",
  "ž.hr",
  "a\\",
  "a\\25",
  "a\\256",
  "a\\x0a",
  "a".repeat(64),
  "a.".repeat(128),
  "a".repeat(5000),
];

for (const text of NO_NAMES) {
  Deno.test(`normaliseName: ${JSON.stringify(text).slice(0, 20)} is no name`, () => {
    assert.equal(normaliseName(text), null);
  });
}

Deno.test("normaliseName: case and a final dot make no difference", () => {
  assert.equal(normaliseName("Video.PvD.Example.ORG."), "video.pvd.example.org");
  assert.equal(normaliseName("a\\065"), "aa");
});

Deno.test("writeName: the error says what is wrong, the text escaped", () => {
  assert.throws(() => writeName("a\nb"), {
    name: "RangeError",
    message: `"a\\x0ab" is not a DNS name: only letters, digits, '-', '_' and \\DDD may be in it`,
  });
});
