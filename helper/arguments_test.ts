import assert from "node:assert/strict";
import { helperArguments as parse } from "./arguments.ts";

const USERS = new Map([["pvd", { uid: 990, gid: 980 }], ["pvd-fetch", { uid: 991, gid: 981 }]]);

function helperArguments(args: readonly string[], socket: string) {
  return parse(args, socket, (name) => USERS.get(name) ?? null);
}

Deno.test("helperArguments: the broker's uid, and a socket where one is named", () => {
  assert.deepEqual(helperArguments(["--broker-uid", "990"], "/s"), {
    socket: "/s",
    brokerUid: 990,
    fetcher: null,
    removeAll: false,
  });
  assert.deepEqual(helperArguments(["--socket", "/t", "--broker-uid", "0"], "/s"), {
    socket: "/t",
    brokerUid: 0,
    fetcher: null,
    removeAll: false,
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
    removeAll: false,
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

Deno.test("helperArguments: users by name, as a unit file has them", () => {
  const fetcher = ["--fetcher-user", "pvd-fetch", "--", "/f"];
  assert.deepEqual(helperArguments(["--broker-user", "pvd", ...fetcher], "/s"), {
    socket: "/s",
    brokerUid: 990,
    fetcher: { uid: 991, gid: 981, command: ["/f"] },
    removeAll: false,
  });
  assert.match(String(helperArguments(["--broker-user", "nobody-here"], "/s")), /no system user nobody-here/);
  for (
    const args of [
      ["--broker-user", "pvd", "--broker-uid", "990"],
      ["--broker-user", "pvd", "--fetcher-user", "pvd", "--", "/f"],
      ["--broker-user", "pvd", "--fetcher-user", "pvd-fetch", "--fetcher-gid", "1", "--", "/f"],
      ["--broker-user", "pvd", "--fetcher-user", "pvd-fetch"],
      ["--fetcher-user", "pvd-fetch", "--", "/f"],
    ]
  ) {
    assert.equal(typeof helperArguments(args, "/s"), "string", args.join(" "));
  }
});

Deno.test("helperArguments: removing everything stands alone", () => {
  const settings = helperArguments(["--remove-all"], "/s");
  assert.equal(typeof settings === "string" ? settings : settings.removeAll, true);
  assert.equal(typeof helperArguments(["--remove-all", "--broker-uid", "1"], "/s"), "string");
  assert.equal(typeof helperArguments(["--broker-uid", "1", "--remove-all"], "/s"), "string");
});
