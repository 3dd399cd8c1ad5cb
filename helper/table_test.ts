import assert from "node:assert/strict";
import { entryFor, TABLE } from "./table.ts";

Deno.test("entryFor: each request of the table is found by its name", () => {
  for (const [type, entry] of Object.entries(TABLE)) {
    const members = Object.fromEntries(entry.members.map((name) => [name, null]));
    assert.equal(entryFor({ type, serial: 1, ...members })?.entry, entry);
  }
});

Deno.test("entryFor: what is not in the table does not exist, also where JavaScript has such a name", () => {
  for (
    const type of [
      "",
      "nonsense",
      "constructor",
      "__proto__",
      "toString",
      "hasOwnProperty",
      5,
      null,
      undefined,
    ]
  ) {
    assert.equal(entryFor({ type, serial: 1 }), null);
  }
  for (const message of [null, undefined, 5, "listDomains", [], [{ type: "listDomains" }]]) {
    assert.equal(entryFor(message), null);
  }
});

Deno.test("entryFor: a request with a member of its own or without a serial is refused", () => {
  assert.equal(entryFor({ type: "listDomains", serial: 1, after: null, more: 1 }), null);
  assert.equal(entryFor({ type: "listDomains", after: null }), null);
  assert.equal(entryFor({ type: "listDomains", serial: -1, after: null }), null);
});
