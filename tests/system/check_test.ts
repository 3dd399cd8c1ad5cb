// `pvd check`: what is wrong with a PvD is found, and what is right is not called wrong. Runs in the lab, as alice, who
// is authorised, and bob, who is not; resolvers, routers and services are broken one after the other.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readSchema } from "../../client/schema_testing.ts";
import { INSIDE } from "../../client/check/found.ts";
import {
  allReady,
  DOCUMENTED_IDS,
  inHost,
  killBroker,
  type Outcome,
  restartBroker,
  run,
  runAs,
  SERVER_ADDRESS,
  waitForDomains,
} from "../lab/lab.ts";
import { DnsSide } from "./dns_side.ts";
import { RunningService } from "./name_services.ts";

const ID = DOCUMENTED_IDS.R1.explicit;
const OTHER = DOCUMENTED_IDS.R2.explicit;
const ROUTER = "2001:db8:1::1";
const NAMES = { "www.example-10.hr": SERVER_ADDRESS.S1 };
const schema = readSchema();

interface Row {
  readonly check: string;
  readonly family: string | null;
  readonly subject: string | null;
  readonly verdict: string;
  readonly found: string;
}

interface Checked {
  readonly status: number;
  readonly verdict: string;
  readonly name: string | null;
  readonly rows: readonly Row[];
}

async function check(args: readonly string[], user = "alice"): Promise<Checked> {
  const { status, stdout, stderr } = await runAs(user, ["pvd", "check", "--json", ...args]);
  ok(stdout !== "", stderr);
  const document = JSON.parse(stdout);
  deepStrictEqual(schema.problems("check", document), []);
  return { status, ...document.check };
}

/** Where the router was heard a moment ago, the kernel believes for up to 45 s that it is there, and nobody can tell
 * (RFC 4861 7.3.2): as after that time. */
async function forgetConfirmation(): Promise<void> {
  const namespace = (await waitForDomains(allReady(4))).find(({ id }) => id === ID)?.namespace ?? "";
  const ip = (...args: string[]) => run(["ip", "-n", namespace, ...args]);
  for (const { dst, lladdr } of JSON.parse((await ip("-j", "-6", "neigh", "show", "dev", "mifpvd")).stdout)) {
    if (lladdr === undefined) continue;
    const { status, stderr } = await ip(
      ...["neigh", "replace", dst, "lladdr", lladdr, "dev", "mifpvd", "nud", "stale", "router"],
    );
    strictEqual(status, 0, stderr);
  }
}

/** "verdict found" of one check. */
function told({ rows }: Checked, name: string, family: string | null = null): string[] {
  return rows.filter((row) => row.check === name && row.family === family)
    .map(({ verdict, found }) => `${verdict} ${found}`);
}

function notOk({ rows }: Checked): Row[] {
  return rows.filter(({ verdict }) => verdict !== "ok");
}

async function withResolvers(action: (router: DnsSide, server: DnsSide) => Promise<void>): Promise<void> {
  const router = await DnsSide.start("R1", ROUTER, NAMES);
  try {
    const server = await DnsSide.start("S1", SERVER_ADDRESS.S1, NAMES);
    try {
      await action(router, server);
    } finally {
      await server.end();
    }
  } finally {
    await router.end();
  }
}

Deno.test("pvd check: a PvD whose router and resolvers answer is found to work, and nobody else is asked", async () => {
  const foreign = await DnsSide.start("S2", SERVER_ADDRESS.S2, NAMES);
  try {
    await withResolvers(async (router, server) => {
      const checked = await check([ID]);
      deepStrictEqual(notOk(checked), []);
      deepStrictEqual([checked.status, checked.verdict, checked.name], [0, "ok", "www.example-10.hr."]);
      match(told(checked, "lookup", "ipv6")[0] ?? "", /^ok 2001:db8:10::2 after/);
      strictEqual(told(checked, "lookup", "ipv4")[0], "ok answered: it has no IPv4 address");
      strictEqual(told(checked, "resolver").length, 2);
      const asked = [...await router.asked(), ...await server.asked()].map(({ name }) => name);
      deepStrictEqual([...new Set(asked)], ["www.example-10.hr"]);
      deepStrictEqual(await foreign.asked(), []);
    });
  } finally {
    await foreign.end();
  }
});

Deno.test("pvd check: as a table it names every row, says what to do, and ends in one sentence", async () => {
  await withResolvers(async (_, server) => {
    await server.end();
    const { status, stdout, stderr } = await runAs("alice", ["pvd", "check", ID]);
    deepStrictEqual([status, stderr], [0, ""], stdout);
    match(stdout, /^ok +default route IPv6 +by fe80::1$/m);
    match(
      stdout,
      /^warning +resolver 2001:db8:10::2 +no name server listens there\n +-> ask who runs the router/m,
    );
    match(stdout, new RegExp(`\\n\\nPvD ${ID} works, with 1 warning\\.\\n$`));
  });
});

