import assert from "node:assert/strict";
import fc from "fast-check";
import type { ClientRequest } from "../lib/protocol.ts";
import { readClientRequest } from "./client_request.ts";

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

Deno.test("readClientRequest takes each request of the protocol", () => {
  const requests: ClientRequest[] = [
    { type: "list" },
    { type: "status" },
    { type: "resolve", domain: "example.org" },
    { type: "run", handle: "mifpvd-7", id: "example.org", program: "/bin/true", interactive: true },
    { type: "solicit", link: null },
    { type: "solicit", link: "eth1" },
    { type: "monitor", link: null, renewals: true },
    { type: "monitor", link: "eth1", renewals: false },
  ];
  for (const request of requests) assert.deepEqual(readClientRequest(bytes(request)), request);
});

Deno.test("readClientRequest refuses whatever is not in the table", () => {
  const hostile: unknown[] = [
    null,
    [],
    "list",
    {},
    { type: "removeDomain" },
    { type: "constructor" },
    { type: "list", more: 1 },
    { type: "list", domain: "a member of another request" },
    { type: "resolve" },
    { type: "resolve", domain: "x".repeat(1025) },
    { type: "run", handle: "../mifpvd-7", id: "a", program: "b" },
    { type: "run", handle: "mifpvd-0", id: "a", program: "b" },
    { type: "run", handle: "mifpvd-7\n", id: "a", program: "b" },
    { type: "solicit", link: 1 },
    { type: "solicit", link: "a-name-of-sixteen" },
    { type: "monitor" },
    { type: "monitor", link: null, renewals: 1 },
    { type: "monitor", link: "a-name-of-sixteen", renewals: false },
  ];
  for (const value of hostile) {
    assert.throws(() => readClientRequest(bytes(value)), SyntaxError, JSON.stringify(value));
  }
  assert.throws(() => readClientRequest(new Uint8Array([0xff])), TypeError);
  assert.throws(() => readClientRequest(new Uint8Array(65_537)), SyntaxError);
});

Deno.test("readClientRequest of any bytes gives a request, SyntaxError or TypeError", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.uint8Array(), fc.json().map((text) => new TextEncoder().encode(text))),
      (input) => {
        try {
          readClientRequest(input);
        } catch (error) {
          assert.ok(error instanceof SyntaxError || error instanceof TypeError);
        }
      },
    ),
  );
});
