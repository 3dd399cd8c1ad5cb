import assert from "node:assert/strict";
import { accept, closeAll, connectUnix, listenUnix } from "../lib/linux/socket.ts";
import { peerCredentials } from "../lib/linux/peer.ts";
import { inheritedFrom, inheritedOf, inheritingArgv, limitArguments, openFilesIn } from "./caller.ts";

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
  assert.deepEqual([words[0], ...words.slice(4)], [
    "/bin/sh",
    "/sys/fs/cgroup/user.slice",
    ...["/usr/bin/nice", "-n", "-3", "--", "/usr/bin/prlimit", "--nofile=1:2", "--"],
  ]);
  assert.equal(inheritingArgv(own, caller, null)[0], "/usr/bin/nice");
  assert.equal(inheritingArgv(caller, caller, "/sys/fs/cgroup").length, 0);
});

Deno.test("inheritedFrom: a client that has executed a set-user-ID program lends nothing, one that is its person does", async () => {
  const folder = Deno.makeTempDirSync();
  const listener = listenUnix(`${folder}/s`, 0o600);
  const client = connectUnix(`${folder}/s`);
  const accepted = accept(listener) ?? assert.fail("nobody connected");
  try {
    const { pid, uid } = peerCredentials(accepted);
    assert.ok(inheritedFrom(accepted, { pid, uid }).limits.length > 0);
    // As after execve(2) of a set-user-ID program: the socket says one uid, and not all of the process's are that.
    assert.throws(() => inheritedFrom(accepted, { pid, uid: uid + 1 }), /set-user-ID program/);
    closeAll([client]);
  } finally {
    closeAll([listener, accepted]);
    await Deno.remove(folder, { recursive: true });
  }
});