Deno.test("pvd check --name looks that name up, with the search list; one that there is not is a warning", async () => {
  await withResolvers(async () => {
    const known = await check(["--name", "www.example-10.hr", ID]);
    deepStrictEqual([known.status, notOk(known)], [0, []]);
    const unknown = await check(["--name", "nothing.example", ID]);
    deepStrictEqual([unknown.status, unknown.verdict], [0, "warning"]);
    match(told(unknown, "lookup", "ipv6")[0] ?? "", /^warning answered: it has no IPv6 address/);
  });
  const wrong = await runAs("alice", ["pvd", "check", ID, "--name", "a b"]);
  strictEqual(wrong.status, 2, wrong.stderr);
});

Deno.test("pvd check: resolvers that are not there are a problem, and the exit status says so", async () => {
  const checked = await check([ID]);
  deepStrictEqual([checked.status, checked.verdict], [1, "problem"]);
  deepStrictEqual(told(checked, "resolver"), [
    "problem no name server listens there",
    "problem no name server listens there",
  ]);
  for (const family of ["ipv6", "ipv4"]) {
    deepStrictEqual(told(checked, "lookup", family), ["problem no resolver gives an answer"]);
  }
  for (
    const right of ["state", "start", "namespace", "interfaces", "router", "resolverFile", "nameSources"]
  ) {
    deepStrictEqual(told(checked, right).map((each) => each.split(" ")[0]), ["ok"], right);
  }
});

Deno.test("pvd check: a router whose cable is out is a problem, that of another PvD is not", async () => {
  const bridge = (state: string) => run(inHost("BR", ["ip", "link", "set", "R1", state]));
  await forgetConfirmation();
  strictEqual((await bridge("down")).status, 0);
  try {
    const [cut, other] = await Promise.all([check([ID]), check([OTHER])]);
    match(told(cut, "router")[0] ?? "", /^problem is not on the link/);
    strictEqual(cut.status, 1);
    match(told(other, "router")[0] ?? "", /^ok answers after/);
  } finally {
    strictEqual((await bridge("up")).status, 0);
  }
});

Deno.test("pvd check: a router that drops echo requests is seen all the same", async () => {
  const drop = (action: string) =>
    run(inHost("R1", ["sh", "-c", `echo ${action} > /proc/sys/net/ipv6/icmp/echo_ignore_all`]));
  strictEqual((await drop("1")).status, 0);
  try {
    match(told(await check([ID]), "router")[0] ?? "", /^ok /);
  } finally {
    strictEqual((await drop("0")).status, 0);
  }
});

Deno.test("pvd check: a router that answers nothing but Neighbor Solicitations is there", async () => {
  const rules = "add table ip6 t; add chain ip6 t out { type filter hook output priority 0; }; " +
    "add rule ip6 t out icmpv6 type { echo-reply, destination-unreachable } drop";
  const nft = (text: string) => run(inHost("R1", ["nft", text]));
  await forgetConfirmation();
  const { status, stderr } = await nft(rules);
  strictEqual(status, 0, stderr);
  try {
    deepStrictEqual(told(await check([ID]), "router"), [
      "ok is on the link, and answers nothing but Neighbor Solicitations",
    ]);
  } finally {
    strictEqual((await nft("delete table ip6 t")).status, 0);
  }
});

Deno.test("pvd check: the host's nscd is seen where a program could reach it, and not from a PvD", async () => {
  const nscd = new RunningService("nscd", "");
  await nscd.start();
  try {
    const service = ({ stdout }: Outcome) =>
      JSON.parse(stdout).services.find((each: { name: string }) => each.name === "nscd");
    // The same part of pvd, on the host: it would see it.
    const outside = service(await runAs("alice", ["pvd", INSIDE]));
    deepStrictEqual(outside, { name: "nscd", reachable: true });
    const { rows } = await check([ID]);
    const row = rows.find(({ check: name, subject }) => name === "hostService" && subject === "nscd");
    strictEqual(row?.verdict, "ok");
  } finally {
    await nscd.stop(true);
  }
});

Deno.test("pvd check: who may not use the PvD is told that, and nothing is tried", async () => {
  const checked = await check([ID], "bob");
  deepStrictEqual([checked.status, checked.verdict], [1, "problem"]);
  match(told(checked, "start")[0] ?? "", /^problem .*net\.pvd1\.use/);
  ok(checked.rows.filter(({ verdict }) => verdict === "notTried").length >= 10);
});

Deno.test("pvd check: no such PvD is 1, no default 2, no broker 69, each with valid JSON", async () => {
  const code = async (args: readonly string[], status: number) => {
    const result = await runAs("alice", ["pvd", "check", "--json", ...args]);
    const document = JSON.parse(result.stdout);
    deepStrictEqual([result.status, schema.problems("error", document)], [status, []]);
    return document.error.code;
  };
  strictEqual(await code(["no-such-domain"], 1), "noSuchDomain");
  strictEqual(await code([], 2), "usage");
  await killBroker("SIGTERM");
  try {
    strictEqual(await code([ID], 69), "unavailable");
  } finally {
    await restartBroker();
    await waitForDomains(allReady(4));
  }
});

Deno.test("pvd check leaves no process behind", async () => {
  await check([ID]);
  const { stdout } = await run(["sh", "-c", `pgrep -f -- '[ ]${INSIDE}' || true`]);
  strictEqual(stdout, "");
});
