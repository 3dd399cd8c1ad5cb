// What the outer process tells the tests, and what both need from the system. Types and names only.

import { LAB_NEEDS } from "../lab/packages.ts";
import type { Packages } from "./deb.ts";

/** The environment variable that carries Start as JSON. */
export const START_VARIABLE = "PVD_BOOT_TEST";

/** Files in the folder of this run, because the test runner keeps what tests print: what they have measured, a line
 * each, and what the machine's services said before a test failed. */
export const FIGURES = "figures.txt";
export const FAILURES = "failures.txt";

export interface Start {
  /** Debian's root folder, which is only read. */
  readonly root: string;
  /** A folder for this run, gone afterwards. */
  readonly work: string;
  readonly packages: Packages;
  /** Folders of cgroups(7) that the machine's processes join. */
  readonly cgroups: readonly string[];
}

/** Programs and files, with the Debian packages they are in. */
export const BOOT_NEEDS = [
  ...LAB_NEEDS.filter(({ debianPackage }) => debianPackage !== "dbus" && debianPackage !== "polkitd"),
  { program: "debootstrap", debianPackage: "debootstrap" },
  {
    program: "/usr/share/keyrings/debian-archive-keyring.gpg",
    debianPackage: "debian-archive-keyring",
  },
  { program: "systemd-nspawn", debianPackage: "systemd-container" },
  { program: "script", debianPackage: "bsdutils" },
  { program: "dpkg-deb", debianPackage: "dpkg" },
];

/** Read once. Throws Error where the tests were not started by main.ts. */
export function readStart(): Start {
  const text = Deno.env.get(START_VARIABLE);
  if (text === undefined) {
    throw new Error(
      "these tests boot a machine in namespaces of their own: run `deno task test:boot` as root",
    );
  }
  const start: Start = JSON.parse(text);
  return start;
}
