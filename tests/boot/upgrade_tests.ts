// A newer package over the installed one while people work, and the machine switched off and on again.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { until } from "../lab/lab.ts";
import { ask, type BootLab, WORK_THERE } from "./boot_lab.ts";
import { restarts } from "./crash_tests.ts";
import { MACHINE_LINK } from "./machine.ts";
import { OFFICE } from "./router.ts";

/** What a person does not want to read after a shutdown. */
const UNCLEAN = /timed out|timeout|SIGKILL|Failed with result|core-dump|Dependency failed/i;

export function upgradeTests(lab: BootLab): void {
  const { machine, router, start } = lab;

  lab.test("an upgrade keeps domains, running programs and the administrator's settings, and runs the new version", async () => {
    const before = await lab.domains(OFFICE);
    const pid = async (unit: string) => (await machine.check(`systemctl show -P MainPID ${unit}`)).trim();
    const old = [await pid("pvd-broker"), await pid("pvd-helper")];
    await machine.console.run(`pvd run ${OFFICE} sleep 3600 & sleeper=$!`);
    await until("it runs", async () => (await machine.sh("pgrep -u alice -x sleep")).status === 0);
    const sleeper = await machine.check("pgrep -u alice -x sleep");
    const deb = `${WORK_THERE}/${start.packages.second.split("/").at(-1)}`;
    await machine.check(`DEBIAN_FRONTEND=noninteractive apt-get install --yes ${deb}`);
    strictEqual(await machine.check("dpkg-query -W -f '${Version}' pvd"), start.packages.secondVersion);
    deepStrictEqual(await lab.domains(OFFICE), before);
    strictEqual(await machine.check("pgrep -u alice -x sleep"), sleeper);
    for (const [index, unit] of ["pvd-broker", "pvd-helper"].entries()) {
      ok(await pid(unit) !== old[index], `${unit} is still the old process`);
    }
    match(await machine.check("cat /etc/pvd/pvd.toml"), new RegExp(`^links = \\["${MACHINE_LINK}"\\]$`, "m"));
    strictEqual(await machine.check("systemctl --failed --no-legend"), "");
    strictEqual((await machine.console.run(`pvd run ${OFFICE} true`)).status, 0);
  });

  lab.test("the same package again changes nothing: maintainer scripts may run twice", async () => {
    const before = await lab.domains(OFFICE);
    const deb = `${WORK_THERE}/${start.packages.second.split("/").at(-1)}`;
    await machine.check(`DEBIAN_FRONTEND=noninteractive apt-get install --yes --reinstall ${deb}`);
    await machine.check("for step in 1 2; do /var/lib/dpkg/info/pvd.postinst configure ''; done");
    deepStrictEqual(await lab.domains(OFFICE), before);
    strictEqual(await machine.check("dpkg --audit; systemctl --failed --no-legend"), "");
  });

  lab.test("the machine shuts down in order while a program runs in a domain: nothing fails, nothing is waited for", async () => {
    strictEqual((await machine.sh("pgrep -u alice -x sleep")).status, 0);
    strictEqual(await machine.check("systemctl --failed --no-legend"), "");
    const boot = (await machine.check("cat /proc/sys/kernel/random/boot_id")).trim().replaceAll("-", "");
    await router.stop();
    lab.figure(`the machine shuts down in ${(await machine.switchOff() / 1000).toFixed(1)} s`);
    lab.figure(`with pvd it boots in ${(await machine.switchOn() / 1000).toFixed(1)} s`);
    const log = await machine.check(`journalctl --no-pager --output=short --boot=${boot}`);
    const from = log.lastIndexOf("System is powering down");
    const end = log.slice(Math.max(from, 0));
    ok(from >= 0 || log.includes("pvd-broker"), log.slice(-3000));
    deepStrictEqual(end.split("\n").filter((line) => UNCLEAN.test(line)), []);
    match(
      end,
      /Stopped pvd-broker\.service[^]*Stopped pvd-helper\.service|Stopped pvd-helper\.service[^]*Stopped pvd-broker\.service/,
    );
  });

  lab.test("after the boot the sockets listen, the broker runs, and the person at the console has the domain again", async () => {
    await machine.check(`ip link set lo up && ip link set ${MACHINE_LINK} up`);
    strictEqual(
      await machine.check("systemctl is-active pvd-broker.socket pvd-helper.socket pvd-broker.service"),
      "active\nactive\nactive\n",
    );
    await router.announce([OFFICE]);
    await lab.domains(OFFICE);
    const { status, text } = await machine.console.run(`pvd run ${OFFICE} bash -c '${ask(OFFICE)}'`);
    strictEqual(status, 0, text);
    strictEqual(await machine.check("systemctl --failed --no-legend"), "");
    // Nothing has ended either since, and no watchdog has.
    deepStrictEqual(await restarts(lab), ["0", "0"]);
  });
}
