// A program in a domain whose link is pulled out hears of it: every socket ends with an error, none falls silent. Runs
// in the lab, with Python programs as alice; everything is put back as it was.

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { DOCUMENTED_IDS, outcome, run, SERVER_ADDRESS, spawnAs, until, waitForDomains } from "../lab/lab.ts";
import { addLink, fourThatWork, ip } from "./client_link.ts";
import { within } from "../lab/supervisor.ts";
import { Said } from "./said.ts";

const ID = DOCUMENTED_IDS.R1.explicit;
/** The kernel alone would let a writer wait for a quarter of an hour, a reader for ever. */
const SILENCE_MS = 20_000;
const SCRIPT = "/run/lab/waiting.py";
await Deno.copyFile(new URL("waiting.py", import.meta.url), SCRIPT);
await Deno.chmod(SCRIPT, 0o644);

async function namespaces(): Promise<string> {
  return (await run(["ip", "netns", "list"])).stdout.trim();
}

Deno.test("link vanishes: every socket of a program in the domain ends with an error, the loopback's live on", async () => {
  const child = spawnAs("alice", ["pvd", "run", ID, "/usr/bin/python3", SCRIPT, SERVER_ADDRESS.S1, "80"]);
  const said = new Said(child.stdout);
  await said.has("up\n");
  await ip("link", "del", "eth1");
  try {
    const lines = (await within(SILENCE_MS, "a socket is silent", said.all)).trim().split("\n");
    deepStrictEqual(lines.slice(1, 5).sort(), [
      "accept: EINVAL",
      "datagram: ECONNABORTED",
      "read: ECONNABORTED",
      "unconnected datagram: ECONNABORTED",
    ]);
    deepStrictEqual(lines.slice(5), ["write: ECONNABORTED", "loopback: y", "connect: ENETUNREACH"]);
    await child.stdin.close();
    await child.stderr.cancel();
    strictEqual((await child.status).code, 0);
    await until("its domain is gone with it", async () => await namespaces() === "");
  } finally {
    await addLink();
  }
  await fourThatWork();
});

Deno.test("link vanishes: a socket that a program outside holds ends too", async () => {
  const read = "import socket; s = socket.socket(fileno=3); print('up', flush=True); s.recv(1)";
  const argv = ["pvd", "socket", "--connect", `[${SERVER_ADDRESS.S1}]:80`, ID, "--", "python3", "-c", read];
  const child = spawnAs("alice", argv);
  const said = new Said(child.stdout);
  await said.has("up\n");
  await ip("link", "del", "eth1");
  try {
    const stderr = new Said(child.stderr);
    await child.stdin.close();
    match(await within(SILENCE_MS, "the socket is silent", stderr.all), /ConnectionAbortedError/);
    strictEqual((await child.status).code, 1);
    await said.all;
    await until("no namespace is left", async () => await namespaces() === "");
  } finally {
    await addLink();
  }
  await fourThatWork();
});

Deno.test("link vanishes: a domain in use comes back with the link, for the same program", async () => {
  const fetch =
    `exec 3<>"/dev/tcp/${SERVER_ADDRESS.S1}/80" && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && tail -n 2 <&3`;
  const child = spawnAs("alice", ["pvd", "run", ID, "bash", "-c", `echo up; read -r line; ${fetch}`]);
  const reader = child.stdout.getReader();
  strictEqual(new TextDecoder().decode((await reader.read()).value), "up\n");
  reader.releaseLock();
  const before = await waitForDomains((domains) => domains.length === 4);
  await ip("link", "del", "eth1");
  await waitForDomains(([domain, ...others]) => others.length === 0 && domain?.state === "ending");
  await addLink();
  await fourThatWork();
  const after = await waitForDomains((domains) => domains.length === 4);
  const namespaceOf = (domains: typeof after) => domains.find(({ id }) => id === ID)?.namespace;
  strictEqual(namespaceOf(after), namespaceOf(before));
  const { status, stdout, stderr } = await outcome(child, "go\n");
  strictEqual(status, 0, stderr);
  match(stdout, /^S1\n/);
});
