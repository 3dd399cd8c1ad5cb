// --match: which PvDs fit, in which order they are taken, and that a server's words never stand for what pvd knows.

import assert from "node:assert/strict";
import fc from "fast-check";
import type { DomainView, JsonObject } from "../lib/protocol.ts";
import { ClientError } from "./errors.ts";
import { firstMatch, matching, parseCriteria } from "./match.ts";
import { SAMPLE_DOMAIN } from "./testing.ts";

const INFORMATION: JsonObject = {
  type: ["internet", "iptv"],
  pricing: "free",
  bandwidth: "10 Mbps",
  speed: 10,
  noInternet: false,
  nested: { a: 1 },
  lists: [["x"]],
  nothing: null,
};

function domain(changes: Partial<DomainView>): DomainView {
  return { ...SAMPLE_DOMAIN, information: INFORMATION, ...changes };
}

const fits = (text: string, changes: Partial<DomainView> = {}) =>
  matching([domain(changes)], parseCriteria(text)).length === 1;

function problem(action: () => unknown): ClientError {
  try {
    action();
  } catch (error) {
    assert(error instanceof ClientError);
    return error;
  }
  assert.fail("nothing was wrong");
}

Deno.test("matching takes equal texts, numbers and truth values, and elements of lists", () => {
  for (
    const text of [
      "type=internet",
      "type=iptv,pricing=free",
      "bandwidth=10 Mbps",
      "speed=10",
      "noInternet=false",
    ]
  ) assert(fits(text), text);
  for (
    const text of [
      "type=inter",
      "type=internet,pricing=paid",
      "pricing=Free",
      "bandwidth=10",
      "noInternet=true",
      "nested=[object Object]",
      "lists=x",
      "nothing=null",
      "absent=free",
      "__proto__=free",
      "toString=free",
    ]
  ) assert(!fits(text), text);
  assert(!fits("pricing=free", { information: { pricing: "not free" } }));
  assert(!fits("type=internet", { information: null }));
});

Deno.test("matching knows id, kind, encoding, state, link and namespace by itself", () => {
  assert(
    fits("id=OFFICE.example.com,kind=explicit,encoding=rfc8801,state=ready,link=eth1,namespace=mifpvd-1"),
  );
  for (const text of ["id=office", "kind=implicit", "link=eth", "namespace=mifpvd-2"]) {
    assert(!fits(text), text);
  }
});

Deno.test("matching: a server that says it is on another link, or of another kind, is not believed", () => {
  const claims = {
    id: "bank.example",
    kind: "explicit",
    link: "eth0",
    namespace: "mifpvd-9",
    state: "ready",
  };
  for (const text of ["id=bank.example", "link=eth0", "namespace=mifpvd-9"]) {
    assert(!fits(text, { information: claims }), text);
  }
});

Deno.test("parseCriteria takes a comma or backslash with a backslash before it, and refuses what is no pair", () => {
  assert.deepEqual(parseCriteria("a=b\\,c\\\\,d=e=f"), [
    { name: "a", value: "b,c\\" },
    { name: "d", value: "e=f" },
  ]);
  for (const text of ["a", "=b", "a=", "a=b,", ",a=b", "a=b,\x1b[2J", ""]) {
    const error = problem(() => parseCriteria(text));
    assert.equal(error.code, "usage");
    assert.match(error.message, /is not NAME=VALUE/);
    assert(!error.message.includes("\x1b"));
  }
});

Deno.test("firstMatch takes the lowest number of a namespace among those that are ready", () => {
  const domains = [
    domain({ id: "c", namespace: "mifpvd-10" }),
    domain({ id: "b", namespace: "mifpvd-9" }),
    domain({ id: "a", namespace: "mifpvd-2", state: "failed" }),
    domain({ id: "n", namespace: "", state: "configuring" }),
  ];
  assert.equal(firstMatch(domains, "pricing=free").id, "b");
  assert.deepEqual(matching(domains, []).map(({ id }) => id), ["a", "b", "c", "n"]);
});

Deno.test("firstMatch: one that comes later and claims the same takes nobody's place", () => {
  fc.assert(fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 9999 }), { minLength: 2 }), (numbers) => {
    const domains = numbers.map((number) => domain({ id: `d${number}`, namespace: `mifpvd-${number}` }));
    const before = domains.filter(({ namespace }) => namespace !== `mifpvd-${Math.max(...numbers)}`);
    assert.equal(firstMatch(domains, "pricing=free"), firstMatch(before, "pricing=free"));
  }));
});

Deno.test("firstMatch says whether none fits, or none that fits is ready", () => {
  assert.equal(problem(() => firstMatch([domain({})], "a=\x1bb")).message, "no PvD has a=\\x1bb");
  const error = problem(() => firstMatch([domain({ state: "failed" })], "pricing=free"));
  assert.equal(error.code, "notReady");
  assert.match(error.message, /office\.example\.com is failed/);
});
