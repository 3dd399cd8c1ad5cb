// What is made at build time is made whole, where it is asked for, and the same each time for the same source.

import assert from "node:assert/strict";
import { buildDate, generate, generated } from "./generate.ts";

Deno.test("generate writes man pages, completions and the settings file below its folder, and nothing else", () => {
  const folder = Deno.makeTempDirSync();
  try {
    generate(`${folder}/a`);
    generate(`${folder}/a`);
    const expected = generated({ version: "", date: "" }, "").keys();
    assert.deepEqual(filesIn(`${folder}/a`).toSorted(), [...expected].toSorted());
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["a"]);
    assert.match(Deno.readTextFileSync(`${folder}/a/man/man1/pvd.1`), /^\.TH PVD 1 \d{4}-\d\d-\d\d "pvd \d/m);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("buildDate is SOURCE_DATE_EPOCH's day, where that is a number of seconds", () => {
  const now = Date.UTC(2025, 0, 31, 12);
  assert.equal(buildDate("0", now), "1970-01-01");
  assert.equal(buildDate("1700000000", now), "2023-11-14");
  for (const epoch of [undefined, "", "x", "-1", "9".repeat(40)]) {
    assert.equal(buildDate(epoch, now), "2025-01-31");
  }
});

function filesIn(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(folder, `${below}${name}/`) : [`${below}${name}`]
  );
}
