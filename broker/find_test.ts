import assert from "node:assert/strict";
import { editDistance, findDomain } from "./find.ts";

const DOMAINS = [
  { id: "example.org", link: "eth1", handle: "mifpvd-1" },
  { id: "example.com", link: "eth1", handle: "mifpvd-2" },
  { id: "cfe25073-4d60-6f0b-d88f-1003c82a1817", link: "eth1", handle: "mifpvd-3" },
  { id: "guest.example", link: "eth1", handle: "mifpvd-4" },
  { id: "guest.example", link: "wlan0", handle: "mifpvd-5" },
  { id: "guest", link: "eth1", handle: null },
];

function find(typed: string): string {
  const found = findDomain(DOMAINS, typed);
  return found.ok ? `${found.domain.handle}` : `${found.code}: ${found.message}`;
}

Deno.test("findDomain takes an id in any case, with or without its final dot, and a namespace", () => {
  assert.equal(find("example.org"), "mifpvd-1");
  assert.equal(find("EXAMPLE.Org."), "mifpvd-1");
  assert.equal(find("mifpvd-5"), "mifpvd-5");
});

Deno.test("findDomain takes an unambiguous beginning, and a whole id before a beginning", () => {
  assert.equal(find("CFE2"), "mifpvd-3");
  assert.equal(find("guest"), "null");
});

Deno.test("findDomain never guesses between two", () => {
  assert.equal(
    find("example"),
    'ambiguous: "example" could be example.org on eth1 (mifpvd-1), example.com on eth1 (mifpvd-2); name one by its namespace',
  );
  assert.match(find("guest.example"), /^ambiguous: .* on eth1 \(mifpvd-4\), .* on wlan0 \(mifpvd-5\)/);
});

Deno.test("a router that announces a name that goes on after the one that is meant is not taken for it", () => {
  const evil = [{ id: "office.example.com.evil.example", link: "eth1", handle: "mifpvd-9" }];
  for (const typed of ["office.example.com", "office.example.com.", "Office.Example"]) {
    const found = findDomain(evil, typed);
    assert.equal(found.ok ? "found" : found.code, "noSuchDomain", typed);
  }
});

Deno.test("findDomain of an unknown one lists near names", () => {
  assert.equal(
    find("exmaple.org"),
    'noSuchDomain: no domain "exmaple.org"; did you mean example.org? see pvd list',
  );
  assert.equal(find("quite-another"), 'noSuchDomain: no domain "quite-another"; see pvd list');
  assert.match(find(""), /^noSuchDomain/);
});

Deno.test("findDomain escapes what was typed", () => {
  assert.equal(find("a\u001b[2J"), 'noSuchDomain: no domain "a\\x1b[2J"; see pvd list');
});

Deno.test("editDistance counts insertions, deletions and replacements", () => {
  assert.equal(editDistance("kitten", "sitting"), 3);
  assert.equal(editDistance("", "abc"), 3);
  assert.equal(editDistance("same", "same"), 0);
});
