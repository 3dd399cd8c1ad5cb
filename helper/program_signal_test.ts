import assert from "node:assert/strict";
import { checkedSignal } from "./program_signal.ts";

const ask = (text: string) => checkedSignal(new TextEncoder().encode(text));

Deno.test("checkedSignal: a signal that exists is delivered", () => {
  assert.equal(ask('{"type":"signal","signal":2}'), 2);
});

Deno.test("checkedSignal: anything else is null", () => {
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
  ];
  for (const text of others) assert.equal(ask(text), null, text);
});
