// Tests of what is built: the package, its tree, its units, and the refusals of the compiled form. Run as
// `deno run -A tests/packaging/main.ts`; needs no root and no lab. Installs lintian and systemd where they are missing
// and this is root.

import { install } from "../lab/packages.ts";

export const PACKAGING_NEEDS = [
  { program: "dpkg-deb", debianPackage: "dpkg" },
  { program: "lintian", debianPackage: "lintian" },
  { program: "systemd-analyze", debianPackage: "systemd" },
];

if (import.meta.main) {
  if (Deno.uid() === 0) install(PACKAGING_NEEDS, console.error);
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["test", "--quiet", "--no-check", "--allow-all", new URL("./", import.meta.url).pathname],
    stdin: "null",
  }).spawn().status;
  Deno.exit(success ? 0 : 1);
}
