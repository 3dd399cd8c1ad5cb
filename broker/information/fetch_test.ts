import assert from "node:assert/strict";
import { writeAll } from "../../lib/linux/fd.ts";
import type { Helper, HelperAnswer, HelperRequestBody } from "../helper_client.ts";
import { done, FakeClock, openDescriptors, refused, settled, withReactor } from "../testing.ts";
import { fetchByHelper, type FetchResult, readFetchLine } from "./fetch.ts";

const SOURCE = { source: "wellKnown", name: "pvd.example" } as const;

/** What the broker makes of a fetcher that writes this at once; null: the helper refuses. */
async function fetched(
  said: string | null,
  refusal: HelperAnswer = refused("failed"),
  problem: string | null = null,
): Promise<FetchResult> {
  let result: FetchResult | undefined;
  await withReactor(async (reactor) => {
    const before = openDescriptors();
    const asked: HelperRequestBody[] = [];
    const helper: Helper = {
      problem,
      request(body, fds = []) {
        asked.push(body);
        const [writing = -1] = fds;
        if (said === null) return Promise.resolve(refusal);
        writeAll(writing, new TextEncoder().encode(said));
        return Promise.resolve(done(1));
      },
    };
    const options = { helper, reactor, after: new FakeClock().after, authorities: "PEM" };
    result = await fetchByHelper(options)("mifpvd-1", SOURCE);
    assert.deepEqual(asked, [{ type: "fetch", handle: "mifpvd-1", ...SOURCE, authorities: "PEM" }]);
    assert.equal(openDescriptors(), before);
  });
  assert.ok(result !== undefined);
  return result;
}

Deno.test("fetchByHelper gives what the fetcher's line says, and leaves no descriptor open", async () => {
  assert.deepEqual(await fetched('{"value":{"a":1}}\n'), { ok: true, value: { a: 1 } });
  assert.deepEqual(await fetched('{"error":{"kind":"dns","message":"no"}}\n'), {
    ok: false,
    kind: "dns",
    problem: "no",
  });
});

Deno.test("fetchByHelper: a fetcher that was killed has said nothing, which may pass", async () => {
  assert.equal((await fetched("")).ok, false);
  const result = await fetched("");
  assert.ok(!result.ok && result.kind === "failed");
});

Deno.test("fetchByHelper: what the helper refuses is no request, unless it cannot be done at all", async () => {
  const kindOf = async (answer: HelperAnswer, problem: string | null = null) => {
    const result = await fetched(null, answer, problem);
    return result.ok ? "ok" : result.kind;
  };
  assert.equal(await kindOf(refused("limitExceeded")), "notAsked");
  assert.equal(await kindOf(refused("noSuchDomain")), "notAsked");
  const lost = { ok: false, code: "failed", message: "gone", lost: true } as const;
  assert.equal(await kindOf(lost, "not connected"), "notAsked");
  assert.equal(await kindOf(lost), "failed", "it may have gone with a fetch under way");
  assert.equal(await kindOf(refused("failed")), "failed");
});

Deno.test("fetchByHelper: a fetcher that holds the pipe open for ever is not waited for", async () => {
  await withReactor(async (reactor) => {
    const clock = new FakeClock();
    const before = openDescriptors();
    // The request is answered while its own end is still open: as if the fetcher had it.
    const held = Promise.withResolvers<HelperAnswer>();
    const helper: Helper = { problem: null, request: () => held.promise };
    const result = fetchByHelper({
      helper,
      reactor: { add: () => {}, remove: (fd) => reactor.remove(fd) },
      after: clock.after,
      authorities: null,
    })("mifpvd-1", SOURCE);
    held.resolve(done(1));
    await settled();
    await clock.advance(20_000);
    const ended = await result;
    assert.ok(!ended.ok && ended.kind === "timeout");
    assert.equal(openDescriptors(), before);
  });
});

Deno.test("readFetchLine: a fetcher that was taken over is believed no more than the server was", () => {
  const lines = [
    "",
    "{}",
    "[]",
    "null",
    '{"value":1,"value":2}',
    '{"value":1,"more":2}',
    '{"error":{"kind":"certificate"}}',
    '{"error":{"kind":"valid","message":"x"}}',
    '{"error":{"kind":"notAsked","message":"x"}}',
    `{"error":{"kind":"dns","message":"${"x".repeat(2000)}"}}`,
    '{"error":{"kind":"dns","message":"x","more":1}}',
    `{"value":${"[".repeat(30)}${"]".repeat(30)}}`,
    `{"value":[${"0,".repeat(5000)}0]}`,
    '{"value":1} {"value":1}',
  ];
  for (const line of lines) {
    const result = readFetchLine(line);
    assert.ok(!result.ok && result.kind === "format", line.slice(0, 60));
  }
});
