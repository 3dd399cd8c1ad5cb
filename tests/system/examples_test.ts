// The examples that people copy from: each is built and run, as an unprivileged user, in the lab.

import { match, ok, strictEqual } from "node:assert/strict";
import { DOCUMENTED_IDS, listDomains, type Outcome, run, runAs, SERVER_ADDRESS } from "../lab/lab.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const [ONE, OTHER] = [DOCUMENTED_IDS.R1.explicit, DOCUMENTED_IDS.R2.implicit];
const { S1, S2 } = SERVER_ADDRESS;

/** Where alice can read them: the checkout may be in a folder that is closed to her. */
const folder = await Deno.makeTempDir({ dir: "/run/lab", prefix: "examples-" });
await run(["chmod", "755", folder]);
for (const part of ["examples", "client", "lib"]) await run(["cp", "-r", `${ROOT}${part}`, folder]);
await run(["chmod", "-R", "a+rX", folder]);

const PYTHON = `${folder}/examples/python`;
const TYPESCRIPT = ["/usr/lib/pvd/deno", "run", "--quiet", "--no-check", "--no-config", "--allow-all"];
const EXAMPLES:
  readonly (readonly [what: string, fetch: readonly string[], two: readonly string[] | null])[] = [
    ["C", [`${folder}/fetch_in_pvd`], [`${folder}/two_pvds`]],
    ["Python with dbus-python", ["/usr/bin/python3", `${PYTHON}/fetch_in_pvd.py`], [
      "/usr/bin/python3",
      `${PYTHON}/two_pvds.py`,
    ]],
    ["Python alone", ["/usr/bin/python3", `${PYTHON}/fetch_in_pvd_plain.py`], null],
    ["TypeScript", [...TYPESCRIPT, `${folder}/examples/typescript/fetch_in_pvd.ts`], [
      ...TYPESCRIPT,
      `${folder}/examples/typescript/two_pvds.ts`,
    ]],
  ];

function succeeded({ status, stdout, stderr }: Outcome): string {
  strictEqual(status, 0, stderr);
  return stdout;
}

Deno.test("examples in C: build without a warning", async () => {
  const { status, stderr } = await run(["make", "-C", `${folder}/examples/c`, `OUT=${folder}`]);
  strictEqual(stderr, "");
  strictEqual(status, 0);
});

for (const [what, fetch, two] of EXAMPLES) {
  Deno.test(`examples in ${what}: the four PvDs are listed`, async () => {
    const listed = succeeded(await runAs("alice", fetch));
    for (const { implicit, explicit } of Object.values(DOCUMENTED_IDS)) {
      ok(listed.includes(implicit) && listed.includes(explicit), listed);
    }
  });

  Deno.test(`examples in ${what}: a page is fetched in a PvD, and a server of another is not reached`, async () => {
    match(succeeded(await runAs("alice", [...fetch, ONE, S1])), /S1/);
    const { status, stderr } = await runAs("alice", [...fetch, ONE, S2]);
    strictEqual(status, 1);
    match(stderr, /unreachable/i);
  });

  Deno.test(`examples in ${what}: who is not authorised is told polkit's reason`, async () => {
    const { status, stderr } = await runAs("bob", [...fetch, ONE, S1]);
    strictEqual(status, 1);
    match(stderr, /net\.pvd1\.use/);
  });

  Deno.test(`examples in ${what}: an id that no PvD has is an error in one line, without control characters`, async () => {
    const { status, stderr } = await runAs("alice", [...fetch, "no-such\x1b[2J", S1]);
    strictEqual(status, 1);
    match(stderr, /^\P{Cc}+\n$/u);
  });

  Deno.test(`examples in ${what}: a server's name is refused, because the host's resolver would be asked for it`, async () => {
    const { status, stderr } = await runAs("alice", [...fetch, ONE, "localhost"]);
    strictEqual(status, 1);
    match(stderr, /no IPv6 address|illegal IP address/);
  });

  if (two !== null) {
    Deno.test(`examples in ${what}: one program holds sockets in two PvDs at once`, async () => {
      const pages = succeeded(await runAs("alice", [...two, ONE, S1, OTHER, S2]));
      match(pages, /S1[^]*S2/);
    });
  }
}

Deno.test("a client in C for org.freedesktop.PvDManager lists the PvDs and, as root, enters one", async () => {
  const client = `${folder}/pvdmanager_client`;
  strictEqual(succeeded(await runAs("alice", [client])).trim().split("\n").length, 4);
  const address = (await listDomains()).find(({ id }) => id === ONE)?.addresses[0]?.address;
  ok(address !== undefined);
  const shown = succeeded(await run([client, ONE, "ip", "-6", "addr", "show", "dev", "mifpvd"]));
  ok(shown.includes(address), shown);
  strictEqual((await runAs("alice", [client, ONE, "true"])).status, 1);
  strictEqual((await run([client, "no-such-id"])).status, 1);
});
