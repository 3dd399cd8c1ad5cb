// The package comes onto a running machine: what it depends on, what runs afterwards, how long the first command takes.

import { match, ok, strictEqual } from "node:assert/strict";
import type { BootLab } from "./boot_lab.ts";
import { WORK_THERE } from "./boot_lab.ts";
import { MACHINE_LINK } from "./machine.ts";
import { type Inventory, takeInventory } from "./inventory.ts";
import { OFFICE } from "./router.ts";

/** What the broker's settings say afterwards: the machine's link is none that it would hear by itself, since veth(4) is
 * what containers have. */
const SETTING = `links = ["${MACHINE_LINK}"]`;

/** Gives what was there before the installation, once that test has run. */
export function installTests(lab: BootLab): () => Inventory {
  const { machine, router, start } = lab;
  let before: Inventory | null = null;
  const deb = `${WORK_THERE}/first.deb`;

  lab.test("the machine boots without pvd, and alice at its console is at the seat and active", async () => {
    const shown = await machine.console.run(
      "loginctl show-session $XDG_SESSION_ID -p Seat -p Active -p Remote",
    );
    match(shown.text, /Seat=seat0\n[^]*Remote=no\n[^]*Active=yes/);
    strictEqual((await machine.sh("command -v pvd")).status, 1);
    Deno.copyFileSync(start.packages.first, `${start.work}/first.deb`);
    await machine.check(`ip link set lo up && ip link set ${MACHINE_LINK} up`);
    before = await takeInventory(machine);
  });

  lab.test("Debian has every package that pvd depends on, seen from a system without any", async () => {
    const plan = await machine.check(
      `apt-get --simulate -o Dir::State::status=/dev/null --no-install-recommends install ${deb}`,
    );
    for (const name of ["systemd", "dbus", "polkitd", "pvd"]) match(plan, new RegExp(`^Inst ${name} `, "m"));
  });

  lab.test("apt installs the package: sockets listen, the broker is on the bus, no unit has failed", async () => {
    const began = performance.now();
    await machine.check(`DEBIAN_FRONTEND=noninteractive apt-get install --yes ${deb}`);
    lab.figure(`installed in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    const active = await machine.check(
      "systemctl is-active pvd-broker.socket pvd-helper.socket pvd-broker.service",
    );
    strictEqual(active, "active\nactive\nactive\n");
    await machine.check("busctl --system status net.pvd1 > /dev/null");
    strictEqual(await machine.check("systemctl --failed --no-legend"), "");
    strictEqual((await machine.check("dpkg --verify pvd")).trim(), "");
    await machine.check("dpkg --audit && apt-get check --quiet=2");
  });

  lab.test("the administrator names a link in the settings, and a router's domain is there", async () => {
    await machine.check(`echo '${SETTING}' >> /etc/pvd/pvd.toml && systemctl restart pvd-broker`);
    await router.announce([OFFICE]);
    await lab.domains(OFFICE);
    ok((await lab.status()).helper.connected);
  });

  lab.test("man pages and completions are where the system looks for them", async () => {
    for (const page of ["man1/pvd.1.gz", "man5/pvd.toml.5.gz", "man5/pvd-advertise.toml.5.gz"]) {
      await machine.check(`gzip --test /usr/share/man/${page}`);
    }
    await machine.check("test -s /usr/share/bash-completion/completions/pvd && bash -n $_");
    // By what zsh and fish read in them: neither shell is on this machine.
    await machine.check("grep -qx '#compdef pvd' /usr/share/zsh/vendor-completions/_pvd");
    await machine.check("grep -q '^complete -c pvd ' /usr/share/fish/vendor_completions.d/pvd.fish");
  });

  return () => {
    if (before === null) throw new Error("what was there before the installation is not known");
    return before;
  };
}
