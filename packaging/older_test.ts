import assert from "node:assert/strict";
import { removeOlder } from "./older.ts";

Deno.test("removeOlder takes older packages and tarballs of one architecture away, and nothing else", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const made = ["pvd_0.1.0+2_amd64.deb", "pvd_0.1.0+2_amd64.tar.gz"];
    const others = ["pvd_0.1.0+1_arm64.deb", "pvd", "pvd-helper", "other_1_amd64.deb", "pvd_1_amd64.deb.old"];
    const older = ["pvd_0.1.0_amd64.deb", "pvd_0.1.0_amd64.tar.gz", "pvd_0.1.0+1_amd64.deb"];
    for (const name of [...made, ...others, ...older]) Deno.writeTextFileSync(`${folder}/${name}`, "");
    Deno.mkdirSync(`${folder}/pvd_folder_amd64.deb`);
    await removeOlder(folder, "amd64", made.map((name) => `${folder}/${name}`));
    const left = [...Deno.readDirSync(folder)].map(({ name }) => name);
    assert.deepEqual(left.sort(), [...made, ...others, "pvd_folder_amd64.deb"].sort());
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
