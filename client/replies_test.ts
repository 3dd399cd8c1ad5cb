// The client believes no answer that lib/protocol.ts does not describe.

import assert from "node:assert/strict";
import { readClientReply, readDomainView, readStatusView } from "./replies.ts";
import { readProgramEvent } from "./program.ts";
import { SAMPLE_DOMAIN, SAMPLE_STATUS } from "./testing.ts";

Deno.test("readClientReply gives back every well-formed answer as it came", () => {
  const answers = [
    { type: "domain", domain: SAMPLE_DOMAIN },
    { type: "end" },
    { type: "resolved", id: "a", handle: "mifpvd-7", link: "eth0" },
    { type: "status", status: SAMPLE_STATUS },
    { type: "error", code: "failed", message: "no" },
  ];
  for (const answer of answers) assert.deepEqual(readClientReply(answer), answer);
});

Deno.test("readClientReply refuses what is no answer", () => {
  const hostile: unknown[] = [
    null,
    1,
    "end",
    [],
    {},
    { type: "End" },
    { type: "end", more: 1 },
    { type: "toString" },
    { type: "resolved", id: "a", handle: "../1", link: "eth0" },
    { type: "resolved", id: "a", handle: "mifpvd-1\n", link: "eth0" },
    { type: "resolved", id: "a".repeat(1025), handle: "mifpvd-1", link: "eth0" },
    { type: "resolved", id: "a", handle: "mifpvd-1", link: "a".repeat(16) },
    { type: "error", code: "constructor", message: "" },
    { type: "error", code: "failed" },
    { type: "error", code: "failed", message: 1 },
    { type: "domain" },
    { type: "status", status: [] },
  ];
  for (const answer of hostile) {
    assert.throws(() => readClientReply(answer), SyntaxError, JSON.stringify(answer));
  }
});

Deno.test("readDomainView refuses a domain with any member missing, added or of another type", () => {
  for (const name of Object.keys(SAMPLE_DOMAIN)) {
    assert.throws(() => readDomainView({ ...SAMPLE_DOMAIN, [name]: undefined }), SyntaxError, name);
    // Whatever object a server says is one.
    if (name !== "information") {
      assert.throws(() => readDomainView({ ...SAMPLE_DOMAIN, [name]: { a: 1 } }), SyntaxError, name);
    }
    assert.throws(() => readDomainView({ ...SAMPLE_DOMAIN, [name]: [1] }), SyntaxError, name);
  }
  assert.throws(() => readDomainView({ ...SAMPLE_DOMAIN, added: 1 }), SyntaxError);
  assert.throws(() => readDomainView({ ...SAMPLE_DOMAIN, mtu: 1.5 }), SyntaxError);
  assert.throws(
    () => readDomainView({ ...SAMPLE_DOMAIN, rdnss: [{ address: "::1", lifetimeS: -1 }] }),
    SyntaxError,
  );
});

Deno.test("readStatusView refuses a status with any member missing or of another type, and keeps odd reasons", () => {
  for (const name of Object.keys(SAMPLE_STATUS)) {
    assert.throws(() => readStatusView({ ...SAMPLE_STATUS, [name]: undefined }), SyntaxError, name);
  }
  const advertisements = { ...SAMPLE_STATUS.advertisements, refused: JSON.parse('{"__proto__":1}') };
  const { refused } = readStatusView({ ...SAMPLE_STATUS, advertisements }).advertisements;
  assert.deepEqual(Object.entries(refused), [["__proto__", 1]]);
});

Deno.test("readProgramEvent refuses numbers that no kernel gives", () => {
  const good = [
    { type: "started", pid: 2 },
    { type: "exited", status: 255 },
    { type: "signaled", signal: 9 },
    { type: "error", code: "notReady", message: "" },
  ];
  for (const event of good) assert.deepEqual(readProgramEvent(event), event);
  const bad = [
    { type: "started", pid: 0 },
    { type: "started", pid: 1 },
    { type: "started", pid: -1 },
    { type: "exited", status: 256 },
    { type: "exited", status: "0" },
    { type: "signaled", signal: 0 },
    { type: "signaled", signal: 65 },
    { type: "exited", status: 0, pid: 1 },
    { type: "end" },
    null,
  ];
  for (const event of bad) assert.throws(() => readProgramEvent(event), SyntaxError, JSON.stringify(event));
});
