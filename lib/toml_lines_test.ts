// Lines by hand for each form that TOML has, then documents made at random in which every value is its own line.

import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "smol-toml";
import { lineOfKey, type TomlPath } from "./toml_lines.ts";

const DOCUMENT = `# a comment with [brackets] and a = sign
title = "x # not a comment"

[[interface]]
name = "eth1"
  [[interface.pvd]]
  id = 'one'
  [[interface.pvd]]
  id = "two"
    [interface.pvd.header]
    router_lifetime = 5
[[interface]]
name = "eth2"
addresses = [
  "a", # first
  "b",
]
point = { x = 1, y.z = 2 }
text = """
name = "not a key"
""\\""""
last."quoted \\u006Bey".deep = 1979-05-27 07:32:00
`;

Deno.test("lineOfKey finds keys in tables, arrays of tables, dotted keys, inline tables and arrays", () => {
  assert.doesNotThrow(() => parse(DOCUMENT));
  const expected: [TomlPath, number][] = [
    [["title"], 2],
    [["interface"], 4],
    [["interface", 0], 4],
    [["interface", 0, "name"], 5],
    [["interface", 0, "pvd", 0, "id"], 7],
    [["interface", 0, "pvd", 1], 8],
    [["interface", 0, "pvd", 1, "id"], 9],
    [["interface", 0, "pvd", 1, "header"], 10],
    [["interface", 0, "pvd", 1, "header", "router_lifetime"], 11],
    [["interface", 1], 12],
    [["interface", 1, "name"], 13],
    [["interface", 1, "addresses"], 14],
    [["interface", 1, "addresses", 1], 16],
    [["interface", 1, "point", "x"], 18],
    [["interface", 1, "point", "y", "z"], 18],
    [["interface", 1, "text"], 19],
    [["interface", 1, "last", "quoted key", "deep"], 22],
  ];
  for (const [path, line] of expected) assert.equal(lineOfKey(DOCUMENT, path), line, JSON.stringify(path));
});

Deno.test("lineOfKey gives null for a key that is not there", () => {
  const absent: TomlPath[] = [["name"], ["interface", 2], ["interface", "0"], [
    "interface",
    0,
    "pvd",
    0,
    "header",
  ]];
  for (const path of absent) assert.equal(lineOfKey(DOCUMENT, path), null, JSON.stringify(path));
});

Deno.test("lineOfKey counts lines that end in carriage return and newline", () => {
  assert.equal(lineOfKey("a = 1\r\n\r\n[b]\r\nc = 2\r\n", ["b", "c"]), 4);
});

Deno.test("lineOfKey gives null for a text that breaks off or is not TOML", () => {
  const broken = [
    "b",
    "b =",
    'b = "',
    'b = """',
    "b = [1",
    "b = {c = 1",
    "= 1",
    "[b",
    "[[b]",
    'b = "\\q"',
    "[b] c",
  ];
  for (const line of broken) assert.equal(lineOfKey(`a = 1\n${line}\n`, ["a"]), null, line);
});

Deno.test("lineOfKey gives null rather than no stack for a text that nests a hundred thousand deep", () => {
  assert.equal(lineOfKey(`a = ${"[".repeat(100_000)}`, ["a"]), null);
});

/** Leaves of a parsed document with their paths. */
function leaves(value: unknown, path: TomlPath): [TomlPath, unknown][] {
  if (Array.isArray(value)) return value.flatMap((element, index) => leaves(element, [...path, index]));
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).flatMap(([key, member]) => leaves(member, [...path, key]));
  }
  return [[path, value]];
}

const key = fc.constantFrom("a", "b", '"c d"', "'e.f'", "g . h", '"\\u0061"', "i");
const piece = fc.oneof(
  key.map((name) => `${name} = LINE`),
  key.map((name) => `${name} = [ LINE,\n# ]\n LINE ]`),
  key.map((name) => `${name} = { x = LINE, y.z = [LINE] } # {`),
  key.map((name) => `[${name}]`),
  key.map((name) => `[[${name}]]`),
  fc.tuple(key, key).map(([table, name]) => `[[${table}.${name}]]`),
  fc.constant("# comment"),
  fc.constant(""),
);

Deno.test("lineOfKey gives, for every value of any document that parses, the line it stands in", () => {
  let parsed = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("\n").split("\n").map((line, index) => line.replaceAll("LINE", `${index + 1}`))
        .join("\n");
      let document: unknown;
      try {
        document = parse(text);
      } catch {
        return;
      }
      parsed++;
      for (const [path, value] of leaves(document, [])) assert.equal(lineOfKey(text, path), value, text);
    }),
    { numRuns: 2000 },
  );
  assert.ok(parsed > 200, `only ${parsed} documents parsed`);
});
