// A router that puts newlines, escape codes, bidi marks, NUL and 255 octets into names: what people, programs, files and
// logs get of them. Golden texts of the installed programs. Runs in the lab, with nobody advertising but the test.

import { deepStrictEqual, doesNotMatch, ok, strictEqual } from "node:assert/strict";
import {
  allReady,
  listDomains,
  outcome,
  runAs,
  spawnAs,
  startRouters,
  stopRouters,
  waitForDomains,
} from "../lab/lab.ts";
import { LOG_FOLDER } from "../lab/paths.ts";
import { OLD, pathOf, printed, valueAs } from "../system/bus_caller.ts";
import { interfaceSettings, OwnRouter } from "../system/own_router.ts";

/** "a", newline, escape, "[31mx"; "b.c" in one label; right-to-left override, NUL, a backslash. */
const HOSTILE = "a\\010\\027\\09131mx.b\\046c.\\226\\128\\174\\000\\092.example.org";
/** Every octet of the longest name there is a newline, but for the lengths (RFC 1035 2.3.4). */
const LONGEST = [63, 63, 63, 61].map((octets) => "\\010".repeat(octets)).join(".");
const SEARCH = "corp.example.org";
const HOSTILE_SEARCH = "x\\010nameserver\\0322001\\058db8\\058\\058bad.example.org";
const HOSTILE_RESOLVER = "dns\\027\\0912j.example.org";

const SETTINGS = `${interfaceSettings()}
[[interface.pvd]]
id = '${HOSTILE}'
prefix = [{ prefix = "2001:db8:1:1::/64" }]
rdnss = [{ addresses = ["2001:db8:1::53"] }]
dnssl = [{ domains = ['${HOSTILE_SEARCH}', "${SEARCH}"] }]
encrypted_dns = [{ name = '${HOSTILE_RESOLVER}' }]
[[interface.pvd]]
id = '${LONGEST}'
prefix = [{ prefix = "2001:db8:1:2::/64" }]
`;

/** Nothing that a terminal, a log reader or the C library would take for anything but a letter on its line. */
function isHarmless(text: string): void {
  doesNotMatch(text.replaceAll("\n", ""), /[^\x20-\x7e]/);
}

let router: OwnRouter | null = null;
let namespace = "";

Deno.test.beforeAll(async () => {
  await stopRouters();
  await waitForDomains((domains) => domains.length === 0);
  router = new OwnRouter(SETTINGS);
  const domains = await waitForDomains(allReady(2));
  namespace = domains.find(({ id }) => id === HOSTILE)?.namespace ?? "";
});
Deno.test.afterAll(async () => {
  await router?.end("SIGTERM");
  await waitForDomains((domains) => domains.length === 0);
  await startRouters();
});

Deno.test("names: JSON has them in presentation form, whole", async () => {
  deepStrictEqual((await listDomains()).map(({ id }) => id).sort(), [LONGEST, HOSTILE].sort());
  const { status, stdout } = await runAs("bob", ["pvd", "show", HOSTILE, "--json"]);
  strictEqual(status, 0);
  isHarmless(stdout);
  const { domain } = JSON.parse(stdout);
  deepStrictEqual(
    [
      domain.id,
      domain.dnssl.map((each: { domain: string }) => each.domain),
      domain.encryptedDns[0]?.authenticationName,
    ],
    [HOSTILE, [HOSTILE_SEARCH, SEARCH], HOSTILE_RESOLVER],
  );
});

Deno.test("names: a terminal gets one harmless line for each, as it can be typed again", async () => {
  const list = await runAs("bob", ["pvd", "list"]);
  isHarmless(list.stdout);
  const lines = list.stdout.trimEnd().split("\n").slice(1).map((line) => line.split("  ")[0]);
  deepStrictEqual(lines.sort(), [LONGEST, HOSTILE].sort());
  const show = await runAs("bob", ["pvd", "show", HOSTILE.toUpperCase()]);
  isHarmless(show.stdout);
  strictEqual(show.stdout.split("\n")[0], HOSTILE);
  ok(show.stdout.includes(`search domains\n  ${HOSTILE_SEARCH}  `));
  ok(show.stdout.includes(`encrypted resolvers\n  ${HOSTILE_RESOLVER}  `));
});

Deno.test("names: the resolver file has one line of comment, and no line that a router chose", async () => {
  const wanted = `# Made by pvd for the provisioning domain ${HOSTILE}. Changes are overwritten.
nameserver 2001:db8:1::53
search ${SEARCH}
`;
  strictEqual(Deno.readTextFileSync(`/etc/netns/${namespace}/resolv.conf`), wanted);
  const inside = await runAs("alice", ["pvd", "run", HOSTILE, "cat", "/etc/resolv.conf"]);
  deepStrictEqual(inside, { status: 0, stdout: wanted, stderr: "" });
});

Deno.test("names: no file is called by them", () => {
  for (const folder of ["/etc/netns", "/run/netns"]) {
    for (const { name } of Deno.readDirSync(folder)) ok(/^mifpvd-[0-9]+$/.test(name), name);
  }
});

Deno.test("names: the logs have each happening on a line of its own", () => {
  const linesOf = (name: string) => {
    const text = Deno.readTextFileSync(`${LOG_FOLDER}/${name}.log`);
    isHarmless(text);
    // With the priority in front, as sd-daemon(3) has it or as a word.
    return text.trimEnd().split("\n").map((line) => line.replace(/^(?:<[0-7]>|[a-z]+: )/, ""));
  };
  ok(linesOf("broker").includes(`${HOSTILE} on eth1 is ready as ${namespace}`));
  ok(linesOf("helper").some((line) => line.endsWith(`${HOSTILE}: ${namespace} made on eth1`)));
});

Deno.test("names: the bus has them in presentation form, in both of its interfaces", async () => {
  const path = await pathOf(HOSTILE);
  const get = [
    "--object-path",
    path,
    "--method",
    "org.freedesktop.DBus.Properties.GetAll",
    "net.pvd1.Domain",
  ];
  isHarmless(await printed(["gdbus", "call", "--system", "--dest", "net.pvd1", ...get]));
  const found = await valueAs("bob", { ...OLD, member: "get_by_id", signature: "s", args: [HOSTILE] });
  ok(JSON.stringify(found).includes(JSON.stringify(HOSTILE)));
  ok(/^\/net\/pvd1\/domain\/mifpvd_[0-9]+$/.test(await pathOf(LONGEST)));
});

Deno.test("names: polkit's refusal names the PvD on one harmless line", async () => {
  const { status, stderr } = await outcome(spawnAs("bob", ["pvd", "run", LONGEST, "true"]));
  strictEqual(status, 125);
  isHarmless(stderr);
  ok(stderr.includes(`for ${LONGEST} on eth1`), stderr);
});

Deno.test("names: a program runs in the PvD with the longest name there is", async () => {
  deepStrictEqual(await runAs("alice", ["pvd", "run", LONGEST, "echo", "here"]), {
    status: 0,
    stdout: "here\n",
    stderr: "",
  });
});
