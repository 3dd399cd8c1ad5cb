// Somebody who starts pvd with a library of his own for the dynamic linker, or with no arguments at all, not even its
// name: nothing of his ever runs as root. Runs in the lab, as alice.

import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { DOCUMENTED_IDS, run, runAs } from "../lab/lab.ts";
import { findUser } from "../lab/users.ts";

const ID = DOCUMENTED_IDS.R1.explicit;
const FOLDER = "/run/lab/library";
const LIBRARY = `${FOLDER}/euid.so`;
const EUIDS = `${FOLDER}/euids`;
/** Notes as whom it was loaded. `la_version` makes it one that LD_AUDIT takes (rtld-audit(7)). */
const SOURCE = `
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
unsigned la_version(unsigned version) { return version; }
__attribute__((constructor)) static void note(void) {
  int fd = open("${EUIDS}", O_WRONLY | O_APPEND | O_CLOEXEC);
  if (fd >= 0) { dprintf(fd, "%d\\n", (int) geteuid()); close(fd); }
}
`;

for (const variable of ["LD_PRELOAD", "LD_AUDIT"]) {
  Deno.test(`start: a library by ${variable} is loaded by the person's programs alone, and the program has the variable`, async () => {
    Deno.mkdirSync(FOLDER, { recursive: true });
    Deno.chmodSync(FOLDER, 0o755);
    try {
      Deno.writeTextFileSync(`${FOLDER}/euid.c`, SOURCE);
      const built = await run(["gcc", "-shared", "-fPIC", "-o", LIBRARY, `${FOLDER}/euid.c`]);
      strictEqual(built.status, 0, built.stderr);
      Deno.writeTextFileSync(EUIDS, "");
      Deno.chmodSync(EUIDS, 0o666);
      const euids = () => Deno.readTextFileSync(EUIDS).trimEnd().split("\n");
      // Not for what makes the test alice: that is root's.
      const started = ["env", `${variable}=${LIBRARY}`, "pvd", "run", ID];
      const { status, stdout, stderr } = await runAs("alice", [...started, "printenv", variable]);
      deepStrictEqual([status, stdout], [0, `${LIBRARY}\n`], stderr);
      const before = euids();
      deepStrictEqual([...new Set(before)], [String(findUser("alice").uid)]);
      // The programs in the PvD note themselves too: so would those of root's on the way there.
      const more = await runAs("alice", [...started, "sh", "-c", "/bin/true; /bin/true; /bin/true"]);
      strictEqual(more.status, 0, more.stderr);
      deepStrictEqual([...new Set(euids())], [String(findUser("alice").uid)]);
      ok(euids().length > 2 * before.length, euids().join());
    } finally {
      Deno.removeSync(FOLDER, { recursive: true });
    }
  });
}

Deno.test("start: without any argument, not even a name, pvd says what it is used for", async () => {
  const script = "import ctypes; ctypes.CDLL(None).execve(b'/usr/bin/pvd', (ctypes.c_char_p * 1)(None), " +
    "(ctypes.c_char_p * 2)(b'PATH=/usr/bin:/bin', None))";
  const none = await runAs("alice", ["/usr/bin/python3", "-c", script]);
  deepStrictEqual(none, await runAs("alice", ["pvd"]));
  ok(none.stdout.length + none.stderr.length > 0);
});
