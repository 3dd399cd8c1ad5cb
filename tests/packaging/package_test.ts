// The built package, opened: who owns what in it, that its units are sound and as confined as is said of them, and that
// lintian finds no error. Writes to a temporary folder.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { makePackages } from "../../packaging/package.ts";
import { cacheCommands } from "../../packaging/install_programs.ts";
import { FILL_CACHES, ownArchitecture } from "../../packaging/paths.ts";
import { filesIn } from "../../packaging/tree.ts";

const PROJECT = new URL("../../", import.meta.url).pathname;
const out = await Deno.makeTempDir({ prefix: "pvd-package-test-" });
const tree = `${out}/tree`;
const [deb = "", tarball = ""] = await makePackages({
  architecture: ownArchitecture(),
  form: "bundle",
  runtime: null,
  out,
  quick: true,
});
run("dpkg-deb", ["-x", deb, tree]);
addEventListener("unload", () => Deno.removeSync(out, { recursive: true }));

/** `systemd-analyze security` of the units: what docs/confinement.md says. */
const MOST_EXPOSED = { "pvd-broker.service": 1.0, "pvd-helper.service": 4.9 } as const;

/** Where the system, and people, look for what belongs to pvd. */
const INSTALLED = [
  "etc/pvd/pvd.toml",
  "usr/bin/pvd",
  "usr/lib/NetworkManager/conf.d/10-pvd.conf",
  "usr/lib/pvd/command",
  "usr/lib/pvd/deno",
  "usr/lib/pvd/fill-caches",
  "usr/lib/pvd/pvd/main.js",
  "usr/lib/pvd/pvd-fetcher.js",
  "usr/lib/pvd/pvd-helper.js",
  "usr/lib/pvd/run/run.js",
  "usr/lib/pvd/variables",
  "usr/lib/systemd/network/10-pvd.network",
  "usr/lib/systemd/system/pvd-broker.service",
  "usr/lib/systemd/system/pvd-broker.socket",
  "usr/lib/systemd/system/pvd-helper.service",
  "usr/lib/systemd/system/pvd-helper.socket",
  "usr/lib/sysusers.d/pvd.conf",
  "usr/lib/tmpfiles.d/pvd.conf",
  "usr/share/bash-completion/completions/pvd",
  "usr/share/dbus-1/system-services/net.pvd1.service",
  "usr/share/dbus-1/system-services/org.freedesktop.PvDManager.service",
  "usr/share/dbus-1/system.d/net.pvd1.conf",
  "usr/share/doc/pvd/LICENSE",
  "usr/share/doc/pvd/README.md",
  "usr/share/doc/pvd/SECURITY.md",
  "usr/share/doc/pvd/changelog.gz",
  "usr/share/doc/pvd/copyright",
  "usr/share/doc/pvd/docs/packaging.md",
  "usr/share/doc/pvd/docs/schema/pvd-1.schema.json",
  "usr/share/doc/pvd/examples/README.md",
  "usr/share/fish/vendor_completions.d/pvd.fish",
  "usr/share/man/man1/pvd.1.gz",
  "usr/share/man/man5/pvd-advertise.toml.5.gz",
  "usr/share/man/man5/pvd.toml.5.gz",
  "usr/share/polkit-1/actions/net.pvd1.policy",
  "usr/share/zsh/vendor-completions/_pvd",
];

/** Lines by which other programs leave the interfaces of domains alone. One that is misspelt is ignored by them. */
const SETTINGS_OF_OTHERS = {
  // NetworkManager.conf(5), "DEVICE SECTION"; of managed= it takes 0 for no.
  "usr/lib/NetworkManager/conf.d/10-pvd.conf": [
    "[device-pvd]",
    "match-device=interface-name:mifpvd*",
    "managed=0",
  ],
  // systemd.network(5), "[MATCH] SECTION OPTIONS" and "[LINK] SECTION OPTIONS".
  "usr/lib/systemd/network/10-pvd.network": ["[Match]", "Name=mifpvd*", "[Link]", "Unmanaged=yes"],
} as const;

