import assert from "node:assert/strict";
import { mountPointIn } from "./cgroup.ts";

Deno.test("mountPointIn: the whole unified hierarchy, wherever it is", () => {
  const v1 = "25 20 0:22 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n";
  const v2 = "30 24 0:26 / /sys/fs/cgroup\\040x rw,nosuid shared:4 - cgroup2 cgroup2 rw\n";
  const part = "31 24 0:26 /user.slice /mnt rw - cgroup2 cgroup2 rw\n";
  assert.equal(mountPointIn(v1 + part + v2), "/sys/fs/cgroup x");
  assert.equal(mountPointIn(v1 + part), null);
});
