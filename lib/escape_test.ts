// Nothing that a router chose reaches a terminal raw, and what is escaped can still be told apart.

import assert from "node:assert/strict";
import fc from "fast-check";
import { escapeName, escapeText, hasUnsafeCharacter, safeJson } from "./escape.ts";

const ESCAPED: readonly (readonly [string, string, string])[] = [
  ["a newline", "a\nb", "a\\x0ab"],
  ["an escape sequence", "\x1b[2J", "\\x1b[2J"],
  ["NUL", "\0", "\\x00"],
  ["DEL", "\x7f", "\\x7f"],
  ["a C1 control", "\x9b", "\\x9b"],
  ["a backslash", "\\x0a", "\\x5cx0a"],
  ["a right-to-left override", "\u202e", "\\u{202e}"],
  ["an isolate", "\u2066", "\\u{2066}"],
  ["a zero-width space", "\u200b", "\\u{200b}"],
  ["a byte order mark", "\ufeff", "\\u{feff}"],
  ["a line separator", "\u2028", "\\u{2028}"],
  ["a paragraph separator", "\u2029", "\\u{2029}"],
  ["an unpaired surrogate", "\ud800", "\\u{d800}"],
  ["a tag character", "\u{e0041}", "\\u{e0041}"],
  ["a Hangul filler", "\u3164", "\\u{3164}"],
];

for (const [what, text, escaped] of ESCAPED) {
  Deno.test(`escapeText: ${what} is escaped`, () => {
    assert.equal(escapeText(text), escaped);
  });
}

Deno.test("escapeText: other text stays", () => {
  const text = `Čakovec 東京 مرحبا 😀 "quotes" 'n' <tags> $HOME`;
  assert.equal(escapeText(text), text);
});

Deno.test("escapeText: what comes out is never unsafe, and differs for different texts", () => {
  const text = fc.string({ unit: "binary" });
  fc.assert(fc.property(text, text, (one, other) => {
    assert.equal(hasUnsafeCharacter(escapeText(one)), false);
    assert.equal(escapeText(one) === escapeText(other), one === other);
  }));
});

Deno.test("escapeName: the escapes of presentation form stay as they are, and nothing unsafe does", () => {
  assert.equal(escapeName("a\\010b\\.c.example.org"), "a\\010b\\.c.example.org");
  assert.equal(escapeName("a\n\x1b\u202e\0"), "a\\x0a\\x1b\\u{202e}\\x00");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.equal(hasUnsafeCharacter(escapeName(text)), false);
  }));
});

Deno.test("safeJson: parses to the same, on one line, with nothing unsafe raw", () => {
  fc.assert(fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
    const text = safeJson(value);
    assert.equal(hasUnsafeCharacter(text), false);
    assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
  }));
});

Deno.test("safeJson: a character beyond the first plane is a pair of escapes", () => {
  assert.equal(safeJson("\u{e0041}\x7f\u202e"), '"\\udb40\\udc41\\u007f\\u202e"');
});

Deno.test("safeJson: what JSON has no word for is null", () => {
  assert.equal(safeJson(undefined), "null");
});
