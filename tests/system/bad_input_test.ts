// What is not in the tables gets a hang-up, hostile packets stop nothing, and the next one who asks properly is served.
// Runs in the lab, as root, as the broker's uid and as people.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { CLIENT_SOCKET, HELPER_SOCKET, MAX_MESSAGE_BYTES } from "../../lib/protocol.ts";
import {
  allReady,
  inHost,
  onHost,
  outcome,
  pidOf,
  run,
  runAs,
  spawn,
  until,
  waitForDomains,
} from "../lab/lab.ts";
import { SETTINGS_FOLDER } from "../lab/paths.ts";
import { findUser } from "../lab/users.ts";
import { fdsAreBack, openFds } from "./fd_count.ts";
import { answer, closeFd, connectAs, tell } from "./raw_peer.ts";

const NOT_IN_THE_TABLE: readonly (string | Uint8Array)[] = [
  "x",
  "{",
  "null",
  "[]",
  '"list"',
  "{}",
  '{"type":"constructor"}',
  '{"type":"__proto__","serial":1}',
  '{"type":"toString"}',
  '{"type":"shutdown","serial":1}',
  '{"type":["list"]}',
  '{"type":"list","extra":1}',
  '{"type":"listDomains","serial":-1,"after":null}',
  '{"type":"listDomains","serial":1}',
  '{"type":"listDomains","serial":1,"after":null,"extra":true}',
  '{"type":"removeDomain","serial":1,"handle":"../../etc","force":false}',
  '{"type":"removeDomain","serial":1,"handle":"mifpvd-0","force":false}',
  '{"type":"removeDomain","serial":1,"handle":"mifpvd-1","force":"yes"}',
  '{"type":"openSocket","serial":1,"handle":"mifpvd-1","family":"packet","socketType":"raw","protocol":"icmp"}',
  '{"type":"resolve","domain":7}',
  '{"type":"solicit"}',
  '{"type":"solicit","link":"a-name-that-is-too-long"}',
  `{"type":"resolve","domain":"${"x".repeat(2000)}"}`,
  "9".repeat(MAX_MESSAGE_BYTES),
  new Uint8Array([0xff, 0xfe, 0x00]),
  new Uint8Array(MAX_MESSAGE_BYTES).fill(0x5b),
];

const AFTER = "after.example.org";
const AFTER_FILE = `${SETTINGS_FOLDER}/after-hostile.toml`;
const AFTER_SETTINGS = `[[interface]]
name = "eth1"
max_interval = 0.5
min_delay_between_ras = 0.03
[[interface.pvd]]
id = "${AFTER}"
[[interface.pvd.prefix]]
prefix = "2001:db8:2:1::/64"
`;

/** Some of what the hostile router said is good for days: a link that is not listened to has no domains. */
async function forgetDomains(): Promise<void> {
  const rename = async (from: string, to: string) => {
    await run(["ip", "link", "set", from, "down"]);
    await run(["ip", "link", "set", from, "name", to, "up"]);
  };
  await rename("eth1", "other0");
  await waitForDomains((domains) => domains.length === 0);
  await rename("other0", "eth1");
  // Behind hundreds of namespaces that the kernel takes down.
  await works(60_000);
}

async function works(ms?: number): Promise<void> {
  const domains = await waitForDomains(allReady(4), ms);
  strictEqual((await runAs("alice", ["pvd", "run", domains[0]?.id ?? "", "true"])).status, 0);
}

