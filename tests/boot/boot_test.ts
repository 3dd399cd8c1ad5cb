// The installed package on a real boot, as one story: an empty machine, installation, use, restarts, attacks, crashes,
// what is full or missing, upgrade, another boot, purge. main.ts starts this in namespaces of its own; the machine is the only one that
// anything is written to.

import { BootLab } from "./boot_lab.ts";
import { attackTests } from "./attack_tests.ts";
import { confinementTests } from "./confinement_tests.ts";
import { crashTests } from "./crash_tests.ts";
import { installTests } from "./install_tests.ts";
import { kernelTests } from "./kernel_tests.ts";
import { limitTests } from "./limit_tests.ts";
import { makeMachineRoot } from "./machine_root.ts";
import { outsideTests } from "./outside_tests.ts";
import { purgeTests } from "./purge_tests.ts";
import { shortageTests } from "./shortage_tests.ts";
import { readStart } from "./start.ts";
import { upgradeTests } from "./upgrade_tests.ts";
import { useTests } from "./use_tests.ts";

const lab = new BootLab(readStart());

Deno.test.beforeAll(async () => {
  await makeMachineRoot(lab.start.root);
  lab.figure(`the machine boots in ${(await lab.machine.switchOn() / 1000).toFixed(1)} s`);
});

Deno.test.afterAll(async () => {
  await lab.router[Symbol.asyncDispose]();
});

const before = installTests(lab);
useTests(lab);
confinementTests(lab);
outsideTests(lab);
attackTests(lab);
limitTests(lab);
crashTests(lab);
shortageTests(lab);
kernelTests(lab);
upgradeTests(lab);
purgeTests(lab, before);
