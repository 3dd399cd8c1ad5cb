import assert from "node:assert/strict";
import fc from "fast-check";
import { parseStrictJson } from "./strict_json.ts";

const LIMITS = { depth: 8, values: 100 };

Deno.test("parseStrictJson gives what JSON.parse gives for what JSON.stringify makes", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 5 }), fc.boolean(), (value, indented) => {
    const text = JSON.stringify(value, null, indented ? 2 : 0);
    const limits = { depth: 100, values: 100_000 };
    try {
      assert.deepEqual(parseStrictJson(text, limits), JSON.parse(text));
    } catch (error) {
      // fast-check's strings may hold what I-JSON has not.
      assert.match(String(error), /no character/);
    }
  }));
});

Deno.test("parseStrictJson refuses whatever JSON.parse refuses", () => {
  fc.assert(fc.property(
    fc.array(
      fc.constantFrom(...'{}[],:"\\0123-+.eE tfn\n\t', "true", "null", "{}", "[]", '"a"', "\u0000", "/*"),
    ),
    (parts) => {
      const text = parts.join("");
      let accepted = true;
      try {
        JSON.parse(text);
      } catch {
        accepted = false;
      }
      if (!accepted) assert.throws(() => parseStrictJson(text, LIMITS), SyntaxError);
    },
  ));
});

Deno.test("parseStrictJson: a server cannot say one name two ways", () => {
  for (const text of ['{"a":1,"a":2}', '{"a":1,"\\u0061":2}', '[{"b":{"c":1,"d":2,"c":3}}]']) {
    assert.throws(() => parseStrictJson(text, LIMITS), /a name twice/);
  }
});

Deno.test("parseStrictJson: a server cannot reach the prototype of what is made", () => {
  const value = parseStrictJson('{"__proto__":{"polluted":1},"constructor":2}', LIMITS);
  assert.ok(typeof value === "object" && value !== null);
  assert.deepEqual(Object.keys(value), ["__proto__", "constructor"]);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.equal(JSON.stringify(value), '{"__proto__":{"polluted":1},"constructor":2}');
});

Deno.test("parseStrictJson: depth and number of values are bounded before they are built", () => {
  assert.throws(() => parseStrictJson("[".repeat(60_000), LIMITS), /over 8 deep/);
  assert.throws(() => parseStrictJson(`[${"0,".repeat(100)}0]`, LIMITS), /over 100 values/);
  assert.deepEqual(parseStrictJson("[[[[[[[[]]]]]]]]", LIMITS), [[[[[[[[]]]]]]]]);
});

Deno.test("parseStrictJson: half a surrogate pair, a noncharacter and a number over a double are refused", () => {
  for (const text of ['"\\ud800"', '"\\udc00x"', '"\\uffff"', "1e999", "-1e999"]) {
    assert.throws(() => parseStrictJson(text, LIMITS), SyntaxError);
  }
  assert.equal(parseStrictJson('"\\ud83d\\ude00"', LIMITS), "😀");
});

Deno.test("parseStrictJson: trailing commas, byte order marks and a second value are refused", () => {
  for (const text of ["[1,]", '{"a":1,}', "\ufeff{}", "{} {}", "", "{'a':1}", "01", "[1 2]", "nul"]) {
    assert.throws(() => parseStrictJson(text, LIMITS), SyntaxError);
  }
});