function run(program: string, args: readonly string[], folder = out) {
  const { code, stdout, stderr } = new Deno.Command(program, { args: [...args], cwd: folder }).outputSync();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

Deno.test("package: everything is root's, and only root can write it", () => {
  const lines = run("dpkg-deb", ["-c", deb]).stdout.trim().split("\n");
  ok(lines.length > 50);
  for (const line of lines) match(line, /^[-d]r[w-][xs-]r-[x-]r-[x-] root\/root /);
});

Deno.test("package: nothing has more than its owner's mode: no set-user-ID, no capability", () => {
  const lines = run("dpkg-deb", ["-c", deb]).stdout.trim().split("\n");
  deepStrictEqual(lines.filter((line) => /^...[sS]|^......[sS]|^.........[tT]/.test(line)), []);
});

Deno.test("package: the tarball has the same files, but for what only dpkg and Debian read", () => {
  const inTarball = run("tar", ["-tzf", tarball]).stdout.trim().split("\n").filter((name) =>
    !name.endsWith("/")
  )
    .map((name) => name.replace(/^\.\//, "")).sort();
  const debian = [
    "usr/share/doc/pvd/changelog.gz",
    "usr/share/doc/pvd/copyright",
    "usr/share/lintian/overrides/pvd",
  ];
  deepStrictEqual(filesIn(tree).filter((file) => !debian.includes(file)), inTarball);
});

Deno.test("package: everything is where the system looks for it, and none of it is empty", () => {
  const files = filesIn(tree);
  deepStrictEqual(INSTALLED.filter((path) => !files.includes(path)), []);
  deepStrictEqual(files.filter((file) => Deno.statSync(`${tree}/${file}`).size === 0), []);
});

Deno.test("package: documents, examples and example rules are those of the project, without what was made of them", () => {
  const sources = (from: string, ending: RegExp) =>
    filesIn(`${PROJECT}${from}`).filter((file) => ending.test(file));
  const installed = (below: string) => filesIn(`${tree}/usr/share/doc/pvd/${below}`);
  deepStrictEqual(installed("docs"), sources("docs", /\.(md|json)$/));
  deepStrictEqual(installed("examples/polkit"), sources("polkit/examples", /\.rules$/));
  deepStrictEqual(
    installed("examples").filter((file) => !file.startsWith("polkit/")),
    sources("examples", /\.([ch]|py|ts|md)$|\/Makefile$/),
  );
});

Deno.test("package: NetworkManager and systemd-networkd are told to leave the interfaces of domains alone", () => {
  for (const [path, expected] of Object.entries(SETTINGS_OF_OTHERS)) {
    const lines = Deno.readTextFileSync(`${tree}/${path}`).split("\n");
    deepStrictEqual(lines.filter((line) => line !== "" && !line.startsWith("#")), expected, path);
  }
});

Deno.test("package: fill-caches is a script that fills and settles the cache of each program", () => {
  const path = `${tree}${FILL_CACHES}`;
  const { code, stderr } = run("sh", ["-n", path]);
  strictEqual(code, 0, stderr);
  const text = Deno.readTextFileSync(path);
  const commands = cacheCommands(ownArchitecture());
  ok(commands.length > 5);
  for (const { folder, argv } of commands) {
    ok(text.includes(`DENO_DIR=${folder} \\\n  ${argv.join(" ")} || status=1\n`), argv.join(" "));
  }
  match(Deno.readTextFileSync(`${PROJECT}packaging/debian/postinst`), / \/usr\/lib\/pvd\/fill-caches > /);
});

Deno.test("package: its version, its file's name, its man pages and `pvd --version` are of this build", () => {
  const version = run("dpkg-deb", ["-f", deb, "Version"]).stdout.trim();
  match(version, /^\d+\.\d+\.\d+\+\d{8}\.\d{6}(\.git[0-9a-f]+(\.changed)?)?$/);
  for (const [path, ending] of [[deb, "deb"], [tarball, "tar.gz"]] as const) {
    strictEqual(path, `${out}/pvd_${version}_${ownArchitecture()}.${ending}`);
  }
  const page = run("gzip", ["-dc", `${tree}/usr/share/man/man1/pvd.1.gz`]).stdout;
  ok(page.includes(`"pvd ${version}"`));
  const main = `${tree}/usr/lib/pvd/pvd/main.js`;
  const { stdout } = run(Deno.execPath(), ["run", "--quiet", "--no-config", "-A", main, "--version"]);
  strictEqual(stdout, `pvd ${version}\n`);
});

Deno.test("package: the settings are a conffile, and dependencies are declared", () => {
  strictEqual(run("dpkg-deb", ["-I", deb, "conffiles"]).stdout, "/etc/pvd/pvd.toml\n");
  match(run("dpkg-deb", ["-f", deb, "Depends"]).stdout, /libc6.*systemd.*dbus.*polkitd/);
});

Deno.test("package: systemd-analyze verify finds nothing in the units", () => {
  // Their programs have to be there; the folders of the machine's own units are not looked at.
  const units = filesIn(`${tree}/usr/lib/systemd/system`).map((name) =>
    `${tree}/usr/lib/systemd/system/${name}`
  );
  strictEqual(units.length, 4);
  const { code, stderr } = run("systemd-analyze", ["verify", "--man=no", "--recursive-errors=no", ...units]);
  const found = stderr.split("\n").filter((line) =>
    /pvd/.test(line) && !/is not executable: No such file/.test(line)
  );
  deepStrictEqual(found, []);
  // What is not on this machine is the programs alone.
  const missing = [...stderr.matchAll(/Command (\S+) is not executable/g)].map(([, program]) => program);
  ok(code === 0 || missing.every((program) => program === "/usr/lib/pvd/deno"), stderr);
});

for (const [unit, most] of Object.entries(MOST_EXPOSED)) {
  Deno.test(`package: systemd-analyze security gives ${unit} at most ${most}`, () => {
    const path = `${tree}/usr/lib/systemd/system/${unit}`;
    const { stdout } = run("systemd-analyze", ["security", "--offline=true", "--no-pager", path]);
    const [, exposure = ""] = stdout.match(/Overall exposure level for \S+: ([0-9.]+)/) ?? [];
    ok(Number(exposure) > 0 && Number(exposure) <= most, `${unit} has ${exposure}`);
  });
}

Deno.test("package: lintian finds no error", {
  ignore: run("sh", ["-c", "command -v lintian"]).code !== 0,
}, () => {
  const { stdout } = run("lintian", ["--fail-on", "none", "--allow-root", deb]);
  deepStrictEqual(stdout.split("\n").filter((line) => line.startsWith("E:")), []);
});

Deno.test("package: a bus name is started by the service that owns it, and by no command", () => {
  for (const name of ["net.pvd1", "org.freedesktop.PvDManager"]) {
    const text = Deno.readTextFileSync(`${tree}/usr/share/dbus-1/system-services/${name}.service`);
    match(text, new RegExp(`^Name=${name.replaceAll(".", "\\.")}$`, "m"));
    match(text, /^Exec=\/bin\/false$/m);
    match(text, /^SystemdService=pvd-broker\.service$/m);
  }
});
