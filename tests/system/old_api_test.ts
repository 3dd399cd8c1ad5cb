// org.freedesktop.PvDManager as programs of MIF-PvD know it: by Python, and by a client in C that is built here. Runs
// in the lab; writes that program into the lab's own folder.

import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import { allReady, DOCUMENTED_IDS, run, runAs, SERVER_ADDRESS, waitForDomains } from "../lab/lab.ts";
import { LAB_FOLDER } from "../lab/paths.ts";
import { type BusCall, callAs, errorNames, OLD, valueAs } from "./bus_caller.ts";

const EMPTY = ["", "", "", '""'];
const CLIENT = `${LAB_FOLDER}/mif_client`;
const ID = DOCUMENTED_IDS.R1.explicit;

const getById = (id: string): BusCall => ({ ...OLD, member: "get_by_id", signature: "s", args: [id] });
const activate = (id: string): BusCall => ({ ...OLD, member: "activate", signature: "si", args: [id, 1] });
const getByProperties = (json: string): BusCall => (
  { ...OLD, member: "get_by_properties", signature: "s", args: [json] }
);

/** As the old API has them, by namespace. */
async function expectedTuples(): Promise<string[][]> {
  const domains = await waitForDomains(allReady(4));
  return domains.map(({ id, namespace, link }) => [id, namespace, link, "null"])
    .sort(([, one = ""], [, other = ""]) => one < other ? -1 : 1);
}

Deno.test("old API: * gives four tuples, sorted by namespace, an id gives one", async () => {
  const all = await expectedTuples();
  deepStrictEqual(await valueAs("bob", getById("*")), [all]);
  for (const [id = ""] of all) {
    deepStrictEqual(await valueAs("bob", getById(id)), [all.filter(([each]) => each === id)]);
    deepStrictEqual(await valueAs("bob", activate(id)), all.find(([each]) => each === id));
  }
});

Deno.test("old API: an id that is not there, a part of one, or one with control characters gives the empty tuple", async () => {
  for (
    const id of ["no-such-id", "", ID.slice(0, 8), `${ID}\n`, "\u0001\u001b[2J", "__proto__", "constructor"]
  ) {
    deepStrictEqual(await valueAs("bob", getById(id)), [[EMPTY]], JSON.stringify(id));
    deepStrictEqual(await valueAs("bob", activate(id)), EMPTY, JSON.stringify(id));
  }
});

Deno.test("old API: domains without properties have none of those asked for", async () => {
  for (const json of ['{"pricing":"free"}', '{"__proto__":{}}', '{"constructor":null}']) {
    deepStrictEqual(await valueAs("bob", getByProperties(json)), [[EMPTY]], json);
  }
  deepStrictEqual(await valueAs("bob", getByProperties("{}")), [await expectedTuples()]);
  const answers = await callAs("bob", getByProperties("{"), getByProperties("[]"), getByProperties("null"));
  deepStrictEqual(errorNames(answers), new Array(3).fill("org.freedesktop.DBus.Error.InvalidArgs"));
});

Deno.test("old API: a client in C lists the domains, and as root enters one", async () => {
  await buildClient();
  const all = (await expectedTuples()).map((tuple) => `${tuple.join(" ")}\n`).join("");
  deepStrictEqual(await runAs("bob", [CLIENT]), { status: 0, stdout: all, stderr: "" });
  const ask = (address: string) => [
    ...[CLIENT, ID, "bash", "-c"],
    `exec 3<>/dev/tcp/${address}/80 && printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3 && cat <&3`,
  ];
  match((await run(ask(SERVER_ADDRESS.S1))).stdout, /\r\n\r\nS1\n/);
  match((await run(ask(SERVER_ADDRESS.S2))).stderr, /Network is unreachable/);
});

Deno.test("old API: somebody without privilege who activates a domain is not let into it by the kernel", async () => {
  await buildClient();
  const { status, stderr } = await runAs("alice", [CLIENT, ID, "echo", "inside"]);
  strictEqual(status, 1);
  match(stderr, /^\/run\/netns\/mifpvd-\d+: Operation not permitted$/m);
});

async function buildClient(): Promise<void> {
  const flags = (await run(["pkg-config", "--cflags", "--libs", "gio-2.0"])).stdout.trim().split(/\s+/);
  const source = new URL("mif_client.c", import.meta.url).pathname;
  const built = await run(["gcc", "-Wall", "-Wextra", "-Werror", "-o", CLIENT, source, ...flags]);
  strictEqual(built.status, 0, built.stderr);
}
