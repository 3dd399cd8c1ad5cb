// The whole tree of an installed system, below a root folder: programs, runtime, units, policies, documents. The .deb
// and the tarball are made of it. Reads the project and a build; writes below that folder.

import { generate } from "./generate.ts";
import { copy, installPrograms, SERVICE_VARIABLES, write } from "./install_programs.ts";
import { type Architecture, type Form, INSTALLED_DENO } from "./paths.ts";
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
  ["README.md", "/usr/share/doc/pvd/README.md"],
  ["SECURITY.md", "/usr/share/doc/pvd/SECURITY.md"],
];

/** Folders whose files are installed as they are, where they end so. */
const FOLDERS: readonly (readonly [from: string, ending: string, to: string])[] = [
  ["polkit/examples", ".rules", "/usr/share/doc/pvd/examples/polkit"],
  ["docs", ".md", "/usr/share/doc/pvd/docs"],
  ["docs/schema", ".json", "/usr/share/doc/pvd/docs/schema"],
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
}

/** Makes the tree. Throws Error where something is missing. */
export function installTree({ root, form, architecture, build, runtime }: Tree): void {
  installPrograms(root, form, architecture, build);
  if (runtime !== null) copy(runtime, `${root}${INSTALLED_DENO}`, 0o755);
  for (const [from, to] of FILES) copy(`${PROJECT}${from}`, `${root}${to}`, 0o644);
  for (const [from, ending, to] of FOLDERS) {
    for (const { name, isFile } of Deno.readDirSync(`${PROJECT}${from}`)) {
      if (isFile && name.endsWith(ending)) copy(`${PROJECT}${from}/${name}`, `${root}${to}/${name}`, 0o644);
    }
  }
  for (const name of ["pvd-broker.service", "pvd-helper.service"]) {
    write(
      `${root}${UNITS}/${name}`,
      unitText(`${PROJECT}packaging/systemd/${name}.in`, form, architecture),
      0o644,
    );
  }
  installGenerated(root);
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

function installGenerated(root: string): void {
  const made = Deno.makeTempDirSync({ prefix: "pvd-generated-" });
  try {
    generate(made);
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
