// `pvd decode`: what it prints of a packet, in which order, and what it says of everything that is no capture.

import assert from "node:assert/strict";
import { ethernet, ipv6Packet, pcap, vectorBytes } from "../tests/fuzz/pcap_build.ts";
import { buildMessage } from "../lib/ndp/build.ts";
import { parseMessage } from "../lib/ndp/parse.ts";
import { capture, json, run } from "./decode_testing.ts";

Deno.test("decode: the packet number counts solicitations too", async () => {
  const numbers = (await json(capture("mpvd-plain"))).map(({ packet }) => packet);
  assert.deepEqual(numbers.slice(0, 2), [1, 4]);
});

Deno.test("decode: the documented JSON fields come first and in their order", async () => {
  const [first] = await json(capture("debian-full"));
  assert.deepEqual(Object.keys(first).slice(0, 5), ["packet", "source", "valid", "problem", "domains"]);
  const [domain] = first.domains;
  assert.deepEqual(Object.keys(domain).slice(0, 12), [
    "id",
    "kind",
    "encoding",
    "flags",
    "delay",
    "sequence",
    "routerLifetimeS",
    "mtu",
    "prefixes",
    "routes",
    "rdnss",
    "dnssl",
  ]);
  assert.deepEqual(Object.keys(domain.flags), ["http", "legacy", "header"]);
  assert.deepEqual(Object.keys(domain.prefixes[0]), [
    "prefix",
    "onLink",
    "autonomous",
    "validS",
    "preferredS",
  ]);
  assert.deepEqual(Object.keys(domain.routes[0]), ["prefix", "preference", "lifetimeS"]);
});

Deno.test("decode: an invalid advertisement is printed with its reason and no domains", async () => {
  const message = vectorBytes("8801-fig2");
  const fragment = { protocol: 44, bytes: new Uint8Array(8) };
  const lines = await json(pcap([
    ethernet(ipv6Packet(message, { hopLimit: 64 })),
    ethernet(ipv6Packet(message, { source: "2001:db8::1" })),
    ethernet(ipv6Packet(vectorBytes("4861-bad-checksum"))),
    ethernet(ipv6Packet(message, { extensions: [fragment] })),
    ethernet(ipv6Packet(message)).subarray(0, 80),
    ethernet(ipv6Packet(message)),
  ]));
  assert.deepEqual(lines.map(({ packet, valid, problem }) => [packet, valid, problem]), [
    [1, false, "hop limit is 64, not 255"],
    [2, false, "source 2001:db8::1 is not link-local"],
    [3, false, "the checksum is wrong"],
    [4, false, "it came fragmented, which RFC 6980 forbids"],
    [5, false, "the capture has 26 of its 112 octets"],
    [6, true, null],
  ]);
  assert.ok(lines.slice(0, 5).every(({ domains }) => domains.length === 0));
  assert.equal(lines[1].source, "2001:db8::1");
});

Deno.test("decode: other packets and later fragments are passed over", async () => {
  const later = { protocol: 44, bytes: Uint8Array.from([0, 0, 0, 8, 0, 0, 0, 1]) };
  const message = vectorBytes("8801-fig2");
  const { status, out } = await run(
    ["capture"],
    pcap([
      ethernet(ipv6Packet(Uint8Array.from([133, 0, 0, 0, 0, 0, 0, 0]))),
      ethernet(ipv6Packet(message, { protocol: 17 })),
      ethernet(ipv6Packet(message, { extensions: [later] })),
      new Uint8Array(60),
      new Uint8Array(0),
    ]),
  );
  assert.deepEqual([status, out], [0, ""]);
});

Deno.test("decode: a block shows every datum with its lifetime", async () => {
  const { status, out } = await run(
    ["-"],
    pcap([ethernet(ipv6Packet(vectorBytes("8801-all-option-kinds")))]),
  );
  assert.equal(status, 0);
  assert.equal(
    out,
    `packet 1 from fe80::1: valid
  explicit PvD example.org (rfc8801)
    flags           header
    sequence        0, delay 0
    default router  1800 s, preference medium
    hop limit       64
    mtu             1400
    prefix          2001:db8:f00d::/64  valid 86400 s, preferred 14400 s, on-link, autonomous
    route           2001:db8:1000::/36  1800 s, preference high
    route           ::/0  600 s, preference low
    resolver        2001:db8:f00d::53  3600 s
    search domain   example.org  3600 s
    search domain   sub.example.org  3600 s
    encrypted DNS   dns.example.org 2001:db8:f00d::53  3600 s, priority 1, parameters 0001000403646f74
    pref64          64:ff9b::/96  1800 s
    captive portal  https://cp.example.org/api

`,
  );
});

