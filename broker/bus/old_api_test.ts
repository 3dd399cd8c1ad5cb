import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/protocol.ts";
import type { BusDomain } from "./backend.ts";
import { BusError } from "./message.ts";
import { oldInterface } from "./old_api.ts";
import { exampleDomain } from "./testing.ts";

const EMPTY = ["", "", "", '""'];

function domain(id: string, handle: string, link = "eth0", information: JsonObject | null = null): BusDomain {
  return { ...exampleDomain, id, handle, link, information };
}

function ask(domains: readonly BusDomain[], member: string, ...args: readonly unknown[]): unknown {
  const method = oldInterface({ domains: () => domains }).methods.get(member);
  assert.ok(method?.action === null);
  const { body } = method.run({ sender: ":1.1", path: "/", args });
  return member === "activate" ? body : body[0];
}

const DOMAINS = [
  domain("b.example", "mifpvd-2"),
  domain("a.example", "mifpvd-10"),
  domain("a.example.org", "mifpvd-1"),
];

Deno.test("get_by_id: * is all, sorted by namespace as text; an id matches whole", () => {
  assert.deepEqual(ask(DOMAINS, "get_by_id", "*"), [
    ["a.example.org", "mifpvd-1", "eth0", "null"],
    ["a.example", "mifpvd-10", "eth0", "null"],
    ["b.example", "mifpvd-2", "eth0", "null"],
  ]);
  assert.deepEqual(ask(DOMAINS, "get_by_id", "a.example"), [["a.example", "mifpvd-10", "eth0", "null"]]);
});

Deno.test("get_by_id: nothing found is one tuple of three empty texts and two quote characters", () => {
  for (const id of ["", "example", "a.example\n", "a.example\0", "__proto__", "a.exampl"]) {
    assert.deepEqual(ask(DOMAINS, "get_by_id", id), [EMPTY]);
  }
  assert.deepEqual(ask([], "get_by_id", "*"), [EMPTY]);
});

Deno.test("activate: four values; nothing where the id is nobody's, or somebody's on two links", () => {
  assert.deepEqual(ask(DOMAINS, "activate", "b.example", 1), ["b.example", "mifpvd-2", "eth0", "null"]);
  const two = [...DOMAINS, domain("b.example", "mifpvd-3", "eth1")];
  for (const id of ["b.example", "*", "nobody"]) assert.deepEqual(ask(two, "activate", id, 1), EMPTY);
});

Deno.test("get_by_properties: each wanted property is equal to the domain's or contained in it", () => {
  const known = domain("a", "mifpvd-1", "eth0", {
    name: "Local",
    type: ["internet", "voice"],
    pricing: "free of charge",
    bandwidth: 100,
    limits: { day: 5 },
  });
  const domains = [known, domain("b", "mifpvd-2")];
  const found = (wanted: unknown) => ask(domains, "get_by_properties", JSON.stringify(wanted));
  const tuple = ["a", "mifpvd-1", "eth0", JSON.stringify(known.information)];
  for (
    const wanted of [
      { name: "Local" },
      { type: "voice" },
      { type: ["internet", "voice"] },
      { pricing: "free", bandwidth: 100 },
      { limits: { day: 5 } },
    ]
  ) assert.deepEqual(found(wanted), [tuple], JSON.stringify(wanted));
  for (
    const wanted of [
      { name: "local" },
      { type: "video" },
      { name: "Local", pricing: "dear" },
      { bandwidth: "100" },
      { missing: null },
      { constructor: "x" },
      { toString: null },
    ]
  ) assert.deepEqual(found(wanted), [EMPTY], JSON.stringify(wanted));
  assert.deepEqual(found({}), [tuple, ["b", "mifpvd-2", "eth0", "null"]]);
});

Deno.test("get_by_properties: what is no JSON object is an error, and not the end of the service", () => {
  for (const text of ["", "{", "[]", "null", '"x"', "1", "[".repeat(60_000)]) {
    assert.throws(() => ask(DOMAINS, "get_by_properties", text), BusError);
  }
});
