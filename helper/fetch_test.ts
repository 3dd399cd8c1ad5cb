import assert from "node:assert/strict";
import { fetcherArguments, readFetchRequest } from "./fetch.ts";

const request = { source: "wellKnown", name: "pvd.example", authorities: null } as const;

Deno.test("fetcherArguments: root's command as root's choice of user, with the request as one last argument", () => {
  const settings = { uid: 991, gid: 992, command: ["/f", "run"] };
  const words = fetcherArguments(settings, request).map((word) => new TextDecoder().decode(word));
  assert.deepEqual(words.slice(0, 4), ["setpriv", "--reuid=+991", "--regid=+992", "--clear-groups"]);
  assert.ok(words.includes("--bounding-set=-all") && words.includes("--no-new-privs"));
  assert.deepEqual(words.slice(-3), ["/f", "run", JSON.stringify(request)]);
});

Deno.test("readFetchRequest: a broker that was taken over cannot name a program, a user, a URL or a file", () => {
  assert.deepEqual(readFetchRequest({ ...request }), request);
  const router = { source: "router", name: "fe80::1", authorities: null };
  assert.deepEqual(readFetchRequest(router), router);
  for (
    const wrong of [
      { source: "file" },
      ...[
        "",
        "a/b",
        "a:1",
        "a@b",
        "[::1]",
        "127.0.0.1",
        "0x7f.1",
        "1",
        "a.1",
        "-a.b",
        "a..b",
        "a.",
        "A.b",
        "a b",
      ]
        .map((name) => ({ name })),
      { name: "a".repeat(64) },
      { name: "a.".repeat(127) + "aa" },
      ...["::1", "2001:db8::1", "fe80::1%eth0", "127.0.0.1", "a"].map((name) => ({ source: "router", name })),
      { authorities: "/etc/shadow\0" },
      { authorities: '"' },
      { authorities: "A".repeat(40_000) },
    ]
  ) {
    assert.throws(() => readFetchRequest({ ...request, ...wrong }), SyntaxError, JSON.stringify(wrong));
  }
});
