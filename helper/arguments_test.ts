import assert from "node:assert/strict";
import { helperArguments } from "./arguments.ts";

Deno.test("helperArguments: the broker's uid, and a socket where one is named", () => {
  assert.deepEqual(helperArguments(["--broker-uid", "990"], "/s"), {
    socket: "/s",
    brokerUid: 990,
    fetcher: null,
  });
  assert.deepEqual(helperArguments(["--socket", "/t", "--broker-uid", "0"], "/s"), {
    socket: "/t",
    brokerUid: 0,
    fetcher: null,
  });
});

Deno.test("helperArguments: the fetcher is a command of root's with a user and a group", () => {
  const args = [
    "--broker-uid",
    "990",
    "--fetcher-uid",
    "991",
    "--fetcher-gid",
    "992",
    "--",
    "/f",
    "--broker-uid",
  ];
  assert.deepEqual(helperArguments(args, "/s"), {
    socket: "/s",
    brokerUid: 990,
    fetcher: { uid: 991, gid: 992, command: ["/f", "--broker-uid"] },
  });
});

Deno.test("helperArguments: a fetcher that is root, or the broker, or half a setting is refused", () => {
  const broker = ["--broker-uid", "990"];
  for (
    const args of [
      ["--fetcher-uid", "0", "--fetcher-gid", "1", "--", "/f"],
      ["--fetcher-uid", "991", "--fetcher-gid", "0", "--", "/f"],
      ["--fetcher-uid", "990", "--fetcher-gid", "1", "--", "/f"],
      ["--fetcher-uid", "991", "--", "/f"],
      ["--fetcher-uid", "991", "--fetcher-gid", "991"],
      ["--fetcher-uid", "991", "--fetcher-gid", "991", "--"],
      ["--fetcher-uid", "991", "--fetcher-gid", "991", "--", "f"],
      ["--", "/f"],
    ]
  ) {
    assert.equal(typeof helperArguments([...broker, ...args], "/s"), "string");
  }
});

Deno.test("helperArguments: anything else is answered with how it is used", () => {
  for (const args of [[], ["--broker-uid"], ["--broker-uid", "pvd"], ["--broker-uid", "-1"], ["--x", "1"]]) {
    assert.equal(typeof helperArguments(args, "/s"), "string");
  }
});
