// What the kernel lacks: IPv6, on a link or in all of it, and the kind of interface that the settings ask for. One line
// in the log, the same sentence in `pvd status`, and all is well when it is there again.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { until } from "../lab/lab.ts";
import { ask, type BootLab, SETTINGS } from "./boot_lab.ts";
import { MACHINE_LINK } from "./machine.ts";
import { OFFICE, TV } from "./router.ts";

const DISABLE = `net.ipv6.conf.${MACHINE_LINK}.disable_ipv6`;
const OFF = `IPv6 is switched off (${DISABLE}=1), so no routers are heard; sysctl -w ${DISABLE}=0`;
const NONE =
  "the kernel has no IPv6 (ipv6.disable=1 on its command line, or no module), so no routers are heard";

/** A link for which the kernel has no IPv6, as a kernel without IPv6 has it for every link: its name is that of a folder
 * of settings that is taken (/proc/sys/net/ipv6/conf/all), and the kernel tries again when the MTU is large enough. */
const ADD_LINK = `ip link add spare0 mtu 1200 type veth peer name spare1
ip link set spare0 name all && ip link set all mtu 1500 up && ip link set spare1 mtu 1500 up`;
/** By another name it gets IPv6. */
const MEND_LINK = "ip link set all down && ip link set all name spare0 && ip link set spare0 mtu 1400 up";

/** Why this kernel makes no ipvlan; null: it does. */
function noIpvlan(): string | null {
  const make =
    "ip link add probe0 type veth peer name probe1 && ip link add link probe0 name probe2 type ipvlan";
  const { success, stderr } = new Deno.Command("unshare", { args: ["--net", "sh", "-c", make] }).outputSync();
  return success ? null : new TextDecoder().decode(stderr).trim();
}

export function kernelTests(lab: BootLab): void {
  const { machine, router } = lab;
  const reached = `pvd run ${OFFICE} bash -c '${ask(OFFICE)}'`;
  const linkNamed = async (name: string) => (await lab.status()).links.find((link) => link.name === name);
  const problemIs = (name: string, problem: string | null) =>
    until(
      `pvd status says of ${name}: ${problem}`,
      async () => (await linkNamed(name))?.problem === problem,
      20_000,
    );
  const now = async () => (await machine.check("date +%s.%N")).trim();
  /** The services' lines since then that have this. */
  const said = async (mark: string, what: RegExp) => {
    const log = await machine.check(`journalctl --no-pager --output=cat --since=@${mark} --unit='pvd-*'`);
    return log.split("\n").filter((line) => what.test(line));
  };

  lab.test("the administrator takes IPv6 off the link: pvd says so once, the domain has its own and works on, and routers are heard when it is back", async () => {
    const before = await lab.domains(OFFICE);
    const mark = await now();
    await machine.check(`echo 1 > /proc/sys/net/ipv6/conf/${MACHINE_LINK}/disable_ipv6`);
    try {
      strictEqual(await machine.check(`ip -6 address show dev ${MACHINE_LINK}`), "");
      await problemIs(MACHINE_LINK, OFF);
      strictEqual((await machine.console.run(reached)).status, 0);
      deepStrictEqual(await said(mark, /IPv6/), [`${MACHINE_LINK}: ${OFF}`]);
    } finally {
      await machine.check(`echo 0 > /proc/sys/net/ipv6/conf/${MACHINE_LINK}/disable_ipv6`);
    }
    await problemIs(MACHINE_LINK, null);
    // A domain that it has not had before.
    await router.announce([OFFICE, TV]);
    await lab.domains(OFFICE, TV);
    await router.announce([OFFICE]);
    deepStrictEqual(await lab.domains(OFFICE), before);
    strictEqual((await machine.console.run(reached)).status, 0);
    strictEqual((await said(mark, /IPv6/)).length, 2);
  });

  lab.test("a link for which the kernel has no IPv6: status and log say it once, other links work, and it is heard when it has IPv6", async () => {
    const before = await lab.domains(OFFICE);
    await machine.check(ADD_LINK);
    strictEqual(
      (await machine.sh("test -e /proc/sys/net/ipv6/conf/spare1 -a ! -e /proc/sys/net/ipv6/neigh/all"))
        .status,
      0,
    );
    const links = `sed -i 's/^links = .*/links = ["${MACHINE_LINK}", "all", "spare0"]/' ${SETTINGS}`;
    const mark = await now();
    try {
      await lab.withSettings(links, async () => {
        await problemIs("all", NONE);
        deepStrictEqual([(await linkNamed("all"))?.up, (await linkNamed("all"))?.listening], [true, false]);
        ok((await machine.check("pvd status")).includes(NONE));
        await problemIs(MACHINE_LINK, null);
        deepStrictEqual(await lab.domains(OFFICE), before);
        strictEqual((await machine.console.run(reached)).status, 0);
        deepStrictEqual(await said(mark, /no IPv6/), [`all: ${NONE}`]);
        await machine.check(MEND_LINK);
        await problemIs("spare0", null);
        await until("it is listened to", async () => (await linkNamed("spare0"))?.listening === true);
      });
    } finally {
      await machine.check("ip link delete spare1");
    }
    deepStrictEqual(await lab.domains(OFFICE), before);
  });

  const missing = noIpvlan();
  const ignored = missing === null ? " (not tried: this kernel has ipvlan)" : "";
  lab.test(`the settings ask for ipvlan, which the kernel lacks: one line, list and status name the module, and macvlan works again${ignored}`, async () => {
    if (missing === null) return;
    const sentence = /^this kernel has no ipvlan, .*modprobe ipvlan, kernel option CONFIG_IPVLAN/;
    const before = await lab.domains(OFFICE);
    const mark = await now();
    await lab.withSettings(`sed -i '1i ipvlan_links = ["${MACHINE_LINK}"]' ${SETTINGS}`, async () => {
      let problem = "";
      await until("the domain says why it is none", async () => {
        problem = (await lab.list())[0]?.problem ?? "";
        return sentence.test(problem);
      });
      await problemIs(MACHINE_LINK, problem);
      for (const command of ["status", `show ${OFFICE}`]) {
        match(await machine.check(`pvd ${command}`), /modprobe ipvlan/);
      }
      match(await machine.check("pvd list"), new RegExp(`^${OFFICE} .* failed$`, "m"));
      const { status, text } = await machine.console.run(`pvd run ${OFFICE} echo started`);
      deepStrictEqual([status, text.trim().split("\n").length], [125, 1], text);
      match(text, /modprobe ipvlan/);
      const lines = await said(mark, /no ipvlan/);
      deepStrictEqual(
        [lines.length, lines[0]?.includes("cannot be configured: ")],
        [1, true],
        lines.join("\n"),
      );
    });
    await problemIs(MACHINE_LINK, null);
    deepStrictEqual((await lab.domains(OFFICE)).size, before.size);
    strictEqual((await machine.console.run(reached)).status, 0);
  });
}
