// The command line as people use it: PvDs found by what they are like, a default, a shell, names completed, and one
// sentence where there is no broker. Runs in the lab, as alice, who is authorised.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { COMMANDS } from "../../client/commands.ts";
import { readSchema } from "../../client/schema_testing.ts";
import { CLIENT_SOCKET, DOMAINS_FILE_NAME, type DomainView } from "../../lib/protocol.ts";
import { generate } from "../../packaging/generate.ts";
import {
  allReady,
  DOCUMENTED_IDS,
  firstLine,
  inHost,
  killBroker,
  listDomains,
  type Outcome,
  outcome,
  restartBroker,
  runAs,
  type RunOptions,
  spawn,
  until,
  waitForDomains,
} from "../lab/lab.ts";
import { HOME_FOLDER } from "../lab/paths.ts";
import { findUser } from "../lab/users.ts";

const ID = DOCUMENTED_IDS.R1.explicit;
const OTHER = DOCUMENTED_IDS.R2.explicit;
const SETTINGS = "/etc/pvd/pvd.toml";
const NAMES = `${CLIENT_SOCKET.slice(0, CLIENT_SOCKET.lastIndexOf("/"))}/${DOMAINS_FILE_NAME}`;
const CONFIG = `${HOME_FOLDER}/alice/.config/pvd/config.toml`;
const schema = readSchema();

const pvd = (args: readonly string[], options: RunOptions = {}): Promise<Outcome> =>
  runAs("alice", ["pvd", ...args], options);

async function domainsOf(args: readonly string[]): Promise<DomainView[]> {
  const document: { readonly domains: DomainView[] } = JSON.parse((await pvd([...args, "--json"])).stdout);
  deepStrictEqual(schema.problems("list", document), []);
  return document.domains;
}

/** The search domains of the program's own resolver file tell which PvD it is in. */
function searchOf({ stdout }: Outcome): string {
  return /^search (.*)$/m.exec(stdout)?.[1] ?? stdout;
}

Deno.test("pvd list --match shows those that fit, first the one whose namespace is oldest", async () => {
  const found = await domainsOf(["list", "--match", "kind=explicit,link=eth1"]);
  deepStrictEqual(found.map(({ id }) => id).toSorted(), [ID, OTHER].toSorted());
  const numbers = found.map(({ namespace }) => Number(namespace.replace("mifpvd-", "")));
  deepStrictEqual(numbers, numbers.toSorted((one, other) => one - other));
  deepStrictEqual((await pvd(["list", "--match", "kind=x"])).stdout, "No PvD has kind=x.\n");
});

Deno.test("pvd run --match runs in the first that fits, and where none does, runs nothing", async () => {
  const read = ["--", "cat", "/etc/resolv.conf"];
  strictEqual(searchOf(await pvd(["run", `--match=id=${ID}`, ...read])), "www.example-10.hr example-10.hr");
  strictEqual(
    searchOf(await pvd(["run", "--match", `id=${OTHER}`, ...read])),
    "www.example-20.hr example-20.hr",
  );
  const [first] = await domainsOf(["list", "--match", "kind=explicit"]);
  const expected = await pvd(["run", first?.namespace ?? "", ...read]);
  deepStrictEqual(await pvd(["run", "--match", "kind=explicit", ...read]), expected);
  const none = await pvd(["run", "--match", "pricing=free", "echo", "ran"]);
  deepStrictEqual([none.status, none.stdout, none.stderr.split("\n").length], [125, "", 2]);
  match(none.stderr, /no PvD has pricing=free/);
  strictEqual((await pvd(["run", "--match", "nonsense", "echo", "ran"])).status, 2);
});

Deno.test("pvd run --match takes the properties that a router's pvd-info.json gives", async () => {
  const before = Deno.readTextFileSync(SETTINGS);
  const script = new URL("pvd_info_server.ts", import.meta.url).pathname;
  const info = [{ id: ID, name: "Office", type: ["internet", "iptv"], pricing: "free" }];
  const flags = ["run", "--quiet", "--no-config", "--no-check", "--allow-net"];
  const server = spawn(inHost("R1", [Deno.execPath(), ...flags, script, JSON.stringify(info)]));
  try {
    strictEqual(await firstLine(server), "ready");
    Deno.writeTextFileSync(SETTINGS, `${before}mif_pvd_info = true\n`);
    await restartBroker();
    await waitForDomains(
      (all) => allReady(4)(all) && all.some(({ information }) => information !== null),
      60_000,
    );
    const found = await domainsOf(["list", "--match", "type=internet,pricing=free"]);
    deepStrictEqual(found.map(({ id }) => id), [ID]);
    const run = await pvd(["run", "--match", "type=internet,pricing=free", "cat", "/etc/resolv.conf"]);
    strictEqual(searchOf(run), "www.example-10.hr example-10.hr");
    strictEqual((await pvd(["run", "--match", "type=inter", "true"])).status, 125);
  } finally {
    server.kill("SIGTERM");
    await outcome(server);
    Deno.writeTextFileSync(SETTINGS, before);
    await restartBroker();
    await waitForDomains(allReady(4));
  }
});

