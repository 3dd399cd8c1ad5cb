import assert from "node:assert/strict";
import { parseTimestamp } from "./timestamp.ts";
import { findInList, uncoveredPrefix, validateInformation } from "./validate.ts";
import type { JsonValue } from "../../lib/protocol.ts";

const WALL_MS = Date.UTC(2026, 0, 1);
const GOOD = { identifier: "PvD.example.", expires: "2026-01-02T00:00:00Z", prefixes: ["2001:db8::/32"] };
const PIO = "2001:db8:1::/64";

function problemOf(value: JsonValue, prefixes = [PIO]): string {
  const result = validateInformation(value, "pvd.example", prefixes, WALL_MS);
  return result.ok ? "none" : result.problem;
}

Deno.test("validateInformation takes an object whose name, time and prefixes fit, and keeps the rest as given", () => {
  const object = { ...GOOD, "vendor-x": { any: ["thing"] } };
  const result = validateInformation(object, "pvd.EXAMPLE", [PIO], WALL_MS);
  assert.deepEqual(result, { ok: true, object, expiresAtMs: Date.UTC(2026, 0, 2) });
});

Deno.test("validateInformation: a server cannot speak for another PvD, for ever, or for prefixes that are not its own", () => {
  assert.equal(
    problemOf({ ...GOOD, identifier: "other.example" }),
    '"identifier" is other.example, another PvD',
  );
  assert.equal(problemOf({ ...GOOD, expires: "2026-01-01T00:00:00Z" }), '"expires" is in the past');
  assert.equal(problemOf({ ...GOOD, prefixes: ["2001:db8:2::/48"] }), `"prefixes" does not cover ${PIO}`);
  assert.equal(problemOf({ ...GOOD, prefixes: ["2001:db8:1::/65"] }), `"prefixes" does not cover ${PIO}`);
  assert.equal(problemOf({ ...GOOD, prefixes: [] }), `"prefixes" does not cover ${PIO}`);
  assert.equal(problemOf({ ...GOOD, prefixes: ["0.0.0.0/0"] }), `"prefixes" does not cover ${PIO}`);
  assert.equal(problemOf({ ...GOOD, prefixes: [] }, []), "none");
});

Deno.test("validateInformation: every mandatory member is asked for, in its own right and with its own type", () => {
  for (const name of ["identifier", "expires", "prefixes"]) {
    const { [name]: _, ...rest }: { [name: string]: JsonValue } = GOOD;
    for (const value of [null, 1, {}, [1], true]) {
      assert.notEqual(problemOf({ ...GOOD, [name]: value }), "none");
    }
    assert.notEqual(problemOf(rest), "none");
    assert.notEqual(problemOf(Object.fromEntries([["__proto__", GOOD], ...Object.entries(rest)])), "none");
  }
  for (const value of [null, [], [GOOD], "x"]) assert.notEqual(problemOf(value), "none");
  assert.notEqual(problemOf({ ...GOOD, prefixes: ["2001:db8::/32", "2001:db8::"] }), "none");
});

Deno.test("uncoveredPrefix: a PIO that comes later has to be covered as well", () => {
  assert.equal(uncoveredPrefix(GOOD, [PIO, "2001:db9::/64"]), "2001:db9::/64");
  assert.equal(uncoveredPrefix(GOOD, [PIO]), null);
});

Deno.test("findInList takes the element with the domain's id, and the one for the implicit domain", () => {
  const list = [7, { id: 5 }, { id: "implicit", name: "a" }, { id: "F037EA62", name: "b" }, {
    id: "f037ea62",
  }];
  assert.deepEqual(findInList(list, "implicit", "x"), { ok: true, object: list[2], expiresAtMs: null });
  assert.deepEqual(findInList(list, "explicit", "f037ea62"), {
    ok: true,
    object: list[3],
    expiresAtMs: null,
  });
  assert.equal(findInList(list, "explicit", "none"), null);
  assert.equal(findInList({ id: "implicit" }, "implicit", "x")?.ok, false);
});

Deno.test("parseTimestamp takes the examples of RFC 3339 5.8, and nothing else that Date.parse takes", () => {
  const cases: [text: string, at: number | null][] = [
    ["1985-04-12T23:20:50.52Z", Date.UTC(1985, 3, 12, 23, 20, 50, 520)],
    ["1996-12-19T16:39:57-08:00", Date.UTC(1996, 11, 20, 0, 39, 57)],
    ["1990-12-31T23:59:60Z", Date.UTC(1990, 11, 31, 23, 59, 59)],
    ["1937-01-01T12:00:27.87+00:20", Date.UTC(1937, 0, 1, 11, 40, 27, 870)],
    ["2017-07-23t06:00:00z", Date.UTC(2017, 6, 23, 6)],
    ...["2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "1 Jan 2026", ""]
      .map((text): [string, null] => [text, null]),
    ...[
      "2026-01-01T24:00:00Z",
      "2026-01-01T00:00:00+24:00",
      "+002026-01-01T00:00:00Z",
      "2026-01-01 00:00:00Z",
    ]
      .map((text): [string, null] => [text, null]),
  ];
  for (const [text, at] of cases) assert.equal(parseTimestamp(text), at, text);
});
