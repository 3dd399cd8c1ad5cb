// The fetcher as the helper starts it, against real servers. Runs inside main.ts's namespaces.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readFetchLine } from "../../broker/information/fetch.ts";
import { within } from "../lab/supervisor.ts";
import { fetcherArguments, type FetchRequest } from "../../helper/fetch.ts";
import type { FetchProblem } from "../../lib/protocol.ts";
import { makeCertificates } from "./certificates.ts";
import { serveNames } from "./dns.ts";
import { FETCHER_VARIABLE, RUNTIME_VARIABLE } from "./main.ts";
import { ANSWERS, eachOf, namesOfServers, object, startServers } from "./servers.ts";
import { ADDRESSES } from "./servers.ts";

const RUNTIME = Deno.env.get(RUNTIME_VARIABLE) ?? "";
const FETCHER = Deno.env.get(FETCHER_VARIABLE) ?? "";
const UID = 64_109;
/** It ends by itself after 10 s, or for what it takes of processor and memory. */
const END_MS = 60_000;

const folder = Deno.makeTempDirSync();
const certificates = makeCertificates(folder, [...Object.keys(ANSWERS), "rebound.example", "x.localhost"]);
Deno.removeSync(folder, { recursive: true });
const resolver = serveNames(ADDRESSES.resolver, namesOfServers());
const servers = startServers(certificates);

/** The command that the lab and the packages have, too (docs/information.md). */
const FLAGS = [
  "--quiet",
  "--no-config",
  "--no-remote",
  "--no-npm",
  "--cached-only",
  "--no-prompt",
  "--allow-net",
];
const COMMAND = [RUNTIME, "run", ...FLAGS, "--v8-flags=--jitless,--max-old-space-size=32", FETCHER];

async function fetcher(request: FetchRequest, script: readonly string[] = COMMAND): Promise<string> {
  const settings = { uid: UID, gid: UID, command: script };
  const args = fetcherArguments(settings, request).slice(1).map((word) => new TextDecoder().decode(word));
  const command = new Deno.Command("setpriv", { args, stdin: "null", stdout: "piped", stderr: "piped" });
  const child = command.spawn();
  const { stdout, stderr } = await within(END_MS, "the fetcher has not ended", child.output())
    .catch((error: unknown) => {
      child.kill("SIGKILL");
      throw error;
    });
  const said = new TextDecoder().decode(stderr);
  return new TextDecoder().decode(stdout) ||
    `ended without a word: ${said.split("\n").slice(0, 3).join(" ")}`;
}

async function fetchOf(name: string) {
  return readFetchLine(await fetcher({ source: "wellKnown", name, authorities: certificates.authority }));
}

