import assert from "node:assert/strict";
import { isOf } from "./peer.ts";

Deno.test({
  name: "isOf: a process with more than one uid, as of a set-user-ID program, is nobody's",
  ignore: Deno.uid() !== 0,
  async fn() {
    const person = 64_101;
    for (const mixed of [`--ruid=${person}`, `--euid=${person}`]) {
      const child = new Deno.Command("/usr/bin/setpriv", {
        args: [mixed, "/bin/cat"],
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      const [reader, writer] = [child.stdout.getReader(), child.stdin.getWriter()];
      await writer.write(new Uint8Array([1]));
      await reader.read();
      assert.deepEqual([person, 0].map((uid) => isOf({ pid: child.pid, uid })), [false, false], mixed);
      await writer.close();
      await reader.cancel();
      await child.status;
    }
  },
});
