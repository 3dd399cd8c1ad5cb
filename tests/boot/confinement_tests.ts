// The confinement as it is in force on a booted machine: systemd's own measure, and what the kernel says of both
// processes. That they work under it is what the other tests show.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import type { BootLab } from "./boot_lab.ts";

const UNITS = ["pvd-broker.service", "pvd-helper.service"] as const;
/** What the figures are wished to be; what they are, and why, is in docs/confinement.md, and no test lets them rise. */
const WISHED = { "pvd-broker.service": 2.0, "pvd-helper.service": 4.5 } as const;
const DOCUMENT = new URL("../../docs/confinement.md", import.meta.url);
/** systemd(1)'s own, what the units set, and what the runtime reads; nothing of whoever started anything. */
const VARIABLES =
  /^(PATH|LANG|USER|LOGNAME|HOME|SHELL|INVOCATION_ID|JOURNAL_STREAM|SYSTEMD_EXEC_PID|NOTIFY_SOCKET|WATCHDOG_(PID|USEC)|LISTEN_(FDS|PID|FDNAMES)|MEMORY_PRESSURE_\w+|RUNTIME_DIRECTORY|STATE_DIRECTORY|CONFIGURATION_DIRECTORY|CACHE_DIRECTORY|NO_COLOR|DENO_DIR|DENO_NO_UPDATE_CHECK)$/;

export function confinementTests(lab: BootLab): void {
  const { machine } = lab;
  const pidOf = async (unit: string) => (await machine.check(`systemctl show -P MainPID ${unit}`)).trim();
  const statusOf = async (unit: string, field: string) =>
    (await machine.check(`awk '/^${field}:/ {print $2}' /proc/${await pidOf(unit)}/status`)).trim();

  for (const unit of UNITS) {
    lab.test(`systemd-analyze security ${unit}: no more exposed than docs/confinement.md says`, async () => {
      const row = new RegExp(`^\\| \`${unit}\` +\\| ([\\d.]+)`, "m").exec(Deno.readTextFileSync(DOCUMENT));
      const { stdout } = await machine.sh(`systemd-analyze security --no-pager ${unit}`);
      const exposure = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(stdout)?.[1]);
      lab.figure(`exposure of ${unit}: ${exposure.toFixed(1)} (wished: ${WISHED[unit].toFixed(1)})`);
      ok(exposure <= Number(row?.[1]), stdout);
    });
  }

  lab.test("systemd-analyze verify has nothing to say of the four units", async () => {
    const units = ["pvd-broker.service", "pvd-broker.socket", "pvd-helper.service", "pvd-helper.socket"];
    const { status, stdout, stderr } = await machine.sh(`systemd-analyze verify --man=no ${units.join(" ")}`);
    deepStrictEqual([status, stdout, stderr], [0, "", ""]);
  });

  lab.test("the broker runs as pvd with no capability, and can never get one", async () => {
    strictEqual((await machine.check(`ps -o user= -p ${await pidOf("pvd-broker")}`)).trim(), "pvd");
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
      strictEqual(await statusOf("pvd-broker", set), "0000000000000000", set);
    }
    strictEqual(await statusOf("pvd-broker", "NoNewPrivs"), "1");
    strictEqual(await statusOf("pvd-broker", "Seccomp"), "2");
  });

  lab.test("the helper has the capabilities that its unit names, and no others", async () => {
    const unit = await machine.check("systemctl show -P CapabilityBoundingSet pvd-helper");
    const named = unit.trim().split(/\s+/).map((name) => name.toLowerCase()).sort();
    const count = (set: string) => BigInt(`0x${set}`).toString(2).replaceAll("0", "").length;
    const bits = await statusOf("pvd-helper", "CapBnd");
    // What the machine itself has none of, nobody in it gets.
    const machines = (await machine.check("awk '/^CapBnd/ {print $2}' /proc/1/status")).trim();
    const all = await machine.check("setpriv --dump | sed -n 's/^Capability bounding set: //p'");
    const had = named.filter((name) => all.trim().split(",").includes(name.replace(/^cap_/, "")));
    strictEqual(count(bits), had.length);
    strictEqual(BigInt(`0x${bits}`) & ~BigInt(`0x${machines}`), 0n);
    strictEqual(await statusOf("pvd-helper", "CapEff"), await statusOf("pvd-helper", "CapBnd"));
    strictEqual(await statusOf("pvd-helper", "NoNewPrivs"), "1");
    for (const never of ["cap_sys_module", "cap_sys_rawio", "cap_sys_boot", "cap_mknod", "cap_bpf"]) {
      ok(!named.includes(never), never);
    }
  });

  lab.test("neither can write where it has nothing to write, seen with its own mounts", async () => {
    for (const unit of ["pvd-broker", "pvd-helper"]) {
      const inside = `nsenter --target ${await pidOf(unit)} --mount --`;
      for (const folder of ["/usr/lib/pvd", "/etc", "/home/alice", "/var/cache/pvd"]) {
        const { status } = await machine.sh(`${inside} sh -c 'touch ${folder}/boot-test 2> /dev/null'`);
        strictEqual(status, 1, `${unit} writes to ${folder}`);
        strictEqual((await machine.sh(`test -e ${folder}/boot-test`)).status, 1);
      }
    }
  });

  lab.test("a program in a domain has no capability and no way to new privileges; seccomp leaves it namespaces", async () => {
    const { text } = await machine.console.run(
      "pvd run office.example.org grep -E '^(Cap(Prm|Eff|Bnd|Amb)|NoNewPrivs)' /proc/self/status",
    );
    for (const line of text.trim().split("\n").slice(0, 4)) match(line, /:\s0{16}$/);
    match(text, /NoNewPrivs:\t1/);
    const unshare = await machine.console.run(
      "pvd run office.example.org unshare --user --map-root-user id -u",
    );
    deepStrictEqual([unshare.status, unshare.text.trim()], [0, "0"]);
  });

  lab.test("both run in /, with an environment that systemd and the unit have made alone", async () => {
    for (const unit of ["pvd-broker", "pvd-helper"]) {
      const pid = await pidOf(unit);
      strictEqual((await machine.check(`readlink /proc/${pid}/cwd`)).trim(), "/");
      const names = (await machine.check(`tr '\\0' '\\n' < /proc/${pid}/environ | cut -d= -f1`)).trim().split(
        "\n",
      );
      deepStrictEqual(names.filter((name) => !VARIABLES.test(name)), [], unit);
    }
  });
}
