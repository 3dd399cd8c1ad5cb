// The package goes: what it made goes with it, and nothing else; removed is not purged.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { BootLab } from "./boot_lab.ts";
import { difference, type Inventory, takeInventory } from "./inventory.ts";
import { OFFICE } from "./router.ts";

export function purgeTests(lab: BootLab, before: () => Inventory): void {
  const { machine } = lab;

  lab.test("`apt remove` ends services and domains, and keeps the administrator's settings", async () => {
    await lab.domains(OFFICE);
    // An administrator's own, with a name that looks like ours: nobody may take it away.
    await machine.check(
      "ip netns add mifpvd-777 && mkdir -p /etc/netns/mine && echo '# mine' > /etc/netns/mine/resolv.conf",
    );
    await machine.check("DEBIAN_FRONTEND=noninteractive apt-get remove --yes pvd");
    strictEqual((await machine.sh("ps -eo args= | grep '[/]usr/lib/pvd/'")).stdout, "");
    strictEqual((await machine.check("ip netns list")).trim(), "mifpvd-777");
    strictEqual((await machine.check("ls /etc/netns")).trim(), "mine");
    match(await machine.check("cat /etc/pvd/pvd.toml"), /^links = /m);
    strictEqual((await machine.sh("systemctl is-active pvd-broker.socket pvd-helper.socket")).status, 3);
    strictEqual(await machine.check("systemctl --failed --no-legend"), "");
  });

  lab.test("installed again after that, the old settings hold", async () => {
    await machine.check(`DEBIAN_FRONTEND=noninteractive apt-get install --yes /mnt/boot-work/first.deb`);
    // Before anybody calls it.
    strictEqual(await machine.check("systemctl is-active pvd-broker.service"), "active\n");
    await lab.domains(OFFICE);
    strictEqual((await machine.console.run(`pvd run ${OFFICE} true`)).status, 0);
  });

  lab.test("`apt purge` leaves nothing: files, users, units, namespaces, links, mounts as before the installation", async () => {
    await machine.check("DEBIAN_FRONTEND=noninteractive apt-get purge --yes pvd");
    match(await machine.check("ip netns list; cat /etc/netns/mine/resolv.conf"), /^mifpvd-777\n# mine$/m);
    await machine.check(
      "ip netns delete mifpvd-777; rm -r /etc/netns; rmdir /run/netns 2> /dev/null || umount /run/netns && rmdir /run/netns",
    );
    const left = difference(before(), await takeInventory(machine));
    deepStrictEqual(left, []);
    strictEqual((await machine.sh("dpkg-query -W pvd")).status, 1);
    await machine.check("dpkg --audit && systemctl daemon-reload");
    strictEqual(await machine.check("systemctl --failed --no-legend"), "");
  });

  lab.test("without pvd the machine shuts down in order", async () => {
    const ms = await lab.machine.switchOff();
    ok(ms < 60_000);
  });
}
