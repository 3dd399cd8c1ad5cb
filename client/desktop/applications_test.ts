// Desktop entries in folders of their own: what one that cannot be read hides, and what it does not.

import assert from "node:assert/strict";
import { ClientError } from "../errors.ts";
import { launchersIn, readEntry } from "./applications.ts";

const LAUNCHER = "[Desktop Entry]\nX-Pvd-Domain=office.example.org\nX-Pvd-Source=firefox.desktop\n";

Deno.test("launchersIn passes over what cannot be read, and gives the others", () => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.mkdirSync(`${folder}/pvd-a.desktop`);
    Deno.writeTextFileSync(`${folder}/pvd-b.desktop`, LAUNCHER + "#".repeat(1 << 20));
    Deno.symlinkSync(`${folder}/pvd-c.desktop`, `${folder}/pvd-c.desktop`);
    Deno.symlinkSync(`${folder}/nowhere`, `${folder}/pvd-d.desktop`);
    Deno.writeTextFileSync(`${folder}/pvd-e.desktop`, LAUNCHER);
    Deno.writeTextFileSync(`${folder}/other.desktop`, LAUNCHER);
    const file = `${folder}/pvd-e.desktop`;
    assert.deepEqual(launchersIn(folder), [{
      domain: "office.example.org",
      source: "firefox.desktop",
      file,
    }]);
    // One that a person names is told.
    for (const name of ["a", "b", "c"]) {
      assert.throws(() => readEntry(`${folder}/pvd-${name}.desktop`), ClientError, name);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
