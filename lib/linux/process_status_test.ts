import assert from "node:assert/strict";
import { allSessions, isLiving, niceOf } from "./process.ts";
import { allProcesses, processStatus } from "./process_status.ts";

const NOBODY = 0x7fff_fff0;

Deno.test("processStatus: state, parent, group and session are those that ps shows, and of a pid not used there are none", async () => {
  const child = new Deno.Command("/usr/bin/setsid", { args: ["/bin/cat"], stdin: "piped" }).spawn();
  while ((await Deno.readTextFile(`/proc/${child.pid}/comm`)) !== "cat\n");
  const { stdout } = await new Deno.Command("/bin/ps", {
    args: ["-o", "pid=,state=,ppid=,pgid=,sid=", "-p", `${child.pid}`],
  }).output();
  const [pid, state, parent, group, session] = new TextDecoder().decode(stdout).trim().split(/\s+/);
  const status = processStatus(child.pid);
  assert.deepEqual(
    [status?.pid, status?.parent, status?.group, status?.session],
    [pid, parent, group, session].map(Number),
  );
  assert.equal(status?.state, state);
  assert.ok(allProcesses().some((each) => each.pid === child.pid));
  await child.stdin.close();
  await child.status;
  assert.equal(processStatus(NOBODY), null);
});

Deno.test("allSessions: every process with the session that it is in", () => {
  const sessions = new Map(allSessions().map(({ pid, session }) => [pid, session]));
  assert.equal(sessions.get(Deno.pid), processStatus(Deno.pid)?.session);
  assert.ok(sessions.size > 1);
});

Deno.test("niceOf and isLiving: of this process, of a nice one, and of a pid that is not used", async () => {
  const child = new Deno.Command("/usr/bin/nice", { args: ["-n", "5", "/bin/cat"], stdin: "piped" }).spawn();
  while ((await Deno.readTextFile(`/proc/${child.pid}/comm`)) !== "cat\n");
  const mine = niceOf(Deno.pid) ?? assert.fail("no niceness");
  assert.equal(niceOf(child.pid), Math.min(mine + 5, 19));
  assert.deepEqual([isLiving(child.pid), isLiving(NOBODY), niceOf(NOBODY)], [true, false, null]);
  await child.stdin.close();
  await child.status;
  assert.equal(isLiving(child.pid), false);
});
