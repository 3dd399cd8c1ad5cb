import assert from "node:assert/strict";
import { networkNamespaceOf, processesInNamespace } from "./namespace_users.ts";

Deno.test("networkNamespaceOf: the one that its link names, none of a pid that is not used", async () => {
  const mine = await Deno.readLink("/proc/self/ns/net");
  assert.deepEqual([networkNamespaceOf(Deno.pid), networkNamespaceOf(0x7fff_fff0)], [mine, null]);
  const inode = /[0-9]+/.exec(mine)?.[0] ?? "";
  assert.ok(processesInNamespace(inode).includes(Deno.pid));
  assert.deepEqual(processesInNamespace(""), []);
});
