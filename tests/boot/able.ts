// Whether a machine can be booted here at all: a build machine may have no mirror of Debian's, or be a container that
// may not start another. Starts systemd-nspawn(1) once.

import { UNIFIED } from "./machine.ts";
import { inCgroups } from "./traces.ts";

/** Why nothing can be booted. Nothing of pvd's was tried then. */
export class CannotBoot extends Error {
  override readonly name = "CannotBoot";
}

/** As test drivers know it for "left out" (automake). */
export const EXIT_LEFT_OUT = 77;
const PATIENCE_S = 30;

/** Tries it in the cgroups and with the hierarchy that the machine will have. Throws CannotBoot with nspawn's words where
 * it cannot start as much as true(1). */
export async function startsContainers(root: string, cgroups: readonly string[]): Promise<void> {
  const [program = "", ...join] = inCgroups(cgroups);
  const { success, stderr } = await new Deno.Command(program, {
    args: [
      ...[...join, "env", UNIFIED, "timeout", `${PATIENCE_S}`],
      ...["systemd-nspawn", "--quiet", `--directory=${root}`, "--read-only"],
      ...["--machine=pvd-boot-probe", "--register=no", "--keep-unit", "--settings=no", "--link-journal=no"],
      ...["--resolv-conf=off", "--timezone=off", "--private-network", "--console=pipe", "/bin/true"],
    ],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  if (success) return;
  const words = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
  throw new CannotBoot(`systemd-nspawn cannot start anything here: ${words}`);
}

/** What `make` gives; CannotBoot in place of what it throws. */
export async function orCannotBoot<T>(make: () => T | Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (error) {
    throw new CannotBoot(error instanceof Error ? error.message : String(error));
  }
}
