import assert from "node:assert/strict";
import { inheritedOf, inheritingArgv, limitArguments, openFilesIn, unifiedCgroup } from "./caller.ts";

Deno.test("limitArguments: every limit of /proc/PID/limits is one of prlimit's, numbers and unlimited", () => {
  const text = `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max open files            1024                 1048576              files
Max realtime timeout      unlimited            200000               us
Max something new         1                    2                    bytes
`;
  assert.deepEqual(limitArguments(text), [
    "--cpu=unlimited:unlimited",
    "--rttime=unlimited:200000",
  ]);
  assert.equal(limitArguments(Deno.readTextFileSync("/proc/self/limits")).length, 15);
  assert.deepEqual(openFilesIn(text), { soft: 1024, hard: 1048576 });
});

Deno.test("unifiedCgroup: the unified hierarchy's line, not the others', and nothing outside the namespace", () => {
  assert.equal(
    unifiedCgroup("2:cpu:/a\n0::/user.slice/user-1000.slice/a:b.scope\n"),
    "/user.slice/user-1000.slice/a:b.scope",
  );
  assert.equal(unifiedCgroup("2:cpu:/a\n"), null);
  assert.equal(unifiedCgroup("0::/../../other\n"), null);
});

Deno.test("inheritedOf: a process that has just been started has what this one has, and needs nothing", async () => {
  const child = new Deno.Command("/bin/sleep", { args: ["1000"] }).spawn();
  try {
    const own = inheritedOf(Deno.pid) ?? assert.fail("no /proc");
    const its = inheritedOf(child.pid) ?? assert.fail("no child");
    assert.equal(its.cgroup, own.cgroup);
    assert.equal(its.nice, own.nice);
    assert.deepEqual(inheritingArgv(own, own, "/sys/fs/cgroup"), []);
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
});

Deno.test("inheritedOf: a process that is gone has nothing", () => {
  assert.equal(inheritedOf(0x7fff_fff0), null);
});

Deno.test("inheritingArgv: the caller's cgroup is entered first, where there are cgroups and it is another", () => {
  const own = {
    limits: [],
    openFiles: { soft: 9, hard: 9 },
    nice: 0,
    cgroup: "/system.slice/pvd-helper.service",
  };
  const caller = { limits: [], openFiles: { soft: 1, hard: 2 }, nice: -3, cgroup: "/user.slice" };
  const words = inheritingArgv(own, caller, "/sys/fs/cgroup");
  assert.deepEqual([words[0], ...words.slice(3)], [
    "/bin/sh",
    "/sys/fs/cgroup/user.slice/cgroup.procs",
    ...["/usr/bin/nice", "-n", "-3", "--", "/usr/bin/prlimit", "--nofile=1:2", "--"],
  ]);
  assert.equal(inheritingArgv(own, caller, null)[0], "/usr/bin/nice");
  assert.equal(inheritingArgv(caller, caller, "/sys/fs/cgroup").length, 0);
});
