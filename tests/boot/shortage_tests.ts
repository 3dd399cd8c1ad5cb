// What the machine lacks: room in /run, polkit. One clear line, in the log and in `pvd status`, nothing
// through the machine's own network, and all is well when it is there again.

import { deepStrictEqual, match, notStrictEqual, ok, strictEqual } from "node:assert/strict";
import { until } from "../lab/lab.ts";
import { ask, type BootLab } from "./boot_lab.ts";
import { restarts } from "./crash_tests.ts";
import { OFFICE, TV } from "./router.ts";

/** As small as what is in it, and the rest filled: a byte more does not fit. The old size comes back with `remount`. */
const FILL_RUN = `findmnt -no OPTIONS /run | grep -oE 'size=[0-9]+k?' > /root/run-size
used=$(df --output=used -k /run | tail -n 1)
mount -o remount,size=$((used + 8))k /run
cat /dev/zero > /run/filler 2> /dev/null
df --output=avail -k /run | tail -n 1`;
const EMPTY_RUN = `mount -o "remount,$(cat /root/run-size)" /run; rm -f /run/filler`;

export function shortageTests(lab: BootLab): void {
  const { machine, router } = lab;

  lab.test("19: /run is full: what is there goes on, a new domain says why it is none, and is made when there is room", async () => {
    const before = await lab.domains(OFFICE);
    const mark = (await machine.check("date +%s.%N")).trim();
    strictEqual((await machine.check(FILL_RUN)).trim(), "0");
    try {
      await router.announce([OFFICE, TV]);
      let problem: string | null = null;
      await until("the new domain has failed", async () => {
        const tv = (await lab.list()).find(({ id }) => id === TV);
        problem = tv?.problem ?? null;
        return tv?.state === "failed";
      });
      match(String(problem), /space|full/i);
      const refused = await machine.console.run(`pvd run ${TV} echo started`);
      ok(refused.status !== 0 && !/^started/m.test(refused.text), refused.text);
      strictEqual(refused.text.trim().split("\n").length, 1, refused.text);
      const old = await machine.console.run(`pvd run ${OFFICE} bash -c '${ask(OFFICE)}'`);
      ok(old.status === 0 || !old.text.includes("2001:db8:"), old.text);
    } finally {
      await machine.check(EMPTY_RUN);
    }
    const after = await lab.domains(OFFICE, TV);
    strictEqual(after.get(OFFICE), before.get(OFFICE));
    strictEqual((await machine.console.run(`pvd run ${TV} bash -c '${ask(TV)}'`)).status, 0);
    const log = await machine.check(`journalctl --no-pager --output=cat --since=@${mark} --unit='pvd-*'`);
    const lines = log.split("\n").filter((line) => /no space left/i.test(line));
    ok(lines.length >= 1, log);
    // Not one for each advertisement.
    ok(new Set(lines).size <= 4 && lines.length <= 8, log);
  });

  lab.test("19: both services start while /run is full, say so once, and need nobody when there is room", async () => {
    const before = await lab.domains(OFFICE, TV);
    const mark = (await machine.check("date +%s.%N")).trim();
    strictEqual((await machine.check(FILL_RUN)).trim(), "0");
    try {
      await machine.check("timeout 60 systemctl restart pvd-helper pvd-broker");
      deepStrictEqual(await lab.domains(OFFICE, TV), before);
      ok((await lab.status()).helper.connected);
    } finally {
      await machine.check(EMPTY_RUN);
    }
    deepStrictEqual(await lab.domains(OFFICE, TV), before);
    strictEqual((await machine.console.run(`pvd run ${OFFICE} bash -c '${ask(OFFICE)}'`)).status, 0);
    // Kept for the next start, and there for the shell to complete: written when it can be.
    for (const file of ["state.json", "domains"]) {
      await until(
        `${file} has both`,
        async () => (await machine.sh(`grep -q ${OFFICE} /run/pvd/${file} && grep -q ${TV} $_`)).status === 0,
        20_000,
      );
    }
    deepStrictEqual(await restarts(lab), ["0", "0"]);
    const log = await machine.check(`journalctl --no-pager --output=cat --since=@${mark} --unit='pvd-*'`);
    const lines = log.split("\n").filter((line) => /no space left/i.test(line));
    ok(lines.length <= 3 && new Set(lines).size === lines.length, log);
  });

  lab.test("a router withdraws a domain: it goes, and so do its namespace and its resolver file", async () => {
    const namespace = (await lab.domains(OFFICE, TV)).get(TV);
    await router.announce([OFFICE]);
    await lab.domains(OFFICE);
    await until(
      "nothing is left of it",
      async () =>
        !(await machine.check("ip netns list; ls /etc/netns")).split(/\s+/).includes(String(namespace)),
    );
  });

  lab.test("polkit is not there: nobody is allowed, in one sentence; with polkit all is as before", async () => {
    await machine.check("systemctl mask --runtime --now polkit 2> /dev/null");
    try {
      const { status, text } = await machine.console.run(`pvd run ${OFFICE} echo started`);
      strictEqual(status, 125, text);
      match(text, /polkit/);
      strictEqual(text.trim().split("\n").length, 1, text);
      notStrictEqual((await machine.console.run("pvd list")).text.indexOf(OFFICE), -1);
    } finally {
      await machine.check("systemctl unmask --runtime polkit 2> /dev/null && systemctl start polkit");
    }
    strictEqual((await machine.console.run(`pvd run ${OFFICE} true`)).status, 0);
  });
}
