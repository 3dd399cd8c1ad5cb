import assert from "node:assert/strict";
import { boundingSet } from "./capabilities.ts";
import { changelogDate, controlFile, copyright, maintainerScripts } from "./deb.ts";
import { parseOptions } from "./package.ts";

const ABOUT = { version: "1.2.3", architecture: "amd64", form: "bundle", installedKiB: 7 } as const;

Deno.test("maintainerScripts are scripts, with nothing left to fill in", () => {
  for (const form of ["bundle", "compiled"] as const) {
    for (const [name, text] of maintainerScripts({ ...ABOUT, form })) {
      assert.doesNotMatch(text, /@[A-Z_]+@/, name);
      const path = Deno.makeTempFileSync();
      Deno.writeTextFileSync(path, text);
      const { success, stderr } = new Deno.Command("sh", { args: ["-n", path] }).outputSync();
      Deno.removeSync(path);
      assert.equal(success, true, `${name}: ${new TextDecoder().decode(stderr)}`);
    }
  }
});

Deno.test("controlFile and copyright are in the form that dpkg reads", () => {
  const control = controlFile(ABOUT);
  assert.match(control, /^Package: pvd\nVersion: 1\.2\.3\nArchitecture: amd64\n/);
  assert.ok(
    control.split("\n").every((line) => line === "" || /^([A-Z][A-Za-z-]+: | )\S/.test(line)),
    control,
  );
  const text = copyright("MIT License\n\nCopyright (c) X\n\nPermission is hereby\n\ngranted\n");
  assert.match(text, /\nLicense: MIT\n Permission is hereby\n \.\n granted\n$/);
  assert.equal(changelogDate(0), "Thu, 01 Jan 1970 00:00:00 +0000");
});

Deno.test("parseOptions: an architecture, a form, a folder; anything else is the usage", () => {
  assert.equal(parseOptions(["aarch64"])?.architecture, "arm64");
  assert.equal(parseOptions(["--form", "compiled"])?.form, "compiled");
  assert.deepEqual([parseOptions(["--out", "/x", "--quick"])?.out, parseOptions(["--out"])], ["/x", null]);
  assert.equal(parseOptions(["arm64", "--runtime", "/deno"])?.runtime, "/deno");
  for (const bad of [["mips"], ["--runtime"], ["--form", "source"], ["--form"], [""]]) {
    assert.equal(parseOptions(bad), null);
  }
});

Deno.test("boundingSet: several lines are one set, and an empty one is none", () => {
  assert.deepEqual(boundingSet("CapabilityBoundingSet=CAP_A CAP_B\nX=CAP_C\nCapabilityBoundingSet=CAP_D\n"), [
    "a",
    "b",
    "d",
  ]);
  assert.deepEqual(boundingSet("CapabilityBoundingSet=\n"), []);
});
