// Services that are killed in the middle of their work, and services that hang: systemd starts them again, and what is
// there afterwards is what a fresh start would have. The lab tries more moments of it (tests/system/crash_steps_test.ts).

import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { until } from "../lab/lab.ts";
import { ask, type BootLab } from "./boot_lab.ts";
import { type DomainName, OFFICE, TV } from "./router.ts";

const UNITS = ["pvd-helper", "pvd-broker"] as const;
/** From the word to the router to the signal; it speaks and the domain is made, or removed, in this time. */
const DELAYS_MS = [0, 15, 30, 60];
/** In place of half a minute. */
const WATCHDOG_S = 2;
/** A broker that was killed before it heard or kept that a domain was withdrawn has it until it is told again. */
const SAY_AGAIN_MS = 4_000, SAY_AGAIN_TIMES = 4;

/** What domains have outside of themselves: names, resolver files, records; and the machine's own interfaces. */
const TRACES = "cd /run && ls -A netns /etc/netns pvd-helper/domains && ip -brief link | cut -d' ' -f1";

export function crashTests(lab: BootLab): void {
  const { machine, router } = lab;
  const show = async (unit: string, property: string) =>
    (await machine.check(`systemctl show -P ${property} ${unit}`)).trim();
  const handles = (text: string) => new Set(text.match(/mifpvd-\d+/g));

  /** The namespaces by id, as soon as these domains and no others are ready; the router says so again until then. */
  const settled = async (names: readonly DomainName[], when: string) => {
    for (let time = 0; time < SAY_AGAIN_TIMES; time++) {
      const end = performance.now() + SAY_AGAIN_MS;
      while (performance.now() < end) {
        const found = await lab.list();
        const ready = found.filter(({ state }) => state === "ready").map(({ id }) => id);
        if (found.length === ready.length && ready.sort().join() === [...names].sort().join()) {
          return new Map(found.map(({ id, namespace }) => [id, namespace]));
        }
        await pause(50);
      }
      await router.announce(names.length === 1 ? [OFFICE, TV] : [OFFICE]);
      await pause(500);
      await router.announce(names);
    }
    throw new Error(`not as announced: ${when}`);
  };

  for (const unit of UNITS) {
    lab.test(`19: ${unit} is killed while a domain is made and while it is removed: systemd starts it, nothing is left over`, async () => {
      const office = (await lab.domains(OFFICE)).get(OFFICE);
      const before = await machine.check(TRACES);
      deepStrictEqual([...handles(before)], [office]);
      const tries: readonly (readonly DomainName[])[] = [[OFFICE, TV], [OFFICE]];
      try {
        for (const ms of DELAYS_MS) {
          for (const names of tries) {
            const when = `[${names.join(", ")}], killed after ${ms} ms`;
            await router.announce(names);
            await pause(ms);
            await machine.check(`systemctl kill --signal=KILL ${unit}`);
            const domains = await settled(names, when);
            strictEqual(domains.get(OFFICE), office, when);
            const own = [...domains.values()].sort();
            let found = "";
            await until("nothing else is left", async () => {
              found = await machine.check(TRACES);
              return [...handles(found)].sort().join() === own.join();
            }).catch(() => deepStrictEqual([...handles(found)].sort(), own, when));
            if (names.length === 1) strictEqual(found, before, when);
          }
        }
      } finally {
        await router.announce([OFFICE]);
      }
      strictEqual((await machine.console.run(`pvd run ${OFFICE} bash -c '${ask(OFFICE)}'`)).status, 0);
      strictEqual(await machine.check("systemctl --failed --no-legend"), "");
    });
  }

  lab.test("a service that hangs is started anew by systemd's watchdog, and one that works is not", async () => {
    const domains = await lab.domains(OFFICE);
    const folders = UNITS.map((unit) => `/run/systemd/system/${unit}.service.d`);
    for (const folder of folders) {
      await machine.check(
        `mkdir -p ${folder} && printf '[Service]\nWatchdogSec=${WATCHDOG_S}\n' > ${folder}/watchdog.conf`,
      );
    }
    try {
      await machine.check(`systemctl daemon-reload && systemctl restart ${UNITS.join(" ")}`);
      for (const [index, unit] of UNITS.entries()) {
        const pid = await show(unit, "MainPID");
        await machine.check(`kill -STOP ${pid}`);
        await until(`${unit} is another process`, async () => {
          const now = await show(unit, "MainPID");
          return now !== pid && now !== "0" && await show(unit, "ActiveState") === "active";
        }, 20_000);
        // The other one has reported all the time: systemd has started none but those that hung.
        const restarts = await Promise.all(UNITS.map((each) => show(each, "NRestarts")));
        deepStrictEqual(restarts, UNITS.map((_, other) => other <= index ? "1" : "0"));
      }
    } finally {
      await machine.check(
        `rm -r ${folders.join(" ")}; systemctl daemon-reload; systemctl restart ${UNITS.join(" ")}`,
      );
    }
    deepStrictEqual(await lab.domains(OFFICE), domains);
    strictEqual((await machine.console.run(`pvd run ${OFFICE} true`)).status, 0);
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** How often systemd has started each service by itself since it was last started by somebody. */
export async function restarts({ machine }: BootLab): Promise<readonly string[]> {
  return (await machine.check(`systemctl show -P NRestarts ${UNITS.join(" ")}`)).trim().split(/\s+/);
}
