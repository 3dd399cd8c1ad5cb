import assert from "node:assert/strict";
import { asObject, flag, integer, integerOrNull, list, oneOf, text, textOrNull } from "./check.ts";

Deno.test("asObject refuses what is no object and members that nobody named", () => {
  for (const value of [null, 1, "a", [], undefined]) {
    assert.throws(() => asObject(value, [], "request"), SyntaxError);
  }
  assert.throws(() => asObject({ a: 1, b: 2 }, ["a"], "request"), /unknown member/);
  assert.deepEqual(asObject({ a: 1 }, ["a"], "request"), { a: 1 });
});

Deno.test("members named like JavaScript's own are not found in an object that lacks them", () => {
  for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    assert.throws(() => text({}, name, 10), SyntaxError);
  }
  assert.throws(() => asObject(JSON.parse('{"__proto__":1}'), ["type"], "request"), SyntaxError);
});

Deno.test("every reader takes what fits and names what does not", () => {
  const fields = { t: "abc", n: 5, none: null, yes: true, kind: "b", many: [1, 2], half: 1.5 };
  assert.equal(text(fields, "t", 3), "abc");
  assert.throws(() => text(fields, "t", 2), /t is not a text of at most 2/);
  assert.equal(textOrNull(fields, "none", 1), null);
  assert.equal(integer(fields, "n", 5, 5), 5);
  assert.throws(() => integer(fields, "n", 6, 9), /n is not a whole number from 6 to 9/);
  assert.throws(() => integer(fields, "half", 0, 9), SyntaxError);
  assert.equal(integerOrNull(fields, "none", 0, 1), null);
  assert.equal(flag(fields, "yes"), true);
  assert.throws(() => flag(fields, "n"), SyntaxError);
  assert.equal(oneOf(fields, "kind", ["a", "b"]), "b");
  assert.throws(() => oneOf(fields, "t", ["a", "b"]), /not one of a, b/);
  assert.deepEqual(list(fields, "many", 2, (each) => each), [1, 2]);
  assert.throws(() => list(fields, "many", 1, (each) => each), SyntaxError);
});
