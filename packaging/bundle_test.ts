import assert from "node:assert/strict";
import { loadedLater, requiringLater } from "./bundle.ts";

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
