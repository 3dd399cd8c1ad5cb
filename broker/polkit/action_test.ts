import assert from "node:assert/strict";
import { detailsProblem, encodeDetails } from "./action.ts";
import { TV } from "./testing.ts";

Deno.test("encodeDetails: domain, kind and link as they are, or a rule would not know them again", () => {
  const domain = "a\\046b.example.org";
  assert.deepEqual(encodeDetails({ ...TV, domain }), {
    domain,
    kind: "explicit",
    link: "eth1",
    program: "vlc",
  });
});

Deno.test("encodeDetails: a program's name on one line, shown when it was cut, and there when it is not known", () => {
  const program = (text: string) => encodeDetails({ ...TV, program: text })["program"] ?? "";
  assert.equal(program("a\nb\u202e"), "a\\x0ab\\u{202e}");
  assert.equal(program("x".repeat(120)), "x".repeat(120));
  assert.equal(program("x".repeat(121)), `${"x".repeat(119)}…`);
  assert.ok(program("\n".repeat(1000)).length <= 120);
  // Half of a pair would make the message one that the bus does not take.
  assert.ok(program(`${"x".repeat(119)}\u{1f600}`).isWellFormed());
  assert.ok(program(`${"x".repeat(118)}\u{1f600}y`).isWellFormed());
  assert.equal(program(""), "a program");
});

Deno.test("detailsProblem: managing may be about no domain, using may not", () => {
  const none = { ...TV, domain: "", kind: "" } as const;
  assert.equal(detailsProblem("net.pvd1.manage", none), null);
  assert.equal(detailsProblem("net.pvd1.use", none), "it names no domain");
});
