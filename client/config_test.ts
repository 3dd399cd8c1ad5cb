// The person's config.toml: one line of it is ours, everything else stays, and what cannot be understood is refused.

import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "smol-toml";
import { configFile, defaultIn, readDefault, withDefault, writeDefault } from "./config.ts";
import { ClientError } from "./errors.ts";

const FILE = "/c/config.toml";

function inFolder<T>(action: (folder: string) => T): T {
  const folder = Deno.makeTempDirSync();
  try {
    return action(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("configFile is in XDG_CONFIG_HOME where that is absolute, else in ~/.config", () => {
  const at = (values: Record<string, string>) => configFile(new Map(Object.entries(values)));
  assert.equal(at({ XDG_CONFIG_HOME: "/x", HOME: "/h" }), "/x/pvd/config.toml");
  for (const given of ["", "relative", "./x"]) {
    assert.equal(at({ XDG_CONFIG_HOME: given, HOME: "/h" }), "/h/.config/pvd/config.toml");
  }
  assert.throws(() => at({ HOME: "" }), ClientError);
});

Deno.test("defaultIn reads the top-level key alone, however it is written", () => {
  for (
    const [text, expected] of [
      ["", null],
      ['default = "a.example"', "a.example"],
      ["# x\n\n\"default\"='a\\032b' # mine\r\n", "a\\032b"],
      ['default="a\\"b\\\\c"', 'a"b\\c'],
      ['[other]\ndefault = "a"\n', null],
      ['text = """\ndefault = "inside"\n"""\n', null],
      ['text = """\ndefault = "inside"\n"""\ndefault = "outside"', "outside"],
    ] as const
  ) assert.equal(defaultIn(text, FILE), expected, text);
});

Deno.test("defaultIn refuses what it does not understand, with file and line", () => {
  for (
    const [text, message] of [
      ["\ndefault = 7", / \/c\/config\.toml line 2: default must be the id of a PvD in quotes$/],
      ["default = [\n'a']", /line 1: default must be/],
      ['default.x = "a"', /line 1: default must be/],
      ['default = """a"""', /line 1: default must be/],
      ["default = ''", /line 1: default must be/],
      ['a = "', /is not valid TOML/],
      ['default = "a"\n[', /is not valid TOML/],
    ] as const
  ) assert.throws(() => defaultIn(text, FILE), message, text);
});

Deno.test("withDefault changes its own line and no other, and TOML reads the same as we do", () => {
  const before = "# mine\r\n\n[other] # keep\nx = 1\n";
  const set = withDefault(before, "office.example.com", FILE);
  assert.equal(set, `default = "office.example.com"\n${before}`);
  const commented = '# a\ndefault = "x" # why\n[t]\ndefault = 3';
  assert.equal(withDefault(commented, "y", FILE), '# a\ndefault = "y" # why\n[t]\ndefault = 3');
  assert.equal(withDefault(set, null, FILE), before);
  assert.equal(withDefault(before, null, FILE), before);
  const id = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
  });
  fc.assert(fc.property(id, id, (one, other) => {
    const text = withDefault(withDefault(before, one, FILE), other, FILE);
    assert.equal(defaultIn(text, FILE), other);
    assert.equal(parse(text)["default"], other);
    assert.equal(withDefault(text, null, FILE), before);
  }));
});

Deno.test("writeDefault makes folders and file for this person alone, and leaves nothing else behind", () => {
  inFolder((folder) => {
    const file = `${folder}/new/pvd/config.toml`;
    writeDefault(file, "a.example");
    assert.equal(readDefault(file), "a.example");
    assert.equal((Deno.statSync(file).mode ?? 0) & 0o7777, 0o600);
    assert.equal((Deno.statSync(`${folder}/new/pvd`).mode ?? 0) & 0o7777, 0o700);
    assert.deepEqual([...Deno.readDirSync(`${folder}/new/pvd`)].map(({ name }) => name), ["config.toml"]);
    writeDefault(file, null);
    assert.equal(Deno.readTextFileSync(file), "");
    writeDefault(`${folder}/other/config.toml`, null);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["new"]);
  });
});

Deno.test("writeDefault goes where a symbolic link leads, and keeps the link", () => {
  inFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/kept.toml`, "x = 1\n", { mode: 0o644 });
    Deno.symlinkSync(`${folder}/kept.toml`, `${folder}/config.toml`);
    writeDefault(`${folder}/config.toml`, "a.example");
    assert(Deno.lstatSync(`${folder}/config.toml`).isSymlink);
    assert.equal(Deno.readTextFileSync(`${folder}/kept.toml`), 'default = "a.example"\nx = 1\n');
    assert.equal((Deno.statSync(`${folder}/kept.toml`).mode ?? 0) & 0o7777, 0o600);
  });
});

Deno.test("writeDefault leaves a file that it does not understand as it is, and says so of one that cannot be written", () => {
  inFolder((folder) => {
    const file = `${folder}/config.toml`;
    Deno.writeTextFileSync(file, "default = [");
    assert.throws(() => writeDefault(file, "a.example"), /is not valid TOML; mend it first/);
    assert.equal(Deno.readTextFileSync(file), "default = [");
    Deno.writeTextFileSync(`${folder}/plain`, "");
    assert.throws(() => writeDefault(`${folder}/plain/config.toml`, "a"), /cannot be (read|written|reached)/);
  });
});
