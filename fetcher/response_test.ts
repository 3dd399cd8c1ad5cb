import assert from "node:assert/strict";
import fc from "fast-check";
import { FetchFailure } from "./failure.ts";
import { readResponse } from "./response.ts";

/** A connection that gives the text in parts of these sizes, and then ends. */
function inParts(text: string, sizes: readonly number[]) {
  const bytes = new TextEncoder().encode(text);
  let at = 0;
  let turn = 0;
  return () => {
    if (at >= bytes.length) return Promise.resolve(null);
    const part = bytes.subarray(at, at + (sizes[turn++ % sizes.length] ?? 1));
    at += part.length;
    return Promise.resolve(part);
  };
}

async function bodyOf(text: string, sizes: readonly number[] = [4096], oldStyle = false): Promise<string> {
  const response = await readResponse(inParts(text, sizes), 100, oldStyle);
  return new TextDecoder().decode(await response.body());
}

Deno.test("readResponse gives the same however the bytes arrive", async () => {
  const answers = [
    "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 200\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n2;x=y\r\nhe\r\n03\r\nllo\r\n0\r\nTrailer: t\r\n\r\n",
  ];
  const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });
  await fc.assert(fc.asyncProperty(fc.constantFrom(...answers), sizes, async (answer, each) => {
    assert.equal(await bodyOf(answer, each), "hello");
  }));
});

Deno.test("readResponse: an answer without a header is a body where the old style is wanted, and nowhere else", async () => {
  assert.equal(await bodyOf("[1]", [1], true), "[1]");
  assert.equal(await bodyOf("", [1], true), "");
  await assert.rejects(bodyOf("[1]\r\n\r\n"), { kind: "http" });
});

Deno.test("readResponse: whatever comes ends in a body within its bound or in a failure with its kind", async () => {
  const part = fc.constantFrom(
    ..."HTTP/1.1 200 OK|\r\n|Content-Length: |Transfer-Encoding: chunked|5|ffffffffff|0|:|hello| |\u0000|-1"
      .split("|"),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 20 }), fc.boolean(), async (parts, oldStyle) => {
      try {
        assert.ok((await bodyOf(parts.join(""), [3], oldStyle)).length <= 100);
      } catch (error) {
        assert.ok(error instanceof FetchFailure, String(error));
      }
    }),
  );
});
