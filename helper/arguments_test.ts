import assert from "node:assert/strict";
import { helperArguments } from "./arguments.ts";

Deno.test("helperArguments: the broker's uid, and a socket where one is named", () => {
  assert.deepEqual(helperArguments(["--broker-uid", "990"], "/s"), { socket: "/s", brokerUid: 990 });
  assert.deepEqual(helperArguments(["--socket", "/t", "--broker-uid", "0"], "/s"), {
    socket: "/t",
    brokerUid: 0,
  });
});

Deno.test("helperArguments: anything else is answered with how it is used", () => {
  for (const args of [[], ["--broker-uid"], ["--broker-uid", "pvd"], ["--broker-uid", "-1"], ["--x", "1"]]) {
    assert.equal(typeof helperArguments(args, "/s"), "string");
  }
});
