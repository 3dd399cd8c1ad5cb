import assert from "node:assert/strict";
import { mountPoints, MountTable, outermostBelow } from "./mount_table.ts";

const MOUNTINFO = `21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 21 0:25 / /run rw,nosuid shared:5 - tmpfs tmpfs rw
44 21 8:1 /hosts /etc/hosts rw - ext4 /dev/sda1 rw
45 21 0:40 / /etc/a\\040b\\134 rw - tmpfs x rw
46 45 0:41 / /etc/a\\040b\\134/inner rw - tmpfs x rw
47 21 0:41 / /etc.d rw - tmpfs x rw
48 44 0:41 / /etc/hosts rw - tmpfs x rw
`;

Deno.test("mountPoints: each once, with their octal escapes undone", () => {
  assert.deepEqual(mountPoints(MOUNTINFO), [
    "/",
    "/run",
    "/etc/hosts",
    "/etc/a b\\",
    "/etc/a b\\/inner",
    "/etc.d",
  ]);
});

Deno.test("outermostBelow: what lies below a folder, not what only begins like it, and nothing twice", () => {
  assert.deepEqual(outermostBelow(mountPoints(MOUNTINFO), "/etc"), ["/etc/a b\\", "/etc/hosts"]);
});

Deno.test("MountTable: tells the mount points of this process", () => {
  const table = new MountTable("/proc/self/mountinfo");
  try {
    assert.ok(table.points().includes("/proc"));
    assert.equal(table.points(), table.points(), "nothing changed, so nothing is read again");
  } finally {
    table.close();
  }
});
