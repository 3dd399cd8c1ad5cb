import assert from "node:assert/strict";
import {
  bundledFiles,
  bundlePrograms,
  FILL_CACHE,
  loadedLater,
  loadedTogether,
  loadedWith,
  requiringLater,
} from "./bundle.ts";
import { COMMAND_MODULE, RUN_MODULE } from "./paths.ts";

Deno.test("loadedLater hides the name of every file of ours that is loaded later, and of nothing else", async () => {
  const main =
    'import{a}from"./a.js";export const f=()=>import("./b.js");export const g=()=>import("node:fs");';
  const hidden = loadedLater(main);
  assert.ok(hidden.startsWith(
    'import{a}from"./a.js";export const f=()=>import(later("./b.js"));export const g=()=>import("node:fs");\n',
  ));
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/a.js`, "export const a = 1;");
  await Deno.writeTextFile(`${folder}/b.js`, "export const b = 2;");
  await Deno.writeTextFile(`${folder}/main.js`, hidden);
  const { f } = await import(`${folder}/main.js`);
  assert.equal((await f()).b, 2);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("requiringLater: node:module is loaded when something is required, and require works", async () => {
  const code =
    'import{createRequire as s}from"node:module";var b=s(import.meta.url);export const f=()=>b("node:path").sep;';
  const later = requiringLater(code);
  assert.ok(!later.includes("import{"));
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/c.js`, later);
  const { f } = await import(`${folder}/c.js`);
  assert.equal(f(), "/");
  await Deno.remove(folder, { recursive: true });
  assert.equal(requiringLater("export const a = 1;"), "export const a = 1;");
});

Deno.test("loadedTogether: what is loaded later and needs some of the first file's code needs all of it", () => {
  const files = new Map([
    [
      "first.js",
      'import {\n  a\n} from "./a.js";\nimport "./b.js";\nimport("./late.js");\nimport("./alone.js");',
    ],
    ["a.js", ""],
    ["b.js", 'export { c } from "./c.js";'],
    ["c.js", ""],
    ["late.js", 'import { d } from "./d.js";'],
    ["d.js", 'import { c } from "./c.js";'],
    ["alone.js", 'import "./e.js";'],
    ["e.js", ""],
  ]);
  assert.deepEqual([...loadedWith(files, "first.js")].sort(), ["a.js", "b.js", "c.js", "first.js"]);
  const together = loadedTogether(files, "first.js");
  const changed = [...together].filter(([name, code]) => code !== files.get(name)).map(([name]) => name);
  assert.deepEqual(changed, ["late.js"]);
  assert.equal(together.get("late.js"), `import "./first.js";\n${files.get("late.js")}`);
});

Deno.test("bundlePrograms: pvd run loads two files at once, and nothing that a person starts names what comes later", async () => {
  const folder = await Deno.makeTempDir();
  try {
    bundlePrograms(folder);
    const code = (name: string) => Deno.readTextFileSync(`${folder}/${name}`);
    const run = new Map(
      [...Deno.readDirSync(`${folder}/run`)].map(({ name }) => [name, code(`run/${name}`)] as const),
    );
    run.delete(FILL_CACHE);
    assert.equal(loadedWith(run, RUN_MODULE.replace("run/", "")).size, 2);
    for (const each of [...run.values(), code(COMMAND_MODULE)]) assert.doesNotMatch(each, /import\("\.\//);
    // The services may not read files when they run: theirs are named, and so loaded before.
    assert.match(code("pvd/main.js"), /import\("\.\//);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("bundlePrograms: the same source gives the same files, whatever folder they go to", async () => {
  const folders = [await Deno.makeTempDir(), await Deno.makeTempDir()];
  try {
    const [one, other] = folders.map((folder) => {
      bundlePrograms(folder);
      return bundledFiles(folder).map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]);
    });
    assert.deepEqual(one, other);
  } finally {
    for (const folder of folders) await Deno.remove(folder, { recursive: true });
  }
});
