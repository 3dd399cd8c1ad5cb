import assert from "node:assert/strict";
import { parseEndpoint } from "./endpoint.ts";

Deno.test("parseEndpoint reads an address and a port of either family, and a port alone", () => {
  assert.deepEqual(parseEndpoint("192.0.2.1:80"), {
    family: "inet",
    address: Uint8Array.of(192, 0, 2, 1),
    port: 80,
  });
  assert.equal(parseEndpoint("[2001:db8::1]:443")?.family, "inet6");
  assert.deepEqual(parseEndpoint(":8080"), { family: "inet6", address: new Uint8Array(16), port: 8080 });
});

Deno.test("parseEndpoint gives null for names, missing ports and anything else", () => {
  const others = [
    "",
    ":",
    "host:80",
    "[::1]",
    "::1:80",
    "[fe80::1%eth0]:80",
    "1.2.3:80",
    "[::]:65536",
    "[::]:-1",
    "[]:80",
  ];
  for (const text of others) assert.equal(parseEndpoint(text), null, text);
});
