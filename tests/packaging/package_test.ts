// The built package, opened: who owns what in it, that its units are sound and as confined as is said of them, and that
// lintian finds no error. Writes to a temporary folder.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { makePackages } from "../../packaging/package.ts";
import { ownArchitecture } from "../../packaging/paths.ts";
import { filesIn } from "../../packaging/tree.ts";

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