Deno.test("pvd default: set by the beginning of an id, kept whole, shown, used by run, cleared", async () => {
  deepStrictEqual((await pvd(["run", "--", "true"])).status, 2);
  // Both explicit ids but for the last letter: could be either.
  const ambiguous = await pvd(["default", ID.slice(0, -1)]);
  deepStrictEqual([ambiguous.status, ambiguous.stdout], [1, ""]);
  strictEqual((await pvd(["default", "no-such-domain"])).status, 1);
  const [implicit] = await domainsOf(["list", "--match", "kind=implicit"]);
  const whole = implicit?.id ?? "";
  deepStrictEqual((await pvd(["default", whole.slice(0, 12)])).stdout, `${whole}\n`);
  deepStrictEqual(await pvd(["default", ID]), { status: 0, stdout: `${ID}\n`, stderr: "" });
  const file = Deno.statSync(CONFIG);
  deepStrictEqual([(file.mode ?? 0) & 0o7777, file.uid], [0o600, findUser("alice").uid]);
  deepStrictEqual((await pvd(["default"])).stdout, `${ID}\n`);
  strictEqual(
    searchOf(await pvd(["run", "--", "cat", "/etc/resolv.conf"])),
    "www.example-10.hr example-10.hr",
  );
  const cleared = JSON.parse((await pvd(["default", "--clear", "--json"])).stdout);
  deepStrictEqual(cleared, { version: 1, default: { id: null, file: CONFIG } });
  const without = await pvd(["run", "--", "echo", "ran"]);
  deepStrictEqual([without.status, without.stdout], [2, ""]);
  match(without.stderr, /you have no default.*pvd default DOMAIN/);
});

Deno.test("pvd default: a PvD whose id only begins as the default does never stands in for it", async () => {
  const [implicit] = await domainsOf(["list", "--match", "kind=implicit"]);
  const beginning = implicit?.id.slice(0, 12) ?? "";
  strictEqual((await pvd(["run", beginning, "true"])).status, 0);
  Deno.mkdirSync(CONFIG.slice(0, CONFIG.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(CONFIG, `default = "${beginning}"\n`, { mode: 0o644 });
  Deno.chmodSync(CONFIG, 0o644);
  try {
    const { status, stdout, stderr } = await pvd(["run", "--", "echo", "ran"]);
    deepStrictEqual([status, stdout], [125, ""]);
    match(stderr, /your default, .*, is not there/);
  } finally {
    Deno.removeSync(CONFIG);
  }
});

Deno.test("pvd shell starts the person's shell in the PvD, with its id in the environment", async () => {
  const input = 'echo "$PVD_DOMAIN $debian_chroot"; cat /etc/resolv.conf; exit 7\n';
  const environment = { SHELL: "/bin/bash" };
  const result = await pvd(["shell", ID], { input, environment });
  strictEqual(result.status, 7, result.stderr);
  strictEqual(result.stdout.split("\n")[0], `${ID} ${ID}`);
  strictEqual(searchOf(result), "www.example-10.hr example-10.hr");
  const matched = await pvd(["shell", "--match", `id=${OTHER}`], { input, environment });
  strictEqual(searchOf(matched), "www.example-20.hr example-20.hr");
  const missing = await pvd(["shell", ID], { environment: { SHELL: "/no/shell" } });
  strictEqual(missing.status, 127);
});

/** What bash offers for a command line, as alice, with the completion that is installed. */
async function offered(words: readonly string[]): Promise<string[]> {
  const folder = Deno.makeTempDirSync();
  try {
    generate(folder);
    Deno.chmodSync(folder, 0o755);
    const script =
      '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMP_LINE=$*; COMP_POINT=${#COMP_LINE}; ' +
      '_pvd; printf "%s\\n" "${COMPREPLY[@]}"';
    const file = `${folder}/bash-completion/completions/pvd`;
    const { stdout, stderr } = await runAs("alice", ["bash", "--norc", "-c", script, "bash", file, ...words]);
    strictEqual(stderr, "");
    return stdout.split("\n").filter((line) => line !== "");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("completion offers the ids that there are now, from a file that everybody may read", async () => {
  const ids = (await listDomains()).map(({ id }) => id).toSorted();
  await until(
    "the file has what the list has",
    async () => JSON.stringify(await offered(["pvd", "run", ""])) === JSON.stringify(ids),
  );
  deepStrictEqual(await offered(["pvd", "show", ID]), [ID]);
  strictEqual((Deno.statSync(NAMES).mode ?? 0) & 0o7777, 0o644);
  const lines = Deno.readTextFileSync(NAMES).trimEnd().split("\n");
  ok(lines.includes(`${ID}\texplicit, eth1, ready`), lines.join("\n"));
});

Deno.test("broker down: completion offers no PvD and starts nothing; every command says so in one sentence, 69", async () => {
  await killBroker("SIGTERM");
  try {
    deepStrictEqual(await offered(["pvd", "run", ""]), []);
    const asking = COMMANDS.filter((command) => command.asksBroker);
    ok(asking.length >= 7);
    for (const command of asking) {
      const before = command.name === "socket" ? ["--connect", "[::1]:1"] : [];
      const given = { domain: ID, command: "true", action: "install", file: "app.desktop", link: null };
      const words = command.positionals.map(({ kind }) => given[kind]).filter((word) => word !== null);
      const plain = await pvd([command.name, ...before, ...words]);
      deepStrictEqual([plain.status, plain.stdout], [69, ""], command.name);
      match(plain.stderr, /^pvd: [^\n]*broker is not running[^\n]*\n$/, command.name);
      if (!command.options.some(({ name }) => name === "--json")) continue;
      const json = await pvd([command.name, "--json", ...before, ...words]);
      const document = JSON.parse(json.stdout);
      deepStrictEqual([json.status, schema.problems("error", document)], [69, []], command.name);
      strictEqual(document.error.code, "unavailable");
    }
    deepStrictEqual((await pvd(["run", "--match", "kind=explicit", "true"])).status, 69);
    strictEqual((await pvd(["default"])).status, 0);
    ok(!existsNow(CLIENT_SOCKET) || (await pvd(["list"])).status === 69, "somebody started the broker");
  } finally {
    await restartBroker();
    await waitForDomains(allReady(4));
  }
});

function existsNow(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
