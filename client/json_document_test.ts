// Holds what `--json` prints to what docs/json.md and docs/schema promise, member by member, in both directions.

import assert from "node:assert/strict";
import { judge } from "./check/judge.ts";
import { worst } from "./check/rows.ts";
import { COMMANDS } from "./commands.ts";
import type { ClientErrorCode } from "./errors.ts";
import { readSchema } from "./schema_testing.ts";
import { endOf, type FakePeer, SAMPLE_DOMAIN, SAMPLE_STATUS, startPvd, withFakeBroker } from "./testing.ts";

/** "routers[].address" and so on, for every leaf of a value. */
function pathsOf(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((each) => pathsOf(each, `${path}[]`));
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([name, each]) => {
    // Names of limits and reasons are not promised, only that their counts stand here.
    const counted = ["advertisements.refused", "advertisements.invalidReasons"];
    const shown = counted.includes(path) ? "*" : name;
    // What a server says has no members of ours.
    if (path === "" && name === "information") return [name];
    return pathsOf(each, path === "" ? shown : `${path}.${shown}`);
  });
}

/** The members that the tables under a heading document. */
function documented(heading: string): string[] {
  const text = Deno.readTextFileSync(new URL("../docs/json.md", import.meta.url));
  const section = text.split(/^## /m).find((each) => each.startsWith(`${heading}\n`));
  assert(section !== undefined, heading);
  const members = section.split(/^\| code +\|/m)[0] ?? "";
  return [...members.matchAll(/^\| `([^`]+)` +\|/gm)].map((match) => match[1] ?? "");
}

const PROMISES = [
  { args: ["list"], answers: [{ type: "domain", domain: SAMPLE_DOMAIN }, { type: "end" }], at: "domains" },
  {
    args: ["show", SAMPLE_DOMAIN.id],
    answers: [{ type: "domain", domain: SAMPLE_DOMAIN }, { type: "end" }],
    at: "domain",
  },
  { args: ["status"], answers: [{ type: "status", status: SAMPLE_STATUS }], at: "status" },
  { args: ["solicit", "eth1"], answers: [{ type: "end" }], at: "solicited" },
  { args: ["status"], answers: [{ type: "error", code: "failed", message: "no\x1b" }], at: "error" },
];
const HEADINGS = ["A PvD", "A PvD", "The status", "A solicitation", "Errors"];
const DEFINITIONS = ["list", "show", "status_document", "solicit", "error"];
const schema = readSchema();

PROMISES.forEach(({ args, answers, at }, index) => {
  const heading = HEADINGS[index] ?? "";
  Deno.test(`pvd ${args.join(" ")} --json prints exactly what docs/json.md documents under "${heading}"`, async () => {
    const script = async (peer: FakePeer) => {
      await peer.next();
      answers.forEach((answer) => peer.say(answer));
      await peer.next();
    };
    const { stdout } = await withFakeBroker(
      script,
      (path) => endOf(startPvd([...args, "--json", "--socket", path])),
    );
    const document: Record<string, unknown> = JSON.parse(stdout);
    assert.deepEqual(Object.keys(document), ["version", at]);
    assert.equal(document.version, 1);
    const value = at === "domains" && Array.isArray(document.domains) ? document.domains[0] : document[at];
    const paths = pathsOf(at === "error" ? { error: value } : value);
    assert.deepEqual([...new Set(paths)].toSorted(), documented(heading).toSorted());
    assert.match(stdout, /^[\x20-\x7e]*\n$/);
    assert.deepEqual(schema.problems(DEFINITIONS[index] ?? "", document), []);
    const leaves = schema.leaves(DEFINITIONS[index] ?? "").filter((leaf) => leaf !== "version");
    const inside = leaves.map((leaf) => at === "error" ? leaf : leaf.replace(/^[a-z]+(\[\])?\./, ""));
    assert.deepEqual(inside.toSorted(), documented(heading).toSorted());
  });
});

Deno.test("pvd default --json prints exactly what docs/json.md and the schema say, set, shown and cleared", async () => {
  const folder = await Deno.makeTempDir();
  const env = { XDG_CONFIG_HOME: folder };
  const script = async (peer: FakePeer) => {
    await peer.next();
    peer.say({ type: "domain", domain: SAMPLE_DOMAIN });
    peer.say({ type: "end" });
    await peer.next();
  };
  try {
    const file = `${folder}/pvd/config.toml`;
    const outputs = [
      await withFakeBroker(
        script,
        (path) => endOf(startPvd(["default", SAMPLE_DOMAIN.id, "--json", "--socket", path], { env })),
      ),
      await endOf(startPvd(["default", "--json"], { env })),
      await endOf(startPvd(["default", "--clear", "--json"], { env })),
    ];
    const ids = [SAMPLE_DOMAIN.id, SAMPLE_DOMAIN.id, null];
    for (const [index, { status, stdout }] of outputs.entries()) {
      const document: unknown = JSON.parse(stdout);
      assert.deepEqual([status, document], [0, { version: 1, default: { id: ids[index], file } }]);
      assert.deepEqual(schema.problems("default", document), []);
    }
    assert.deepEqual(documented("A default").toSorted(), ["file", "id"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("pvd decode --json prints lines that docs/json.md and the schema describe, for every capture", async () => {
  const folder = new URL("../tests/data/captures/", import.meta.url);
  const seen = new Set<string>();
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
    name.endsWith(".pcap")
  );
  const outputs = await Promise.all(
    names.map((name) => endOf(startPvd(["decode", "--json", new URL(name, folder).pathname]))),
  );
  for (const { stdout } of outputs) {
    for (const line of stdout.trimEnd().split("\n")) {
      const document: unknown = JSON.parse(line);
      assert.deepEqual(schema.problems("decode", document), []);
      for (const path of pathsOf(document)) seen.add(path);
    }
  }
  const promised = documented("An advertisement");
  assert.deepEqual([...seen].filter((path) => !promised.includes(path)), []);
  assert.deepEqual(schema.leaves("decode").toSorted(), promised.toSorted());
});

Deno.test("the schema refuses what is not promised: a member that is missing, of another type, or another version", () => {
  const list = { version: 1, domains: [SAMPLE_DOMAIN] };
  assert.deepEqual(schema.problems("list", list), []);
  for (
    const wrong of [
      {},
      { version: 2, domains: [] },
      { version: 1, domains: [{ ...SAMPLE_DOMAIN, link: null }] },
      { version: 1, domains: [{ ...SAMPLE_DOMAIN, state: "gone" }] },
      { version: 1, domains: [{ ...SAMPLE_DOMAIN, routers: [{ address: "fe80::1", preference: "high" }] }] },
      { version: 1, domains: [{ ...SAMPLE_DOMAIN, mtu: -1 }] },
    ]
  ) assert.notDeepEqual(schema.problems("list", wrong), [], JSON.stringify(wrong).slice(0, 80));
});

Deno.test("docs/json.md names every error code with the exit status that it has", () => {
  const text = Deno.readTextFileSync(new URL("../docs/json.md", import.meta.url));
  const rows = [...text.matchAll(/^\| `(\w+)` +\| [^|]* \| (\d+) +\|$/gm)].map((
    row,
  ) => [row[1], Number(row[2])]);
  const codes: Readonly<Record<ClientErrorCode, number>> = {
    noSuchDomain: 1,
    ambiguous: 1,
    notAuthorized: 1,
    notReady: 1,
    inUse: 1,
    invalidArgument: 1,
    limitExceeded: 1,
    noSuchLink: 1,
    commandNotFound: 127,
    commandNotExecutable: 126,
    failed: 1,
    badAnswer: 1,
    usage: 2,
    unavailable: 69,
    internal: 70,
  };
  assert.deepEqual(Object.fromEntries(rows), codes);
  for (const code of Object.keys(codes)) {
    assert.deepEqual(schema.problems("error", { version: 1, error: { code, message: "" } }), []);
  }
});

Deno.test("pvd check --json has exactly the members that docs/json.md and the schema say, and every check is named in both", () => {
  const rows = judge({
    domain: SAMPLE_DOMAIN,
    hostNamespace: "",
    name: null,
    inside: { problem: "a\u202ereason" },
  });
  const check = { id: "a", namespace: "mifpvd-1", name: null, verdict: worst(rows), rows };
  assert.deepEqual(schema.problems("check", { version: 1, check }), []);
  assert.deepEqual([...new Set(pathsOf(check))].toSorted(), documented("A check").toSorted());
  const promised = schema.leaves("check").filter((leaf) => leaf !== "version");
  assert.deepEqual(
    promised.map((leaf) => leaf.replace(/^check\./, "")).toSorted(),
    documented("A check").toSorted(),
  );
  const text =
    Deno.readTextFileSync(new URL("../docs/json.md", import.meta.url)).split("\n## A check\n")[1] ?? "";
  for (const row of rows) assert(text.split("\n## ")[0]?.includes(`\`${row.check}\``), row.check);
});

