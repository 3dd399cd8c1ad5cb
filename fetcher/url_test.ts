import assert from "node:assert/strict";
import { isAllowedAddress, redirectTarget, wellKnownTarget } from "./url.ts";

const FROM = { host: "pvd.example", path: "/.well-known/pvd" };

Deno.test("wellKnownTarget has the PvD's name in lower case and without its final dot", () => {
  assert.deepEqual(wellKnownTarget("PvD.Example."), FROM);
});

Deno.test("wellKnownTarget: a router cannot name the machine itself, an address or half a URL", () => {
  for (
    const name of [
      "localhost",
      "a.localhost",
      "127.0.0.1",
      "[::1]",
      "a/b",
      "a@b",
      "a:1",
      "",
      ".",
      "a b",
      "é.x",
    ]
  ) {
    assert.throws(() => wellKnownTarget(name), { kind: "redirect" }, name);
  }
});

Deno.test("redirectTarget follows to other names and paths over https", () => {
  assert.deepEqual(redirectTarget(FROM, "/x?y#z"), { host: "pvd.example", path: "/x?y" });
  assert.deepEqual(redirectTarget(FROM, "https://Other.Example.:443/a"), {
    host: "other.example",
    path: "/a",
  });
  assert.deepEqual(redirectTarget(FROM, "https://bücher.example/"), {
    host: "xn--bcher-kva.example",
    path: "/",
  });
});

Deno.test("redirectTarget: no way of writing leads to the machine itself, an address or another protocol", () => {
  for (
    const location of [
      null,
      "",
      "http://pvd.example/",
      "ftp://pvd.example/",
      "data:application/pvd+json,{}",
      "https://127.0.0.1/",
      "https://2130706433/",
      "https://0x7f.1/",
      "https://0177.1/",
      "https://１２７.0.0.1/",
      "https://[::1]/",
      "https://[::ffff:7f00:1]/",
      "https://[fe80::1%25mifpvd]/",
      "https://LOCALHOST./",
      "https://pvd.example:22/",
      "https://user@pvd.example/",
      "https://:x@pvd.example/",
      "https://",
      "https://a_b.example/",
      `https://pvd.example/${"a".repeat(3000)}`,
    ].filter((each) => each !== "")
  ) {
    assert.throws(() => redirectTarget(FROM, location), { kind: "redirect" }, location ?? "null");
  }
});

Deno.test("redirectTarget: a header of two lines cannot write a second request", () => {
  const { path } = redirectTarget(FROM, "/a\r\nX: y\r\n\r\nGET /");
  assert.match(path, /^[\x21-\x7e]*$/);
});

Deno.test("isAllowedAddress: nothing that is this machine or this link alone, also inside IPv6", () => {
  for (
    const address of [
      ...[
        "::1",
        "::",
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "0.1.2.3",
        "fe80::1",
        "169.254.169.254",
        "ff02::1",
      ],
      ...["224.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "x", ""],
    ]
  ) {
    assert.equal(isAllowedAddress(address), false, address);
  }
  for (const address of ["2001:db8::1", "192.0.2.1", "fd00::1", "64:ff9b::c000:201", "::ffff:192.0.2.1"]) {
    assert.equal(isAllowedAddress(address), true, address);
  }
});
