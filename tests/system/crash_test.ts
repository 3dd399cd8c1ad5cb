// Programs in a domain outlive broker and helper, and what comes after a crash is what was before. Runs in the lab;
// ends its broker, helper and routers and starts them again.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import {
  allReady,
  DOCUMENTED_IDS,
  killBroker,
  killHelper,
  listDomains,
  outcome,
  restartBroker,
  restartHelper,
  run,
  runAs,
  SERVER_ADDRESS,
  spawnAs,
  until,
  waitForDomains,
} from "../lab/lab.ts";

const ID = DOCUMENTED_IDS.R1.explicit;
const BIG_BYTES = 1_500_000;
// One and a half seconds of download: long enough for a crash and a start in its middle.
const DOWNLOAD = `exec 3<>"/dev/tcp/${SERVER_ADDRESS.S1}/80" &&
  printf 'GET /big?bytes=${BIG_BYTES}&rate=1000000 HTTP/1.0\\r\\n\\r\\n' >&3 && read -r line <&3 && echo begun >&2 &&
  cat <&3 | tail -c ${BIG_BYTES} | tr -d -c p | wc -c`;

/** A download in a domain whose first bytes are there. */
async function begunDownload(): Promise<Deno.ChildProcess> {
  const child = spawnAs("alice", ["pvd", "run", ID, "bash", "-c", DOWNLOAD]);
  const reader = child.stderr.getReader();
  const { value } = await reader.read();
  match(new TextDecoder().decode(value), /begun/);
  reader.releaseLock();
  return child;
}

async function isWhole(child: Deno.ChildProcess): Promise<void> {
  const { status, stdout } = await outcome(child);
  deepStrictEqual([status, Number(stdout)], [0, BIG_BYTES]);
}

/** What must be the same before and after: ids, namespaces, addresses. */
async function domainsNow(): Promise<unknown[]> {
  const domains = await waitForDomains(allReady(4));
  return domains.map((
    { id, namespace, addresses },
  ) => [id, namespace, addresses.map(({ address }) => address)]).sort();
}

Deno.test("broker: SIGKILL during a download in a domain does not disturb it, and the next one shows the same domains", async () => {
  const before = await domainsNow();
  const download = await begunDownload();
  await killBroker("SIGKILL");
  await restartBroker();
  deepStrictEqual(await domainsNow(), before);
  await isWhole(download);
});

Deno.test("helper: SIGKILL during a download in a domain does not disturb it, and the next one has the same domains", async () => {
  const before = await domainsNow();
  const download = await begunDownload();
  await killHelper("SIGKILL");
  await restartHelper();
  deepStrictEqual(await domainsNow(), before);
  strictEqual((await runAs("alice", ["pvd", "run", ID, "true"])).status, 0);
  // Who reports its end is gone, so its status may be lost; its bytes are not.
  const { stdout } = await outcome(download);
  strictEqual(Number(stdout), BIG_BYTES);
});

Deno.test("broker and helper: both killed at once come back with the same domains", async () => {
  const before = await domainsNow();
  await Promise.all([killBroker("SIGKILL"), killHelper("SIGKILL")]);
  await restartHelper();
  await restartBroker();
  deepStrictEqual(await domainsNow(), before);
});

Deno.test("no broker: one sentence and status 69 or 125, and nothing is started outside", async () => {
  await killBroker("SIGTERM");
  try {
    for (const [argv, expected] of [[["list"], 69], [["run", ID, "echo", "started"], 69]] as const) {
      const { status, stdout, stderr } = await runAs("alice", ["pvd", ...argv]);
      deepStrictEqual([status, stdout], [expected, ""]);
      strictEqual(stderr.trim().split("\n").length, 1, stderr);
    }
  } finally {
    await restartBroker();
    await domainsNow();
  }
});

Deno.test("no helper: pvd status says so, pvd run is refused in one sentence, and the helper's return is noticed", async () => {
  await killHelper("SIGTERM");
  try {
    const { stdout } = await run(["pvd", "status", "--json"]);
    strictEqual(JSON.parse(stdout).status.helper.connected, false);
    const refused = await runAs("alice", ["pvd", "run", ID, "echo", "started"]);
    deepStrictEqual([refused.status, refused.stdout], [125, ""]);
    strictEqual(refused.stderr.trim().split("\n").length, 1, refused.stderr);
  } finally {
    await restartHelper();
  }
  await until("the helper is connected", async () => {
    const { status } = JSON.parse((await run(["pvd", "status", "--json"])).stdout);
    return status.helper.connected === true;
  });
  await waitForDomains(allReady(4));
});

Deno.test("helper: a namespace that vanished while no helper was there is made again", async () => {
  const victim = (await listDomains()).find(({ id }) => id === DOCUMENTED_IDS.R2.implicit);
  ok(victim !== undefined);
  await killHelper("SIGKILL");
  await run(["ip", "netns", "del", victim.namespace]);
  await restartHelper();
  const reached = ["pvd", "run", DOCUMENTED_IDS.R2.implicit, "ip", "link", "show", "mifpvd"];
  await until("the domain works again", async () => (await runAs("alice", reached)).status === 0);
  const again = (await waitForDomains(allReady(4))).find(({ id }) => id === DOCUMENTED_IDS.R2.implicit);
  strictEqual((await run(["ip", "-n", again?.namespace ?? "", "link", "show", "mifpvd"])).status, 0);
});
