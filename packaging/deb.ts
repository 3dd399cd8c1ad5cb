// The control files of the Debian package: pure but for reading their templates.

import { CODE_CACHE } from "./paths.ts";
import type { Architecture, Form } from "./paths.ts";
import { programArgv } from "./programs.ts";

const DEBIAN = new URL("./debian/", import.meta.url);

export const CONFFILES = ["/etc/pvd/pvd.toml"];

const MAINTAINER = "the pvd authors <maintainers@users.noreply.r-seed-4e939aa8.example>";

/** What the programs call, beside what every Debian has (setpriv, prlimit, env, nice). */
const DEPENDS = [
  "libc6 (>= 2.36)",
  "libgcc-s1",
  "systemd (>= 250)",
  "default-dbus-system-bus | dbus-system-bus",
  "polkitd | policykit-1",
];

export interface Package {
  readonly version: string;
  readonly architecture: Architecture;
  readonly form: Form;
  readonly installedKiB: number;
}

/** deb-control(5) */
export function controlFile({ version, architecture, installedKiB }: Package): string {
  return `Package: pvd
Version: ${version}
Architecture: ${architecture}
Maintainer: ${MAINTAINER}
Installed-Size: ${installedKiB}
Depends: ${DEPENDS.join(", ")}
Recommends: ca-certificates
Suggests: iproute2
Section: net
Priority: optional
Description: start programs in one network of several
 A provisioning domain (PvD, RFC 7556 and RFC 8801) is one coherent set of
 network configuration: prefixes, routers, routes, resolvers. A machine is often
 offered several at once.
 .
 pvd hears routers announce them, keeps each in a network namespace of its own,
 and runs unmodified programs there, or opens single sockets for them, without
 sudo and without touching the rest of the machine's network. polkit decides who
 may.
`;
}

/** deb-changelog(5), of a package that is made from its own source. */
export function changelog({ version }: Package, date: string): string {
  return `pvd (${version}) unstable; urgency=medium

  * Built from the source of this version; see its history there.

 -- ${MAINTAINER}  ${date}
`;
}

/** The time as deb-changelog(5) wants it. */
export function changelogDate(ms: number): string {
  return new Date(ms).toUTCString().replace("GMT", "+0000");
}

export function copyright(license: string): string {
  const indented = license.trim().split("\n").slice(4).map((line) => line.trim() === "" ? " ." : ` ${line}`);
  return read("copyright").replace(/@LICENSE@/, indented.join("\n"));
}

export function lintianOverrides(): string {
  return read("lintian-overrides");
}

/** postinst, prerm, postrm by name (deb-postinst(5)). */
export function maintainerScripts({ architecture, form }: Package): ReadonlyMap<string, string> {
  const helper = programArgv(form, "helper", architecture).join(" ");
  return new Map(["postinst", "prerm", "postrm"].map((name) => {
    return [name, read(name).replace(/@HELPER@/, () => helper).replaceAll("/var/cache/pvd", CODE_CACHE)];
  }));
}

function read(name: string): string {
  return Deno.readTextFileSync(new URL(name, DEBIAN));
}
