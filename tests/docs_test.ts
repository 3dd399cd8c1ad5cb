// Documents that say what is not so: links that lead nowhere, tasks, commands, settings and capabilities that do not
// exist or are not told of. Reads the project's Markdown files and what they are about, and writes what is installed of
// it to a temporary folder.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { describedSettings } from "../broker/settings_table.ts";
import { COMMANDS } from "../client/commands.ts";
import config from "../deno.json" with { type: "json" };
import { boundingSet } from "../packaging/capabilities.ts";
import { DOCUMENTS } from "../packaging/paths.ts";
import { installCopies } from "../packaging/tree.ts";

const ROOT = new URL("../", import.meta.url);
/** Made, or somebody else's. */
const NOT_OURS = [".git", "node_modules", "dist"];

const documents = new Map(markdownIn("").map((path) => [path, read(path)]));

Deno.test("documents: every relative link leads to a file that exists, and to a heading in it", () => {
  const links = [...documents].flatMap(([from, text]) => linksOf(text).map((link) => ({ from, link })));
  ok(links.length > 40);
  deepStrictEqual(links.filter(({ from, link }) => !leadsSomewhere(from, link)), []);
});

Deno.test("documents: the same is so of what is installed", () => {
  const root = Deno.makeTempDirSync();
  try {
    installCopies(root);
    const installed = new URL(`file://${root}${DOCUMENTS}/`);
    const texts = new Map(markdownIn("", installed).map((path) => [path, read(path, installed)]));
    const links = [...texts].flatMap(([from, text]) => linksOf(text).map((link) => ({ from, link })));
    ok(links.length > 40);
    deepStrictEqual(links.filter(({ from, link }) => !leadsSomewhere(from, link, installed)), []);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
});

Deno.test("documents: a link to nothing, or to a heading that is not there, would be found", () => {
  for (const link of ["nowhere.md", "docs/nowhere.md#bounds", "docs/protocol.md#nowhere", "#nowhere"]) {
    ok(!leadsSomewhere("README.md", link), link);
  }
  ok(leadsSomewhere("README.md", "docs/protocol.md#bounds"));
});

Deno.test("documents: every `deno task` that is named exists in deno.json", () => {
  const named = [...documents].flatMap(([from, text]) =>
    [...text.matchAll(/\bdeno(?:@[\d.]+)? task ([a-z][a-z:]*)/g)].map(([, task = ""]) => ({ from, task }))
  );
  ok(named.length > 5);
  deepStrictEqual(named.filter(({ task }) => !Object.hasOwn(config.tasks, task)), []);
});

Deno.test("documents: README's test command is the one that continuous integration runs, with the same Deno everywhere", () => {
  const script = read(".ci/run");
  const [, deno = ""] = script.match(/deno=\((npx -y deno@[\d.]+)\)/) ?? [];
  ok(/"\$\{deno\[@\]\}" task test\b/.test(script));
  ok(document("README.md").includes(`    sudo ${deno} task test\n`));
  const versions = [...documents.values(), script].flatMap((text) => text.match(/deno@\d+\.\d+\.\d+/g) ?? []);
  deepStrictEqual([...new Set(versions)], [deno.split(" ").at(-1)]);
});

Deno.test("documents: README names every command", () => {
  const readme = document("README.md");
  const isNamed = (name: string) => readme.includes(`\`${name}\``) || readme.includes(`\`pvd ${name}`);
  deepStrictEqual(COMMANDS.map(({ name }) => name).filter((name) => !isNamed(name)), []);
});

Deno.test("documents: docs/settings.md says of every setting why one would want it, and of no other", () => {
  const [, table = ""] = document("docs/settings.md").split("## Settings of the service");
  const rows = table.split("\n").filter((line) => line.startsWith("| `"));
  const named = rows.flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([a-z_]+)`/g)].map(([, name]) => name)
  );
  deepStrictEqual(named.sort(), describedSettings().map(({ name }) => name).sort());
});

Deno.test("documents: SECURITY.md gives the reason for exactly the capabilities that the helper's unit has", () => {
  const rows = [...document("SECURITY.md").matchAll(/^\| `CAP_([A-Z_]+)` +\| (.*)\|$/gm)];
  const unit = read("packaging/systemd/pvd-helper.service.in");
  deepStrictEqual(rows.map(([, name = ""]) => name.toLowerCase()).sort(), boundingSet(unit).sort());
  ok(rows.every(([, , reason = ""]) => reason.trim().length > 10));
});

Deno.test("documents: SECURITY.md has the figures of docs/confinement.md", () => {
  const figures = [...document("docs/confinement.md").matchAll(/^\| `pvd-\w+\.service` +\| ([\d.]+)/gm)];
  const [broker, helper] = figures.map(([, figure]) => figure);
  ok(document("SECURITY.md").includes(`gives the broker ${broker} and the helper ${helper}`));
  strictEqual(figures.length, 2);
});

Deno.test("documents: every file of the project that docs/protocol.md and docs/design.md name is there, and so is every bound", () => {
  for (const name of ["docs/protocol.md", "docs/design.md", "SECURITY.md", "README.md"]) {
    const paths = [...document(name).matchAll(/`((?:\w+\/)+\w+\.ts)`/g)].map(([, path = ""]) => path);
    deepStrictEqual(paths.filter((path) => !isThere(path)), [], name);
  }
  const rows = document("docs/protocol.md").split("## Bounds")[1]?.split("\n") ?? [];
  const bounds = rows.flatMap((row) => {
    const [, , names = "", where = ""] = row.split("|");
    const file = where.trim().replaceAll("`", "");
    return [...names.matchAll(/`([A-Z][A-Z_]+)`/g)].map(([, bound = ""]) => ({ file, bound }));
  });
  ok(bounds.length > 10);
  deepStrictEqual(
    bounds.filter(({ file, bound }) => !new RegExp(`^export const ${bound}\\b`, "m").test(read(file))),
    [],
  );
});

function document(path: string): string {
  const text = documents.get(path);
  if (text === undefined) throw new Error(`${path} is not there`);
  return text;
}

/** Targets of `[text](target)` that are no address of the web; what stands between backquotes is no link. */
function linksOf(text: string): string[] {
  const prose = text.replace(/^```[^]*?^```/gm, "").replace(/`[^`\n]*`/g, "code");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target));
}

function leadsSomewhere(from: string, link: string, root = ROOT): boolean {
  const [target = "", anchor] = link.split("#");
  const path = target === ""
    ? from
    : new URL(target, new URL(from, root)).pathname.slice(root.pathname.length);
  if (!isThere(path, root)) return false;
  return anchor === undefined || headingsOf(read(path, root)).includes(anchor);
}

/** As they are called in links: lower case, hyphens for spaces, without punctuation. */
function headingsOf(text: string): string[] {
  const prose = text.replace(/^```[^]*?^```/gm, "");
  return [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
  );
}

function markdownIn(folder: string, root = ROOT): string[] {
  return [...Deno.readDirSync(new URL(folder, root))].flatMap(({ name, isDirectory }) => {
    if (NOT_OURS.includes(name)) return [];
    if (isDirectory) return markdownIn(`${folder}${name}/`, root);
    return name.endsWith(".md") ? [`${folder}${name}`] : [];
  }).sort();
}

function read(path: string, root = ROOT): string {
  return Deno.readTextFileSync(new URL(path, root));
}

function isThere(path: string, root = ROOT): boolean {
  try {
    Deno.statSync(new URL(path, root));
    return true;
  } catch {
    return false;
  }
}
