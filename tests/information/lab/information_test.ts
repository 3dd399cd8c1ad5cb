// Additional information from a router's H flag to `pvd show`, with a real TLS server behind the router, and each
// hostile one refused with its reason. Runs in the lab without routers (`deno task lab --routers none -- …`).

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { DomainView } from "../../../lib/protocol.ts";
import { MAX_FETCHES } from "../../../lib/protocol.ts";
import { type BusCall, OLD, pathOf, valueAs } from "../../system/bus_caller.ts";
import { Monitor } from "../../system/bus_monitor.ts";
import { firstLine, inHost, killBroker, listDomains, onHost, pidOf, restartBroker } from "../../lab/lab.ts";
import { run, runAs, spawn, until, waitForDomains } from "../../lab/lab.ts";
import { within } from "../../lab/supervisor.ts";
import { INSTALLED_DENO } from "../../../packaging/paths.ts";
import { asUser, findUser } from "../../lab/users.ts";
import { makeCertificates } from "../certificates.ts";
import { ADDRESSES, ANSWERS, object } from "../servers.ts";

const SETTINGS = "/etc/pvd/pvd.toml";
const AUTHORITY = "/etc/pvd/lab-authority.pem";
const RUN = ["run", "--quiet", "--no-config", "--no-check", "--allow-all", "--unstable-net"];

const READY_MS = 30_000;
/** The probe's fetches end after 13 s at most. */
const PROBE_MS = 60_000;

const folder = Deno.makeTempDirSync();
const certificates = makeCertificates(folder, Object.keys(ANSWERS));
Deno.writeTextFileSync(`${folder}/certificates.json`, JSON.stringify(certificates));
const started: Deno.ChildProcess[] = [];
/** What the bus tells from before the first domain on. */
let monitor: Monitor | null = null;

/** Servers on S1, and R1's way to them. */
async function startServers(): Promise<void> {
  const { nowhere, ...there } = ADDRESSES;
  for (const address of Object.values(there)) {
    await onHost("S1", ["ip", "addr", "add", `${address}/128`, "dev", "lo", "nodad"]);
  }
  await onHost("R1", ["ip", "route", "add", "2001:db8:99::/64", "via", "2001:db8:10::2"]);
  strictEqual((await onHost("R1", ["ip", "route", "get", nowhere])).stdout, "");
  const script = new URL("../serve.ts", import.meta.url).pathname;
  const servers = spawn(inHost("S1", [Deno.execPath(), ...RUN, script, `${folder}/certificates.json`]));
  started.push(servers);
  strictEqual(await within(READY_MS, "the servers are not ready", firstLine(servers)), "ready");
}

/** R1 announces these names, each with H, in turn with one of its two prefixes. */
function advertise(names: readonly string[], sequence = 0): Deno.ChildProcess {
  const pvds = names.map((name, at) => `
[[interface.pvd]]
id = "${name}"
encoding = "rfc8801"
http = true
sequence = ${sequence}
[[interface.pvd.prefix]]
prefix = "2001:db8:1:${at % 2 + 1}::/64"
[[interface.pvd.rdnss]]
addresses = ["${ADDRESSES.resolver}"]
`);
  const head =
    '[[interface]]\nname = "eth1"\nmin_interval = 3\nmax_interval = 4\nmin_delay_between_ras = 0.03\n';
  Deno.writeTextFileSync(`${folder}/router.toml`, head + pvds.join(""));
  const router = spawn(inHost("R1", ["pvd", "advertise", "--config", `${folder}/router.toml`]));
  started.push(router);
  return router;
}

/** What is wrong with each server but the good one. */
const REASONS: Readonly<Record<string, RegExp>> = {
  "other.example": /"identifier" is another\.example\., another PvD/,
  "late.example": /"expires" is in the past/,
  "elsewhere.example": /"prefixes" does not cover 2001:db8:1:2::\/64/,
  "self.example": /invalid peer certificate/,
};
/** A server that was not reached, or was too slow, is asked again after 10 s, and again after 20 (broker/information). */
const DECIDED_MS = 60_000;

/** Whether it is said of this domain what will always be said, and not what one attempt came to. */
function isDecided({ id, information, informationProblem }: DomainView): boolean {
  return REASONS[id]?.test(informationProblem ?? "") ?? information !== null;
}

/** The first value of the answer to a person without rights. */
async function first(call: BusCall): Promise<unknown> {
  const values = await valueAs("bob", call);
  const [value]: unknown[] = Array.isArray(values) ? values : [];
  return value;
}

function test(name: string, body: () => Promise<void>): void {
  Deno.test({ name, fn: body, sanitizeOps: false, sanitizeResources: false });
}

test("information: what the PvD's server says is in pvd show, and what is hostile in it does not reach the terminal", async () => {
  await startServers();
  Deno.writeTextFileSync(AUTHORITY, certificates.authority);
  Deno.writeTextFileSync(SETTINGS, `${Deno.readTextFileSync(SETTINGS)}extra_authorities = "${AUTHORITY}"\n`);
  await restartBroker();
  monitor = await Monitor.start();
  advertise(["good.example", "other.example", "late.example", "elsewhere.example", "self.example"]);
  const domains = await waitForDomains(
    (found) => found.filter((domain) => domain.kind === "explicit" && isDecided(domain)).length === 5,
    DECIDED_MS,
  );
  const good = domains.find(({ id }) => id === "good.example");
  const expected: unknown = JSON.parse(
    object("good.example", { "vendor-x": { bidi: "\u202e", escape: "\u001b" } }),
  );
  deepStrictEqual(good?.information, expected);
  const { stdout } = await runAs("alice", ["pvd", "show", "good.example"]);
  match(stdout, /additional information\n {2}identifier +good\.example\.\n/);
  match(stdout, /vendor-x +\{"bidi":"\\u202e","escape":"\\u001b"\}/);
});