function test(name: string, body: () => Promise<void>): void {
  // The servers live as long as the file.
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

function refused(why: string, names: Readonly<Record<string, readonly [FetchProblem, RegExp]>>): void {
  for (const [name, [kind, message]] of Object.entries(names)) {
    test(`${why}: ${name} is refused`, async () => {
      const result = await fetchOf(name);
      ok(!result.ok, `${name} was accepted`);
      match(result.problem, message);
      strictEqual(result.kind, kind, result.problem);
    });
  }
}

test("what a server says is given out, whichever way of HTTP it says it", async () => {
  const good: unknown = JSON.parse(
    object("good.example", { "vendor-x": { bidi: "\u202e", escape: "\u001b" } }),
  );
  deepStrictEqual(await fetchOf("good.example"), { ok: true, value: good });
  deepStrictEqual(await fetchOf("follow.example"), { ok: true, value: good });
  deepStrictEqual(await fetchOf("chunked.example"), { ok: true, value: { a: 1 } });
  for (const name of ["length.example", "interim.example", "parameter.example"]) {
    deepStrictEqual(await fetchOf(name), { ok: true, value: {} }, name);
  }
});

test("the request says nothing about who asks, and no search domain is tried for a name", async () => {
  servers.requests.delete("good.example");
  await fetchOf("good.example");
  deepStrictEqual(servers.requests.get("good.example"), [
    "GET /.well-known/pvd HTTP/1.1\r\nHost: good.example\r\nAccept: application/pvd+json\r\nConnection: close\r\n\r\n",
  ]);
  strictEqual((await fetchOf("unknown.example")).ok, false);
  deepStrictEqual(resolver.asked.filter((name) => name.endsWith(".example.example")), []);
});

test("without the extra authority the same certificate is refused", async () => {
  const line = await fetcher({ source: "wellKnown", name: "good.example", authorities: null });
  const result = readFetchLine(line);
  ok(!result.ok && result.kind === "certificate", line);
});

refused("a certificate that is not the PvD's own", {
  "wrong.example": ["certificate", /not valid for name/],
  "self.example": ["certificate", /invalid peer certificate/],
  "expired.example": ["certificate", /[Ee]xpired/],
  "stranger.example": ["certificate", /UnknownIssuer/],
  "toself.example": ["certificate", /^self\.example: invalid peer certificate/],
});

refused("a server that wants to fill memory", {
  "huge.example": ["format", /over 65536 bytes/],
  "long.example": ["format", /over 65536 bytes/],
  "deep.example": ["format", /over 16 deep/],
  "wide.example": ["format", /over 4096 values/],
  "grows.example": ["format", /over 65536 bytes/],
  "header.example": ["http", /the header is over 16384 bytes/],
  "headerdrip.example": ["http", /the header is over 16384 bytes/],
  "early.example": ["http", /over 4 interim answers/],
  "chunkbomb.example": ["http", /over 1024 chunks/],
  "chunksize.example": ["format", /over 65536 bytes/],
  "chunkline.example": ["http", /chunk's size is over 256 bytes/],
  "gzip.example": ["http", /content coding/],
});

refused("an answer that is no PvD's", {
  "smuggle.example": ["http", /transfer coding/],
  "html.example": ["http", /media type is text\/html/],
  "untyped.example": ["http", /media type is not said/],
  "missing.example": ["http", /status 404/],
  "broken.example": ["http", /status 503/],
  "list.example": ["format", /not an object/],
  "twice.example": ["format", /a name twice/],
  "comma.example": ["format", /not I-JSON/],
  "latin.example": ["format", /not UTF-8/],
});

refused("a redirect that leads to the machine itself, to another protocol, or round and round", {
  "loop.example": ["redirect", /over 5 redirects/],
  "nolocation.example": ["redirect", /without a Location/],
  "tohttp.example": ["redirect", /to http:, not https/],
  "tofile.example": ["redirect", /to file:, not https/],
  "toport.example": ["redirect", /to port 8443/],
  "tolocalhost.example": ["redirect", /no public name/],
  "tobelow.example": ["redirect", /no public name/],
  "toloopback.example": ["redirect", /no public name/],
  "tofour.example": ["redirect", /no public name/],
  "tohex.example": ["redirect", /no public name/],
  "toaddress.example": ["redirect", /no public name/],
  "touser.example": ["redirect", /a user's name/],
  "toendless.example": ["redirect", /no URL/],
  "torebound.example": ["redirect", /rebound\.example is said to be at an address of this machine/],
});

refused("a name that stands for the machine itself or for what clouds keep", {
  "rebound.example": ["redirect", /address of this machine or of the link/],
  "mapped.example": ["redirect", /address of this machine or of the link/],
  "cloud.example": ["redirect", /address of this machine or of the link/],
  "linklocal.example": ["redirect", /address of this machine or of the link/],
});

refused("what may pass is told apart from what will not", {
  "unknown.example": ["dns", /not resolved \(ENOTFOUND\)/],
  "nobody.example": ["unreachable", /refused/],
  "nowhere.example": ["unreachable", /unreachable/],
  "closing.example": ["unreachable", /TLS with closing\.example/],
  "cut.example": ["unreachable", /in the middle of the answer/],
  "plain.example": ["tls", /InvalidContentType/],
});

test("a server that drips, or is silent, is given up after 10 seconds", async () => {
  for (const result of await Promise.all(["drip.example", "silent.example"].map(fetchOf))) {
    ok(!result.ok && result.kind === "timeout", JSON.stringify(result));
  }
});

test("a server cannot forge the fetcher's own word", async () => {
  const result = await fetchOf("error.example");
  deepStrictEqual(result, { ok: true, value: { error: { kind: "timeout", message: "forged" } } });
});

test("no name was asked for but those of the servers: the runtime itself asks for nothing", () => {
  deepStrictEqual(resolver.asked.filter((name) => !/^[a-z]+\.example$/.test(name)), []);
  return Promise.resolve();
});

test("nobody was led to the machine's own server, although its certificate would have fitted", () => {
  const led = ["rebound.example", "localhost", "x.localhost", "[::1]", "127.0.0.1"];
  deepStrictEqual(led.filter((host) => servers.requests.has(host)), []);
  return Promise.resolve();
});

test("a router of MIF-PvD is understood with a header and, as of old, without", async () => {
  const list = [{ id: "implicit", name: "lab" }];
  const listener = Deno.listen({ hostname: "fe80::1%router", port: 8080 });
  const requests: string[] = [];
  let head = "";
  void eachOf(listener, async (conn) => {
    const buffer = new Uint8Array(2048);
    requests.push(new TextDecoder().decode(buffer.subarray(0, await conn.read(buffer) ?? 0)));
    await conn.write(new TextEncoder().encode(`${head}${JSON.stringify(list)}`));
  });
  try {
    for (head of ["HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n", ""]) {
      const line = await fetcher({ source: "router", name: "fe80::1", authorities: null });
      deepStrictEqual(readFetchLine(line), { ok: true, value: list });
    }
    strictEqual(requests.length, 2);
    match(requests[0] ?? "", /^GET \/pvd-info\.json HTTP\/1\.0\r\n/);
  } finally {
    listener.close();
  }
});

test("a fetcher that was taken over has no file, no program, no environment, and no memory to speak of", async () => {
  const script = `${FETCHER}.evil.js`;
  const tries: Readonly<Record<string, string>> = {
    read: 'Deno.readTextFileSync("/etc/passwd")',
    write: 'Deno.writeTextFileSync("/tmp/pvd-evil", "x")',
    run: 'new Deno.Command("/bin/true").outputSync()',
    env: "Deno.env.toObject()",
    ffi: 'Deno.dlopen("libc.so.6", {})',
    uid: "Deno.uid()",
  };
  const lines = Object.entries(tries).map(([name, code]) =>
    `try { ${code}; said.push("${name}"); } catch (error) { if (error.name !== "NotCapable") said.push(error.name); }`
  );
  Deno.writeTextFileSync(
    script,
    `const said = [];\n${lines.join("\n")}\nconsole.log(JSON.stringify(said));\n`,
  );
  Deno.chmodSync(script, 0o644);
  const request: FetchRequest = { source: "wellKnown", name: "good.example", authorities: null };
  const evil = [...COMMAND.slice(0, -1), script];
  strictEqual(await fetcher(request, evil), "[]\n");
  Deno.writeTextFileSync(
    script,
    "const all = []; for (let n = 0; n < 1000; n++) all.push(new Uint8Array(1e6).fill(1)); console.log(all.length);",
  );
  match(await fetcher(request, evil), /^ended without a word/);
  Deno.writeTextFileSync(script, "for (;;) {}");
  match(await fetcher(request, evil), /^ended without a word/);
});
