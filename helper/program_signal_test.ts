import assert from "node:assert/strict";
import { checkedOrder } from "./program_signal.ts";

const ask = (text: string) => checkedOrder(new TextEncoder().encode(text));

Deno.test("checkedOrder: a signal that exists is delivered", () => {
  assert.deepEqual(ask('{"type":"signal","signal":2}'), { type: "signal", signal: 2 });
});

Deno.test("checkedOrder: a program may be let go on alone", () => {
  assert.deepEqual(ask('{"type":"detach"}'), { type: "detach" });
});

Deno.test("checkedOrder: anything else is null", () => {
  const others = [
    "",
    "5",
    "{}",
    '{"type":"signal"}',
    '{"type":"signal","signal":0}',
    '{"type":"signal","signal":65}',
    '{"type":"signal","signal":-9}',
    '{"type":"signal","signal":"9"}',
    '{"type":"signal","signal":9,"pid":1}',
    '{"type":"run","signal":9}',
    '{"type":"detach","signal":9}',
  ];
  for (const text of others) assert.equal(ask(text), null, text);
});
