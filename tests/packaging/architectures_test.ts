// The package of every architecture is the same but for the runtime, the C library's path and names. Of one build, so
// that what differs is the architecture. And a runtime for another machine is refused. Writes to a temporary folder.

import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { bundlePrograms } from "../../packaging/bundle.ts";
import { controlFile, maintainerScripts } from "../../packaging/deb.ts";
import { type Architecture, ARCHITECTURES, ownArchitecture } from "../../packaging/paths.ts";
import { filesIn, installTree } from "../../packaging/tree.ts";

const out = await Deno.makeTempDir({ prefix: "pvd-architectures-test-" });
addEventListener("unload", () => Deno.removeSync(out, { recursive: true }));
const build = `${out}/build`;
bundlePrograms(build);
for (const architecture of ["amd64", "arm64"] as const) {
  installTree({ root: `${out}/${architecture}`, form: "bundle", architecture, build, runtime: null });
}

function neutral(text: string, architecture: Architecture): string {
  return text.replaceAll(ARCHITECTURES[architecture].libc, "LIBC")
    .replaceAll(`Architecture: ${architecture}\n`, "Architecture: ANY\n");
}

Deno.test("architectures: the trees have the same files, which differ in the C library's path alone", () => {
  const files = filesIn(`${out}/amd64`);
  deepStrictEqual(filesIn(`${out}/arm64`), files);
  const different: string[] = [];
  for (const file of files) {
    const [amd64, arm64] = [`${out}/amd64/${file}`, `${out}/arm64/${file}`].map((path) =>
      Deno.readTextFileSync(path)
    );
    ok(amd64 !== undefined && arm64 !== undefined);
    if (amd64 === arm64) continue;
    ok(neutral(amd64, "amd64") === neutral(arm64, "arm64"), file);
    different.push(file);
  }
  // What starts the runtime, and nothing else.
  deepStrictEqual(different, [
    "usr/lib/pvd/command",
    "usr/lib/pvd/fill-caches",
    "usr/lib/systemd/system/pvd-broker.service",
    "usr/lib/systemd/system/pvd-helper.service",
  ]);
});

Deno.test("architectures: so do the control files and the maintainer scripts", () => {
  const about = { version: "1.2.3", form: "bundle", installedKiB: 7 } as const;
  const texts = (architecture: Architecture) => {
    const parts = { ...about, architecture };
    return [controlFile(parts), ...maintainerScripts(parts).values()];
  };
  const [amd64, arm64] = [texts("amd64"), texts("arm64")];
  notStrictEqual(amd64.join(""), arm64.join(""));
  deepStrictEqual(
    amd64.map((text) => neutral(text, "amd64")),
    arm64.map((text) => neutral(text, "arm64")),
  );
});

Deno.test("architectures: a runtime of another one is one sentence, and no package", () => {
  const other = ownArchitecture() === "amd64" ? "arm64" : "amd64";
  const script = new URL("../../packaging/package.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-check",
      "-A",
      script,
      other,
      "--runtime",
      Deno.execPath(),
      "--out",
      `${out}/dist`,
    ],
  }).outputSync();
  const text = new TextDecoder();
  match(text.decode(stderr), new RegExp(`^package: \\S+ is no program for ${other}\n$`));
  strictEqual(text.decode(stdout), "");
  strictEqual(code, 1);
});
