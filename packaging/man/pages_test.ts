// The man pages: nothing that the tables have is missing from them, groff and mandoc find nothing to say of them, and
// no text becomes a request.

import assert from "node:assert/strict";
import { SETTINGS as ADVERTISE_SETTINGS } from "../../client/advertise/settings_schema.ts";
import { parseCommandLine } from "../../client/command_line.ts";
import { COMMANDS } from "../../client/commands.ts";
import { parseSettings } from "../../broker/settings.ts";
import { describedSettings } from "../../broker/settings_table.ts";
import { isObject } from "../../lib/check.ts";
import { generated } from "../generate.ts";
import { markdownToRoff } from "./markdown.ts";
import { pvdPage } from "./pvd_1.ts";
import { pvdTomlFile, pvdTomlPage } from "./pvd_toml_5.ts";
import { entry, inline, lines, paragraphs, roff, title, verbatim } from "./roff.ts";

const FACTS = { version: "1.2.3", date: "2025-01-31" };
const DOCUMENT = Deno.readTextFileSync(new URL("../../docs/advertise.md", import.meta.url));
const PAGES = [...generated(FACTS, DOCUMENT)].filter(([path]) => path.startsWith("man/"));

/** Names on the search path. */
function isInstalled(program: string): boolean {
  return ["/usr/bin", "/bin", "/usr/local/bin"].some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}

