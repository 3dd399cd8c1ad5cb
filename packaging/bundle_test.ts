import assert from "node:assert/strict";
import { loadedLater } from "./bundle.ts";

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
