// Golden texts of `pvd list`, hostile names included.

import assert from "node:assert/strict";
import { formatList } from "./list.ts";
import { SAMPLE_DOMAIN } from "./testing.ts";
import { widthOf } from "./text.ts";

const WHOLE = { width: null, colour: false };
const IMPLICIT = {
  ...SAMPLE_DOMAIN,
  id: "cfe25073-4d60-6f0b-d88f-1003c82a1817",
  kind: "implicit",
  encoding: "ra",
  state: "configuring",
  routers: [],
  addresses: [],
} as const;

Deno.test("formatList prints a table of id, kind, link, router, address and state", () => {
  assert.equal(
    formatList([SAMPLE_DOMAIN, IMPLICIT], WHOLE),
    `
ID                                    KIND      LINK  ROUTER      ADDRESS           STATE
office.example.com                    explicit  eth1  fe80::1 +1  2001:db8:1::1 +1  ready
cfe25073-4d60-6f0b-d88f-1003c82a1817  implicit  eth1  -           -                 configuring
`.slice(1),
  );
});

Deno.test("formatList puts router and address on a second line where the terminal is narrow", () => {
  assert.equal(
    formatList([SAMPLE_DOMAIN, IMPLICIT], { width: 80, colour: false }),
    `
ID                                    KIND      LINK  STATE
office.example.com                    explicit  eth1  ready
  router fe80::1 +1, address 2001:db8:1::1 +1
cfe25073-4d60-6f0b-d88f-1003c82a1817  implicit  eth1  configuring
  router -, address -
`.slice(1),
  );
});

Deno.test("formatList fits any terminal of 48 columns or more and keeps both ends of a long id", () => {
  const long = { ...SAMPLE_DOMAIN, id: `${"a".repeat(63)}.`.repeat(3) + "b".repeat(63) };
  for (const width of [48, 60, 80, 100, 132, 300]) {
    const lines = formatList([long, IMPLICIT], { width, colour: false }).trimEnd().split("\n");
    for (const line of lines) assert(widthOf(line) <= width, `${width}: ${line}`);
    assert(lines.some((line) => /^aaa.*b {2}explicit/.test(line)));
  }
  assert(formatList([long], WHOLE).includes(long.id));
});

Deno.test("formatList gives router and address a line each where one is too short for both: addresses are not cut", () => {
  const address = "2001:db8:1111:2222:3333:4444:5555:6666";
  const long = {
    ...SAMPLE_DOMAIN,
    addresses: [{ address, prefixLength: 64, validS: null, preferredS: null }],
  };
  const text = formatList([long], { width: 50, colour: false });
  assert(text.endsWith(`\n  router fe80::1 +1\n  address ${address}\n`), text);
});

Deno.test("formatList never cuts two ids so that they look alike: a router cannot pass off its own as another's", () => {
  const named = (middle: string) => ({
    ...SAMPLE_DOMAIN,
    id: `office.${"a".repeat(40)}${middle}${"b".repeat(40)}.org`,
  });
  const text = formatList([named("x"), named("y"), named("y"), IMPLICIT], { width: 60, colour: false });
  for (const { id } of [named("x"), named("y")]) assert(text.includes(`${id}  explicit`), text);
  assert.match(text, /^cfe25073-4d6\S*…\S*82a1817 /m);
});

Deno.test("formatList cuts no escape in two", () => {
  const id = "a".repeat(20) + "\u202e".repeat(30) + "b".repeat(20);
  for (let width = 48; width < 120; width++) {
    const line = formatList([{ ...SAMPLE_DOMAIN, id }], { width, colour: false }).split("\n")[1] ?? "";
    const left = line.split("  explicit")[0]?.trimEnd().replaceAll("\\u{202e}", "") ?? "";
    assert.match(left, /^a*…?b*$/, line);
  }
});

Deno.test("formatList shows names with escape codes, newlines, bidi marks and tabs on one harmless line", () => {
  const id = "a\x1b[2J\nb\u202ec\td\x9be\\f\u200b";
  const text = formatList([{ ...SAMPLE_DOMAIN, id, link: "e\r0" }], WHOLE);
  assert.equal(text.split("\n").length, 3);
  assert(text.includes("a\\x1b[2J\\x0ab\\u{202e}c\\x09d\\x9be\\f\\u{200b}  explicit  e\\x0d0"));
});

Deno.test("formatList measures wide and combining characters as a terminal does", () => {
  const lines = formatList([{ ...SAMPLE_DOMAIN, id: "日本.e\u0301" }, IMPLICIT], WHOLE).split("\n");
  assert.equal(widthOf(lines[1]?.split("  explicit")[0] ?? ""), IMPLICIT.id.length);
});

Deno.test("formatList colours headings and states alone, and only where there is colour", () => {
  const text = formatList([SAMPLE_DOMAIN], { width: 200, colour: true });
  assert(text.includes("\x1b[32mready\x1b[0m\n"));
  assert(!formatList([SAMPLE_DOMAIN], { width: 200, colour: false }).includes("\x1b"));
});

Deno.test("formatList says in a sentence that there are none", () => {
  assert.match(formatList([], WHOLE), /^There are no PvDs: .*\n$/);
});