Deno.test("decode: a lifetime of all ones is infinite, and what was passed over is said", async () => {
  const header = parseMessage(vectorBytes("4861-header-only"), { source: "fe80::1", hopLimit: 255 });
  assert.ok(header.ok);
  const built = buildMessage({
    ...header.message,
    options: [
      { type: "rdnss", addresses: ["2001:db8::53"], lifetimeS: 0xffff_ffff },
      { type: "unknown", code: 200, body: new Uint8Array(6) },
    ],
  }, { source: "fe80::1", destination: "ff02::1" });
  const { out } = await run(["c"], pcap([ethernet(ipv6Packet(built))]));
  assert.match(out, /resolver +2001:db8::53 {2}infinite\n/);
  const second = await run(["c"], pcap([ethernet(ipv6Packet(vectorBytes("8801-two-pvd-options")))]));
  assert.match(second.out, /passed over: the PvD option second\.example\.org is not the first\n/);
});

Deno.test("decode: an id from the network reaches the terminal only escaped", async () => {
  const message = vectorBytes("4861-header-only");
  const parsed = parseMessage(message, { source: "fe80::1", hopLimit: 255 });
  assert.ok(parsed.ok);
  const built = buildMessage({
    ...parsed.message,
    options: [{ type: "mifContainer", options: [{ type: "mifId", idType: 2, id: "back\\slash ž" }] }],
  }, { source: "fe80::1", destination: "ff02::1" });
  const { out } = await run(["c"], pcap([ethernet(ipv6Packet(built))]));
  assert.match(out, /explicit PvD back\\slash ž \(mif\)/);
});

Deno.test("decode: the packets before the place where a file is cut are printed", async () => {
  const { status, out, err } = await run(["--json", "cut.pcap"], capture("mpvd-plain").subarray(0, -3));
  assert.equal(status, 1);
  assert.ok(out.split("\n").length > 2);
  assert.match(err, /^pvd decode: cut\.pcap: packet \d+ claims 246 octets where 243 remain in the file\n$/);
  const documents = out.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(documents.map(({ version }) => version), documents.map(() => 1));
  const message = err.slice("pvd decode: ".length).trimEnd();
  assert.deepEqual(documents.pop(), { version: 1, error: { code: "failed", message } });
});

Deno.test("decode: a link type that is not known is an error", async () => {
  const { status, err } = await run(["c"], pcap([new Uint8Array(9)], { linkType: 127 }));
  assert.deepEqual([status, err], [
    1,
    "pvd decode: c: packet 1: link type 127 is not one that pvd can read\n",
  ]);
});

Deno.test("decode: what cannot be read, or is no capture, is one sentence and status 1", async () => {
  const missing = await run(["a\x1b[2Jb"], new Error("there is no such file"));
  assert.deepEqual([missing.status, missing.err], [1, "pvd decode: a\\x1b[2Jb: there is no such file\n"]);
  const text = await run(["-"], new TextEncoder().encode("hello, world"));
  assert.deepEqual([text.status, text.err], [
    1,
    "pvd decode: standard input: the file is neither pcap nor pcapng\n",
  ]);
});

Deno.test("decode: wrong arguments are status 2 and the usage", async () => {
  for (const args of [[], ["--json"], ["a", "b"], ["--jsno", "a"], ["-j", "a"], ["--", "a", "b"]]) {
    const { status, out, err } = await run(args, new Uint8Array(0));
    assert.deepEqual([status, out], [2, ""], args.join(" "));
    assert.match(err, /^pvd decode: .*\nusage: pvd decode \[--json\] FILE/);
  }
  assert.equal((await run(["--", "--json"], capture("mpvd-plain"))).status, 0);
});
