import assert from "node:assert/strict";
import { embeddedFiles, foreignModules } from "./compile.ts";

const OUTPUT = `Compile bundle/pvd/main.js to dist/pvd

Embedded Files

pvd
├── api-THYB2IHK.js (333B)
├─┬ deeper
│ └── chunk-2PHG55JJ.js (5.8KB)
└── main.js (6.65KB)

Files: 368.94KB
Metadata: 1.36KB
`;

Deno.test("embeddedFiles are the names in the tree that deno compile prints", () => {
  assert.deepEqual(embeddedFiles(OUTPUT), ["api-THYB2IHK.js", "chunk-2PHG55JJ.js", "main.js"]);
  assert.deepEqual(embeddedFiles("Embedded Files\n\npvd-helper.js (71.9KB)\n\nFiles: 71.9KB\n"), [
    "pvd-helper.js",
  ]);
  assert.deepEqual(embeddedFiles("something else"), []);
});

Deno.test("foreignModules: a module from npm, from the network or of another room is named", () => {
  const info = (specifiers: readonly string[]) => ({
    modules: specifiers.map((specifier) => ({ specifier })),
  });
  const allowed = ["file:///p/helper/", "file:///p/lib/"];
  assert.deepEqual(foreignModules(info(["file:///p/helper/main.ts", "file:///p/lib/a.ts"]), allowed), []);
  const strange = ["npm:left-pad@1", "https://x/y.ts", "file:///p/broker/main.ts", "file:///p/helperx/a.ts"];
  assert.deepEqual(foreignModules(info(strange), allowed), strange);
  assert.throws(() => foreignModules({}, allowed), SyntaxError);
});
