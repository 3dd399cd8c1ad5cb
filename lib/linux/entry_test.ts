import assert from "node:assert/strict";
import { S_IFDIR, S_IFLNK, S_IFREG } from "./abi.ts";
import { changeMark, kindOf, makeLink, overwriteFile } from "./entry.ts";

Deno.test("kindOf: a link is a link, wherever it leads", () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/file`, "");
    makeLink("/nowhere/at/all", `${folder}/link`);
    assert.deepEqual(
      ["", "/file", "/link", "/none"].map((name) => kindOf(folder + name)),
      [S_IFDIR, S_IFREG, S_IFLNK, null],
    );
    assert.equal(Deno.readLinkSync(`${folder}/link`), "/nowhere/at/all");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("changeMark: a file that takes another's place by rename has another mark", () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${folder}/a`, "");
    Deno.writeTextFileSync(`${folder}/b`, "");
    const before = changeMark(`${folder}/a`);
    assert.equal(changeMark(`${folder}/a`), before);
    Deno.renameSync(`${folder}/b`, `${folder}/a`);
    assert.notEqual(changeMark(`${folder}/a`), before);
    assert.equal(changeMark(`${folder}/b`), null);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("overwriteFile: who holds the file open reads the new text, and nothing of the old", () => {
  const path = Deno.makeTempFileSync();
  const held = Deno.openSync(path);
  try {
    const read = () => {
      held.seekSync(0, Deno.SeekMode.Start);
      const buffer = new Uint8Array(100);
      return new TextDecoder().decode(buffer.subarray(0, held.readSync(buffer) ?? 0));
    };
    for (const text of ["nameserver 2001:db8::1\nsearch a.example\n", "search .\n", "", "a longer one\n"]) {
      overwriteFile(path, text);
      assert.equal(read(), text);
    }
  } finally {
    held.close();
    Deno.removeSync(path);
  }
});