Deno.test("pvd desktop --json prints exactly what docs/json.md and the schema say, installed, listed and removed", async () => {
  const folder = await Deno.makeTempDir();
  const env = { XDG_DATA_HOME: folder, XDG_DATA_DIRS: `${folder}/system` };
  const script = async (peer: FakePeer) => {
    await peer.next();
    peer.say({ type: "domain", domain: SAMPLE_DOMAIN });
    peer.say({ type: "end" });
    await peer.next();
  };
  try {
    Deno.mkdirSync(`${folder}/system/applications`, { recursive: true });
    const entry = "[Desktop Entry]\nType=Application\nName=X\nExec=x %u\n";
    Deno.writeTextFileSync(`${folder}/system/applications/x.desktop`, entry);
    const args = (action: string) => ["desktop", action, SAMPLE_DOMAIN.id, "x.desktop", "--json"];
    const outputs = [
      await withFakeBroker(
        script,
        (path) => endOf(startPvd([...args("install"), "--socket", path], { env })),
      ),
      await endOf(startPvd(["desktop", "list", "--json"], { env })),
      await endOf(startPvd(args("remove"), { env })),
    ];
    for (const { status, stdout, stderr } of outputs) {
      const document = JSON.parse(stdout);
      assert.deepEqual([status, stderr, schema.problems("desktop", document)], [0, "", []]);
      assert.deepEqual(document, JSON.parse(outputs[0]?.stdout ?? ""));
      assert.deepEqual(pathsOf(document.launchers[0]).toSorted(), documented("Launchers").toSorted());
    }
    const after = await endOf(startPvd(["desktop", "list", "--json"], { env }));
    assert.deepEqual(JSON.parse(after.stdout), { version: 1, launchers: [] });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("docs/json.md names the commands with --json and those without, each once", () => {
  const text = Deno.readTextFileSync(new URL("../docs/json.md", import.meta.url));
  const [introduction = ""] = text.split("\n## ");
  const [having = "", without = ""] = introduction.split("\nWithout `--json`: ");
  const named = (part: string) =>
    [...part.matchAll(/`(?:pvd )?([a-z-]+)(?: --json)?`/g)].map(([, name = ""]) => name);
  const own = (names: readonly string[]) =>
    COMMANDS.map(({ name }) => name).filter((name) => names.includes(name));
  const takesJson = (wanted: boolean) =>
    COMMANDS.filter(({ options }) => options.some(({ name }) => name === "--json") === wanted).map((
      { name },
    ) => name);
  const [list = ""] = without.split(". ");
  assert.deepEqual(own(named(having)), takesJson(true));
  // Neither of these is in the table.
  assert.deepEqual(named(list).toSorted(), [...takesJson(false), "help", "--version"].toSorted());
});
