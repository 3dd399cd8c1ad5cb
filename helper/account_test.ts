import assert from "node:assert/strict";
import { accountIn } from "./account.ts";

const PASSWD =
  "root:x:0:0:root:/root:/bin/bash\npvd:x:994:993::/nonexistent:/usr/sbin/nologin\nodd:x::1::/:\n";

Deno.test("accountIn finds a user by its whole name, and none where the line is not one", () => {
  assert.deepEqual(accountIn(PASSWD, "pvd"), { uid: 994, gid: 993 });
  for (const name of ["pv", "pvd-fetch", "", "odd", "x", "pvd:x"]) {
    assert.equal(accountIn(PASSWD, name), null, name);
  }
});
