// Versions grow with the source, as dpkg(1) compares them, and tell which source it was.

import assert from "node:assert/strict";
import { buildTime, buildVersion, type Commit, commitOf } from "./version.ts";

const [EARLY, LATE] = [1_700_000_000, 1_700_003_600];
const commit = (committedS: number, hash: string, changed = false): Commit => ({ committedS, hash, changed });

/** As dpkg has it. */
function isOlder(one: string, other: string): boolean {
  return new Deno.Command("dpkg", { args: ["--compare-versions", one, "lt", other] }).outputSync().success;
}

function git(folder: string, ...args: string[]): void {
  const author = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"];
  const env = { GIT_COMMITTER_DATE: `${EARLY} +0200`, GIT_CONFIG_GLOBAL: "/dev/null" };
  const { success, stderr } = new Deno.Command("git", { args: [...author, ...args], cwd: folder, env })
    .outputSync();
  assert(success, new TextDecoder().decode(stderr));
}

Deno.test("buildVersion has the date of the commit, in UTC, and its name; of other source the time of the build", () => {
  const built = LATE * 1000;
  assert.equal(
    buildVersion("0.1.0", commit(EARLY, "846bc28"), built),
    "0.1.0+20231114.221320.git846bc28",
  );
  assert.equal(
    buildVersion("0.1.0", commit(EARLY, "846bc28", true), built),
    "0.1.0+20231114.231320.git846bc28.changed",
  );
  assert.equal(buildVersion("0.1.0", null, built), "0.1.0+20231114.231320");
});

Deno.test("buildVersion: to dpkg what is made of later source is newer, wherever it was made, and a release is newer than all", () => {
  const early = EARLY * 1000, late = LATE * 1000;
  const ordered = [
    "0.1.0",
    buildVersion("0.1.0", commit(EARLY, "fffffff"), late),
    buildVersion("0.1.0", null, early + 1000),
    buildVersion("0.1.0", commit(EARLY, "fffffff", true), early + 2000),
    buildVersion("0.1.0", commit(LATE, "0000000"), late),
    buildVersion("0.1.1", null, early),
  ];
  for (const [index, version] of ordered.entries()) {
    for (const later of ordered.slice(index + 1)) assert(isOlder(version, later), `${version} ${later}`);
  }
});

Deno.test("commitOf tells the commit of a clone and whether files differ from it; a folder without .git is none", async () => {
  const folder = `${await Deno.makeTempDir()}/`;
  try {
    assert.equal(await commitOf(folder), null);
    git(folder, "init", "--quiet");
    assert.equal(await commitOf(folder), null);
    Deno.writeTextFileSync(`${folder}file`, "a");
    git(folder, "add", "file");
    git(folder, "commit", "--quiet", "--message", "a");
    const found = await commitOf(folder);
    assert.deepEqual([found?.committedS, found?.changed], [EARLY, false]);
    assert.match(found?.hash ?? "", /^[0-9a-f]{7,}$/);
    Deno.writeTextFileSync(`${folder}file`, "b");
    assert.equal((await commitOf(folder))?.changed, true);
    // A clone above is somebody else's.
    Deno.mkdirSync(`${folder}below`);
    assert.equal(await commitOf(`${folder}below/`), null);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("buildTime is SOURCE_DATE_EPOCH, where that is a number of seconds", () => {
  const before = Deno.env.get("SOURCE_DATE_EPOCH");
  try {
    Deno.env.set("SOURCE_DATE_EPOCH", String(EARLY));
    assert.equal(buildTime(), EARLY * 1000);
    Deno.env.set("SOURCE_DATE_EPOCH", "yesterday");
    assert(buildTime() > LATE * 1000);
  } finally {
    if (before === undefined) Deno.env.delete("SOURCE_DATE_EPOCH");
    else Deno.env.set("SOURCE_DATE_EPOCH", before);
  }
});