test("information: the bus tells it as a change, has it as a property, and finds the PvD by it in the old API", async () => {
  ok(monitor !== null);
  try {
    await monitor.hears(
      /PropertiesChanged \('net\.pvd1\.Domain', \{'Information': <'\{"identifier":"good\.example\."/,
    );
    await monitor.hears(/'InformationProblem': <'"expires" is in the past/);
  } finally {
    await monitor.end();
  }
  const good = (await listDomains()).find(({ id }) => id === "good.example");
  const property = async (id: string, name: string) =>
    await first({
      ...{ path: await pathOf(id), interface: "org.freedesktop.DBus.Properties", member: "Get" },
      ...{ signature: "ss", args: ["net.pvd1.Domain", name] },
    });
  const information = await property("good.example", "Information");
  deepStrictEqual(JSON.parse(String(information)), good?.information);
  strictEqual(await property("good.example", "InformationProblem"), "");
  strictEqual(await property("late.example", "Information"), "");
  match(String(await property("late.example", "InformationProblem")), /"expires" is in the past/);
  const byProperties = { ...OLD, member: "get_by_properties", signature: "s" };
  deepStrictEqual(await first({ ...byProperties, args: ['{"noInternet":false}'] }), [
    [good?.id, good?.namespace, "eth1", information],
  ]);
  deepStrictEqual(await first({ ...byProperties, args: ['{"noInternet":true}'] }), [["", "", "", '""']]);
});

test("information: each server that is not the PvD's, or speaks for another, is refused with its reason", async () => {
  const { stdout } = await run(["pvd", "list", "--json"]);
  const { domains }: { readonly domains: readonly DomainView[] } = JSON.parse(stdout);
  for (const [id, reason] of Object.entries(REASONS)) {
    const domain = domains.find((each) => each.id === id);
    ok(domain !== undefined, id);
    strictEqual(domain.information, null);
    match(domain.informationProblem ?? "", reason);
  }
});

test("information: the request went through the PvD alone: the host itself cannot reach the server", async () => {
  strictEqual((await run(["ip", "route", "get", ADDRESSES.good])).stdout, "");
});

test("information: the fetcher has left no process behind", async () => {
  const find = `grep -lsE '^Uid:[[:space:]]+${findUser("pvd-fetch").uid}[[:space:]]' /proc/[0-9]*/status`;
  // The last may still be on its way out.
  await until("no process is the fetcher's", async () => (await run(["sh", "-c", find])).stdout === "");
});

test("a broker that was taken over cannot choose program, user, place or output of a fetch, nor keep a domain by it", async () => {
  const { uid } = findUser("pvd-fetch");
  const descriptors = async () => [...Deno.readDirSync(`/proc/${await pidOf("helper")}/fd`)].length;
  await killBroker("SIGKILL");
  const probe = `${folder}/probe.js`;
  const bundle = ["bundle", "--quiet", "-o", probe, new URL("probe.ts", import.meta.url).pathname];
  strictEqual((await run([Deno.execPath(), ...bundle])).status, 0);
  await run(["chmod", "a+rx", folder, probe]);
  const before = await descriptors();
  const taken = [...asUser(findUser("pvd")), INSTALLED_DENO, "run", "--quiet", "--no-config", "--allow-all"];
  const { stdout, stderr } = await within(
    PROBE_MS,
    "the probe has not ended",
    run([...taken, probe, certificates.authority, String(uid)]),
  );
  ok(stdout !== "", stderr);
  const { started, processes, ...results } = JSON.parse(stdout);
  deepStrictEqual(results, {
    "a file as output": "invalidArgument",
    "a socket as output": "invalidArgument",
    "no output": "disconnected",
    "two outputs": "disconnected",
    "a user of its choice": "disconnected",
    "a program of its choice": "disconnected",
    "a path as handle": "failed",
    "a URL as name": "failed",
    "another's address": "failed",
    "a domain that is not there": "noSuchDomain",
    removed: "done",
  });
  deepStrictEqual(started, [...Array<string>(MAX_FETCHES).fill("done"), "limitExceeded"]);
  strictEqual(processes.length, MAX_FETCHES);
  for (const status of processes) {
    match(status, new RegExp(`^Uid:\\s+${uid}\\s+${uid}\\s+${uid}\\s+${uid}$`, "m"));
    match(status, /^Groups:\s*$/m);
    for (const set of ["Inh", "Prm", "Eff", "Bnd", "Amb"]) {
      match(status, new RegExp(`^Cap${set}:\\s+0+$`, "m"));
    }
    match(status, /^NoNewPrivs:\s+1$/m);
  }
  // The domain that was removed had some of its own.
  ok(await descriptors() <= before, `${await descriptors()} descriptors, ${before} before`);
  await restartBroker();
});

globalThis.addEventListener("unload", () => {
  for (const child of started) child.kill("SIGTERM");
  Deno.removeSync(folder, { recursive: true });
});
