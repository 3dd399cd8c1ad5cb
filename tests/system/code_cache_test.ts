// The runtime's code cache is filled as root when pvd is installed, and read by users who may not write there. Nothing
// tells where that fails, but programs start slowly and need more memory. Runs in the lab.

import { deepStrictEqual } from "node:assert/strict";
import { pidOf } from "../lab/lab.ts";

const DATABASES = ["dep_analysis_cache_v2", "node_analysis_cache_v2", "v8_code_cache_v2"];

for (const party of ["broker", "helper"]) {
  Deno.test(`code cache: the ${party} has all three databases open`, async () => {
    const maps = Deno.readTextFileSync(`/proc/${await pidOf(party)}/maps`).split("\n");
    const open = DATABASES.filter((name) =>
      maps.some((line) => line.endsWith(` /var/cache/pvd/${party}/${name}`))
    );
    deepStrictEqual(open, DATABASES);
  });
}
