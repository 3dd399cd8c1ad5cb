// With Debian's radvd, which knows nothing of PvDs, in the implicit domains' place. Runs in a lab of `--routers radvd`.

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { CELLS, tryCell } from "../demo/cells.ts";
import { listDomains, pidOf } from "../lab/lab.ts";

Deno.test("radvd: its implicit domains have the documented ids, beside the explicit ones of pvd advertise", async () => {
  for (const router of ["R1", "R2"]) await pidOf(`radvd-${router}`);
  const domains = await listDomains();
  deepStrictEqual(domains.map(({ id }) => id).sort(), [...new Set(CELLS.map(({ id }) => id))].sort());
});

for (const cell of CELLS) {
  Deno.test(`radvd: ${cell.kind} ${cell.id}, ${cell.server}: ${cell.expected}`, async () => {
    strictEqual(await tryCell(cell), cell.expected);
  });
}
