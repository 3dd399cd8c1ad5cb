// What a program in a PvD keeps in the kernel's keyrings (keyrings(7)) is not for other people's programs. Runs in the
// lab, as alice and bob.

import { deepStrictEqual } from "node:assert/strict";
import { DOCUMENTED_IDS, runAs } from "../lab/lab.ts";
import { underRules } from "../system/polkit_rules.ts";

const ID = DOCUMENTED_IDS.R1.explicit;
const BOTH_MAY = `polkit.addRule(function (action, subject) {
  if (action.id === "net.pvd1.use" && ["alice", "bob"].indexOf(subject.user) >= 0) return polkit.Result.YES;
});
`;
/** Numbers of add_key and keyctl. */
const [ADD, KEYCTL] = Deno.build.arch === "x86_64" ? [248, 250] : [217, 219];

/** "add" puts a key into the session keyring (-3); then it is looked for there (KEYCTL_SEARCH, 10). */
const KEYS = `
import ctypes, sys
call = ctypes.CDLL(None).syscall
if "add" in sys.argv and call(${ADD}, b"user", b"pvd-test", b"secret of alice", 15, -3) < 0:
    sys.exit("no key can be added")
print("found" if call(${KEYCTL}, 10, -3, b"user", b"pvd-test", 0) > 0 else "nothing")
`;

async function inPvd(user: string, ...args: readonly string[]): Promise<string> {
  const argv = ["pvd", "run", ID, "/usr/bin/python3", "-c", KEYS, ...args];
  const { status, stdout, stderr } = await runAs(user, argv);
  return status === 0 ? stdout.trim() : stderr.trim();
}

Deno.test("a program that looks for keys finds none of another person's, nor what an earlier program has left", async () => {
  await underRules(BOTH_MAY, async () => {
    deepStrictEqual(await inPvd("alice", "add"), "found");
    deepStrictEqual(await inPvd("bob"), "nothing");
    deepStrictEqual(await inPvd("alice"), "nothing");
  });
});