for (
  const [party, path, user] of [["broker", CLIENT_SOCKET, "alice"], ["helper", HELPER_SOCKET, "pvd"]] as const
) {
  Deno.test(`${party}: whatever is not in the table is a hang-up, and the next one is served`, async () => {
    for (const said of NOT_IN_THE_TABLE) {
      const fd = connectAs(findUser(user).uid, path);
      strictEqual(await tell(fd, said), null, `answered ${String(said).slice(0, 80)}`);
      closeFd(fd);
    }
    await works();
  });

  Deno.test(`${party}: descriptors that nobody asked for are a hang-up, and none of them is kept`, async () => {
    const request = party === "broker" ? '{"type":"list"}' : '{"type":"listDomains","serial":1,"after":null}';
    const before = openFds(await pidOf(party));
    for (const count of [1, 2, 5, 6, 8, 9, 64, 253]) {
      const fd = connectAs(findUser(user).uid, path);
      strictEqual(await tell(fd, request, new Array<number>(count).fill(fd)), null, `answered with ${count}`);
      closeFd(fd);
    }
    await fdsAreBack(await pidOf(party), before);
  });
}

Deno.test("helper: who is not the broker is not heard, not even root", async () => {
  const root = connectAs(0, HELPER_SOCKET);
  strictEqual(await tell(root, '{"type":"listDomains","serial":1,"after":null}'), null);
  closeFd(root);
  let refused = false;
  try {
    const fd = connectAs(findUser("alice").uid, HELPER_SOCKET);
    refused = await tell(fd, '{"type":"listDomains","serial":1,"after":null}') === null;
    closeFd(fd);
  } catch {
    refused = true;
  }
  ok(refused);
});

Deno.test("broker: who connects and says nothing is dropped, and others are served meanwhile", async () => {
  const fd = connectAs(findUser("bob").uid, CLIENT_SOCKET);
  await works();
  strictEqual(await answer(fd), null);
  closeFd(fd);
});

Deno.test("discovery: thousands of hostile advertisements do not end it, and the next good one is configured", async () => {
  const script = new URL("hostile_router.ts", import.meta.url).pathname;
  const argv = [Deno.execPath(), "run", "--quiet", "--no-check", "--allow-all", script];
  const before = await pidOf("broker");
  try {
    const { status, stdout, stderr } = await onHost("R1", argv);
    strictEqual(status, 0, stderr);
    ok(Number(stdout) > 1000);
    Deno.writeTextFileSync(AFTER_FILE, AFTER_SETTINGS);
    // From a router that is itself new to the broker.
    const router = spawn(inHost("R2", ["pvd", "advertise", "--config", AFTER_FILE]));
    try {
      // The kernel's one neighbour table is full of the hostile router's hundreds of domains for a moment; what it
      // refused is tried again.
      const use = async () => (await runAs("alice", ["pvd", "run", AFTER, "true"])).status === 0;
      await until("a program runs in the next good domain", use, 60_000);
    } finally {
      router.kill("SIGTERM");
      await outcome(router);
    }
    const answered = JSON.parse((await run(["pvd", "status", "--json"])).stdout);
    ok(answered.status.advertisements.invalid > 0);
    strictEqual(await pidOf("broker"), before);
  } finally {
    await forgetDomains();
  }
});

Deno.test("pvd advertise: a link that does not exist and settings with an error are one sentence each", async () => {
  const file = `${SETTINGS_FOLDER}/bad.toml`;
  for (
    const [text, status, sentence] of [
      ['[[interface]]\nname = "eth7"\n', 1, /eth7/],
      ['[[interface]]\nname = "eth1"\nmax_intervall = 4\n', 78, /bad\.toml.*3.*max_intervall/],
      ["[[interface\n", 78, /bad\.toml/],
    ] as const
  ) {
    Deno.writeTextFileSync(file, text);
    const result = await onHost("R1", ["pvd", "advertise", "--config", file]);
    deepStrictEqual([result.status, result.stderr.trim().split("\n").length], [status, 1], result.stderr);
    match(result.stderr, sentence);
  }
});

Deno.test("pvd advertise: without privilege it says so in one sentence", async () => {
  const file = `${SETTINGS_FOLDER}/good.toml`;
  Deno.writeTextFileSync(file, '[[interface]]\nname = "eth1"\n');
  const result = await runAs("alice", ["pvd", "advertise", "--config", file]);
  deepStrictEqual([result.status, result.stderr.trim().split("\n").length], [77, 1], result.stderr);
});