/** Both streams, one after the other; what was complained of also alone. */
async function output(argv: readonly string[], input: string): Promise<{ all: string; complaints: string }> {
  const [program = "", ...args] = argv;
  const env = { LC_ALL: "C.UTF-8", MANWIDTH: "80", PATH: "/usr/bin:/bin:/usr/local/bin", GROFF_NO_SGR: "1" };
  const child = new Deno.Command(program, {
    args,
    env,
    clearEnv: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { stdout, stderr } = await child.output();
  const complaints = new TextDecoder().decode(stderr);
  return { all: new TextDecoder().decode(stdout) + complaints, complaints };
}

for (const [path, page] of PAGES) {
  for (const linter of [["groff", "-man", "-ww", "-z"], ["mandoc", "-Tlint"]]) {
    const [program = ""] = linter;
    Deno.test({
      name: `${path}: ${program} has nothing to say of it`,
      ignore: !isInstalled(program),
      fn: async () => assert.equal((await output(linter, page)).all, ""),
    });
  }
}

Deno.test({
  name: "man shows every page without a warning",
  ignore: !isInstalled("man"),
  async fn() {
    const file = await Deno.makeTempFile({ suffix: ".1" });
    try {
      for (const [path, page] of PAGES) {
        await Deno.writeTextFile(file, page);
        const { all, complaints } = await output(["man", "--warnings=w", "-P", "cat", "-l", file], "");
        assert.equal(complaints, "", path);
        assert.match(all, /^NAME$/m);
        assert.match(all, /^SEE ALSO$/m);
      }
    } finally {
      await Deno.remove(file);
    }
  },
});

Deno.test("pvd.1 has every command, option, argument and exit status of the table", () => {
  const page = pvdPage(FACTS);
  for (const command of COMMANDS) {
    assert(page.includes(`.SS "pvd ${command.name}"`), command.name);
    const part = page.split(`.SS "pvd ${command.name}"`)[1]?.split(/^\.S[SH]/m)[0] ?? "";
    for (const { name } of [...command.options, ...command.positionals]) {
      assert(
        part.includes(`.TP\n\\fB${roff(name)}\\fR`) || part.includes(`.TP\n\\fI${roff(name)}\\fR`),
        name,
      );
    }
    const statuses = page.split('.SH "EXIT STATUS"')[1]?.split(/^\.SH/m)[0] ?? "";
    for (const { status, meaning } of command.exitStatuses) {
      const [, text = ""] = statuses.split(`\\fB${roff(status)}\\fR\n`);
      assert(text.split(".TP")[0]?.replaceAll("\n", " ").includes(roff(meaning)), `${status} ${meaning}`);
    }
    for (const example of command.examples) assert(page.includes(roff(example)), example);
  }
});

Deno.test("the pages name documents where they are installed, and say where the options of pvd itself may stand", () => {
  for (const [path, page] of PAGES) {
    const plain = page.replaceAll("\\-", "-");
    for (const [name] of plain.matchAll(/\S*\b[\w-]+\.md\b/g)) {
      assert(name.startsWith("/usr/share/doc/pvd/docs/"), `${path}: ${name}`);
      Deno.statSync(new URL(`../../docs/${name.split("/").at(-1)}`, import.meta.url));
    }
  }
  const page = pvdPage(FACTS).replaceAll("\\-", "-");
  assert(page.includes("/usr/share/doc/pvd/docs/json.md"));
  const options = page.split("\n.SH OPTIONS\n")[1]?.split("\n.TP\n")[0]?.replaceAll(/\\f[BR]|\\\(aq/g, "");
  assert.match(
    options?.replaceAll("\n", " ") ?? "",
    /before .* name; --socket and --help may stand after it/,
  );
  for (const argv of [["list", "--socket", "/x"], ["--socket", "/x", "list"], ["list", "--help"]]) {
    assert.notEqual(parseCommandLine(argv).type, "version", argv.join(" "));
  }
});

Deno.test("pvd.toml.5 and the installed file have every setting; all of it set is what holds without it", () => {
  const page = pvdTomlPage(FACTS);
  const file = pvdTomlFile();
  for (const { name } of describedSettings()) {
    assert(page.includes(`.TP\n\\fB${roff(name)}\\fR\n`), name);
    assert.match(file, new RegExp(`^#${name} = `, "m"));
  }
  const defaults = parseSettings("", "pvd.toml");
  assert.deepEqual(parseSettings(file, "pvd.toml"), defaults);
  const withDefault = describedSettings().filter((setting) => setting.default !== null).map(({ name }) =>
    name
  );
  const set = file.replace(/^#(\w+) = /gm, (line, name) => withDefault.includes(name) ? line.slice(1) : line);
  assert.notEqual(set, file);
  assert.deepEqual(parseSettings(set, "pvd.toml"), defaults);
  parseSettings(file.replace(/^#(\w+ = )/gm, "$1"), "pvd.toml");
});

/** The keys in all tables of a settings file, as valibot holds them. */
function keysOf(schema: unknown, found = new Set<string>()): Set<string> {
  if (!isObject(schema)) return found;
  if (isObject(schema["entries"])) {
    for (const [name, each] of Object.entries(schema["entries"])) {
      found.add(name);
      keysOf(each, found);
    }
  }
  keysOf(schema["wrapped"], found);
  keysOf(schema["item"], found);
  return found;
}

Deno.test("docs/advertise.md, and with it pvd-advertise.toml.5, has every setting that pvd advertise takes, and no other", () => {
  const rows = DOCUMENT.split("\n## Settings")[1]?.split("\n## ")[0]?.match(/^\|.*\|$/gm) ?? [];
  const cells = rows.flatMap((row) => {
    const all = row.split("|").slice(1, -1).map((cell) => cell.trim());
    return all.slice(0, all.length === 4 ? 2 : 1);
  });
  const named = cells.flatMap((cell) =>
    [...cell.matchAll(/`\[*(?:[a-z….]*\.)?([a-z0-9_]+)\]*`/g)].map(([, name = ""]) => name)
  );
  const keys = keysOf(ADVERTISE_SETTINGS);
  assert(keys.size > 20);
  assert.deepEqual(
    [...keys].filter((key) => key !== "interface" && !named.includes(key)),
    [],
    "not explained",
  );
  assert.deepEqual(named.filter((name) => !keys.has(name)), [], "no setting");
});

const HOSTILE = [".so /etc/passwd", "'br", "\\*x \\n(.x \\fBb", '"quoted" -- ~^`', "…ž日", ". x", "x\\"];

Deno.test({
  name: "roff: whatever stands in a text is shown as it stands there, and no line becomes a request",
  ignore: !isInstalled("groff"),
  async fn() {
    for (const text of HOSTILE) {
      const page = [
        ...title("X", 1, FACTS, "Y"),
        ".SH A",
        ...lines(roff(text)),
        ...verbatim([text]),
        ...entry(roff(text), ["B"]),
      ];
      const { all } = await output(["groff", "-man", "-ww", "-Tutf8", "-P-c"], `${page.join("\n")}\n`);
      assert.equal(all.split(text).length - 1, 3, all);
    }
  },
});

Deno.test("inline makes code and strong words bold, others italic, and leaves names with underscores alone", () => {
  assert.equal(
    inline("`a_b` and **c `d`** _e f_ g_h_i [text](to.md)"),
    "\\fBa_b\\fR and \\fBc \\fBd\\fR\\fR \\fIe f\\fR g_h_i text",
  );
});

Deno.test("paragraphs begin each sentence on a line of its own, none of them long", () => {
  const text = `${"word ".repeat(40)}end. Next (RFC 1: x.) Last.`;
  const out = paragraphs([text, "Two."]);
  for (const line of out) assert(line.length <= 80, line);
  assert(out.includes("Next (RFC 1: x.)"));
  assert.deepEqual(out.slice(-2), [".PP", "Two."]);
});

Deno.test("markdownToRoff says so of what it cannot show, and shows the rest", () => {
  const shown = markdownToRoff(
    "# T\n\n## A `b`\n\ntext\nmore\n\n- one\n  two\n\n| k | default | m |\n| - | - | - |\n| `x` | 1 | what |\n",
  );
  assert.deepEqual(shown, [
    '.SH "A B"',
    "text more",
    ".IP \\(bu 2",
    "one two",
    ".TP",
    "\\fBx\\fR",
    "What.",
    "The default: 1.",
  ]);
  for (const text of ["> quote", "1. first", "* star", "#### deep"]) {
    assert.throws(() => markdownToRoff(text), /cannot show/);
  }
});
