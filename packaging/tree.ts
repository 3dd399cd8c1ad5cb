// The whole tree of an installed system, below a root folder: programs, runtime, units, policies, documents. The .deb
// and the tarball are made of it. Reads the project and a build; writes below that folder.

import { generate } from "./generate.ts";
import { copy, installPrograms, SERVICE_VARIABLES, write } from "./install_programs.ts";
import { type Architecture, DOCUMENTS, type Form, INSTALLED_DENO } from "./paths.ts";
import { programArgv } from "./programs.ts";

const PROJECT = new URL("..", import.meta.url).pathname;
const UNITS = "/usr/lib/systemd/system";

/** What is installed as it is: from, below the project, and to. */
const FILES: readonly (readonly [from: string, to: string])[] = [
  ["packaging/systemd/pvd-broker.socket", `${UNITS}/pvd-broker.socket`],
  ["packaging/systemd/pvd-helper.socket", `${UNITS}/pvd-helper.socket`],
  ["packaging/sysusers/pvd.conf", "/usr/lib/sysusers.d/pvd.conf"],
  ["packaging/tmpfiles/pvd.conf", "/usr/lib/tmpfiles.d/pvd.conf"],
  ["packaging/dbus/net.pvd1.conf", "/usr/share/dbus-1/system.d/net.pvd1.conf"],
  ["packaging/dbus/net.pvd1.service", "/usr/share/dbus-1/system-services/net.pvd1.service"],
  [
    "packaging/dbus/org.freedesktop.PvDManager.service",
    "/usr/share/dbus-1/system-services/org.freedesktop.PvDManager.service",
  ],
  ["polkit/net.pvd1.policy", "/usr/share/polkit-1/actions/net.pvd1.policy"],
  ["packaging/network/NetworkManager.conf", "/usr/lib/NetworkManager/conf.d/10-pvd.conf"],
  ["packaging/network/systemd.network", "/usr/lib/systemd/network/10-pvd.network"],
  ["README.md", `${DOCUMENTS}/README.md`],
  ["SECURITY.md", `${DOCUMENTS}/SECURITY.md`],
  // The documents link to it; Debian's own place for it is `copyright`.
  ["LICENSE", `${DOCUMENTS}/LICENSE`],
  ["examples/README.md", `${DOCUMENTS}/examples/README.md`],
  ["examples/c/Makefile", `${DOCUMENTS}/examples/c/Makefile`],
];

/** Folders whose files are installed as they are, where they end so: sources, and nothing that was made of them. */
const FOLDERS: readonly (readonly [from: string, endings: readonly string[], to: string])[] = [
  ["polkit/examples", [".rules"], `${DOCUMENTS}/examples/polkit`],
  ["docs", [".md"], `${DOCUMENTS}/docs`],
  ["docs/schema", [".json"], `${DOCUMENTS}/docs/schema`],
  ["examples/c", [".c", ".h"], `${DOCUMENTS}/examples/c`],
  ["examples/python", [".py"], `${DOCUMENTS}/examples/python`],
  ["examples/typescript", [".ts"], `${DOCUMENTS}/examples/typescript`],
];

/** What generate.ts makes, and where it goes; everything else of it is below /usr/share. */
const SETTINGS = "/etc/pvd/pvd.toml";

export interface Tree {
  readonly root: string;
  readonly form: Form;
  readonly architecture: Architecture;
  /** Where bundlePrograms or compilePrograms has put them. */
  readonly build: string;
  /** The Deno to package; null in the compiled form, and where a distribution has its own. */
  readonly runtime: string | null;
  /** What man pages say; deno.json's where it is left out. */
  readonly version?: string;
}

/** Makes the tree. Throws Error where something is missing. */
export function installTree({ root, form, architecture, build, runtime, version }: Tree): void {
  installPrograms(root, form, architecture, build);
  if (runtime !== null) copy(runtime, `${root}${INSTALLED_DENO}`, 0o755);
  installCopies(root);
  for (const name of ["pvd-broker.service", "pvd-helper.service"]) {
    write(
      `${root}${UNITS}/${name}`,
      unitText(`${PROJECT}packaging/systemd/${name}.in`, form, architecture),
      0o644,
    );
  }
  installGenerated(root, version);
}

/** What is installed as it is in the project, documents among it. */
export function installCopies(root: string): void {
  for (const [from, to] of FILES) copy(`${PROJECT}${from}`, `${root}${to}`, 0o644);
  for (const [from, endings, to] of FOLDERS) {
    for (const { name, isFile } of Deno.readDirSync(`${PROJECT}${from}`)) {
      const isWanted = isFile && endings.some((ending) => name.endsWith(ending));
      if (isWanted) copy(`${PROJECT}${from}/${name}`, `${root}${to}/${name}`, 0o644);
    }
  }
}

/** A unit of this form. */
export function unitText(template: string, form: Form, architecture: Architecture): string {
  const values: Readonly<Record<string, string>> = {
    BROKER: programArgv(form, "broker", architecture, ["broker"]).join(" "),
    HELPER: programArgv(form, "helper", architecture).join(" "),
    FETCHER: programArgv(form, "fetcher", architecture).join(" "),
    ENVIRONMENT: SERVICE_VARIABLES[form].join(" "),
  };
  return Deno.readTextFileSync(template).replace(/@([A-Z]+)@/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${template}: nothing is known of @${name}@`);
    return value;
  });
}

function installGenerated(root: string, version?: string): void {
  const made = Deno.makeTempDirSync({ prefix: "pvd-generated-" });
  try {
    generate(made, version);
    for (const path of filesIn(made)) {
      const to = `/${path}` === SETTINGS ? SETTINGS : `/usr/share/${path}`;
      copy(`${made}/${path}`, `${root}${to}`, 0o644);
    }
  } finally {
    Deno.removeSync(made, { recursive: true });
  }
}

/** Paths below a folder, without the folders. */
export function filesIn(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesIn(folder, `${below}${name}/`) : [`${below}${name}`]
  ).sort();
}
