// Launchers in the menu start programs in the PvD: made, listed, started as a desktop does, and removed. Runs in the lab,
// as alice, on a desktop of hers.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readSchema } from "../../client/schema_testing.ts";
import { runAs, until } from "../lab/lab.ts";
import {
  BIN,
  desktopEnvironment,
  HOME,
  ID,
  isFile,
  onDesktop,
  onDesktopTest,
  PERSON,
  SHARE,
  writeFile,
  writeProgram,
} from "./desktop_session.ts";

const OWN = `${HOME}/.local/share/applications`;
const schema = readSchema();

const ENTRY = `[Desktop Entry]
Type=Application
Name=Editor
Name[de]=Bearbeiter
Exec=${BIN}/editor --open %u
TryExec=${BIN}/editor
DBusActivatable=true
MimeType=text/plain;
Actions=new;

[Desktop Action new]
Name=New
Exec=${BIN}/editor --new
`;

interface Launcher {
  readonly domain: string;
  readonly source: string;
  readonly file: string;
}

async function desktop(...args: readonly string[]): Promise<readonly Launcher[]> {
  const result = await onDesktop(["pvd", "desktop", ...args, "--json"], { XDG_DATA_DIRS: SHARE });
  const document = JSON.parse(result.stdout);
  deepStrictEqual([result.status, schema.problems("desktop", document)], [0, []], result.stderr);
  return document.launchers;
}

onDesktopTest(
  "pvd desktop: a launcher is installed, valid, listed, starts its program in the PvD, and is removed",
  async () => {
    writeProgram(
      "editor",
      `{ printf '%s\\n' "$@"; cat /etc/resolv.conf; } > ${HOME}/told.new; mv ${HOME}/told.new ${HOME}/told`,
    );
    writeFile(`${SHARE}/applications/editor.desktop`, ENTRY);
    const [installed] = await desktop("install", ID, "editor");
    const file = installed?.file ?? "";
    deepStrictEqual(installed, { domain: ID, source: "editor.desktop", file });
    match(file, new RegExp(`^${OWN}/pvd-[A-Za-z0-9._-]+\\.desktop$`));
    const validated = await onDesktop(["desktop-file-validate", file]);
    deepStrictEqual(validated, { status: 0, stdout: "", stderr: "" });
    const text = Deno.readTextFileSync(file);
    ok(text.includes(`\nName=Editor (${ID})\nName[de]=Bearbeiter (${ID})\n`), text);
    ok(text.includes(`\nExec=pvd run --match=id=${ID} -- ${BIN}/editor --new\n`), text);
    deepStrictEqual(await desktop("list"), [installed]);
    // A desktop's own way of starting it, with what it was asked to open.
    const launched = await onDesktop(["gio", "launch", file, "http://intranet/a%20b"]);
    strictEqual(launched.status, 0, launched.stderr);
    await until("the launcher's program has run", () => Promise.resolve(isFile(`${HOME}/told`)));
    const told = Deno.readTextFileSync(`${HOME}/told`);
    ok(told.startsWith("--open\nhttp://intranet/a%20b\n"), told);
    match(told, /^nameserver 2001:db8:10::2$/m);
    Deno.removeSync(`${HOME}/told`);
    // Once more is the same file; the beginning of the id is what the person calls it.
    deepStrictEqual(await desktop("install", ID, "editor.desktop"), [installed]);
    deepStrictEqual(await desktop("remove", ID, "editor"), [installed]);
    deepStrictEqual([await desktop("list"), isFile(file)], [[], false]);
  },
);

onDesktopTest("pvd desktop: a file that pvd did not make is neither overwritten nor removed", async () => {
  writeProgram("editor");
  writeFile(`${SHARE}/applications/editor.desktop`, ENTRY);
  const [installed] = await desktop("install", ID, "editor");
  const file = installed?.file ?? "";
  const foreign = "[Desktop Entry]\nType=Application\nName=Mine\nExec=mine\n";
  Deno.writeTextFileSync(file, foreign);
  const data = { XDG_DATA_DIRS: SHARE };
  const again = await onDesktop(["pvd", "desktop", "install", ID, "editor"], data);
  deepStrictEqual([again.status, again.stdout], [1, ""]);
  match(again.stderr, /^pvd: \S+ is there, and not a launcher of pvd's; move it away first\n$/);
  const removed = await onDesktop(["pvd", "desktop", "remove", ID, "editor"], data);
  deepStrictEqual([removed.status, removed.stdout], [1, ""]);
  match(removed.stderr, /there is no launcher for editor\.desktop/);
  strictEqual(Deno.readTextFileSync(file), foreign);
  Deno.removeSync(file);
});

onDesktopTest("pvd desktop: a browser's launcher gives it a profile of its own", async () => {
  writeFile(
    `${SHARE}/applications/firefox.desktop`,
    ENTRY.replaceAll(`${BIN}/editor`, writeProgram("firefox")),
  );
  const [installed] = await desktop("install", ID, "firefox.desktop");
  const text = Deno.readTextFileSync(installed?.file ?? "");
  match(text, /^Exec=pvd run --new-instance --match=id=\S+ -- \S+\/firefox --open %u$/m);
  await desktop("remove", ID, "firefox.desktop");
});

onDesktopTest(
  "pvd desktop: what is no program, no PvD or no action is refused, each with its sentence",
  async () => {
    writeFile(`${SHARE}/applications/link.desktop`, "[Desktop Entry]\nType=Link\nName=X\nURL=http://x/\n");
    const refused = async (args: readonly string[], status: number, why: RegExp) => {
      const result = await runAs(PERSON, ["pvd", "desktop", ...args], {
        environment: { ...desktopEnvironment(), XDG_DATA_DIRS: SHARE },
      });
      deepStrictEqual([result.status, result.stdout], [status, ""]);
      match(result.stderr, why);
      strictEqual(result.stderr.split("\n").length, 2);
    };
    await refused(["install", ID, "link.desktop"], 1, /starts no program/);
    await refused(["install", ID, "nothing"], 1, /there is no nothing\.desktop/);
    await refused(["install", ID, "/etc/nothing.desktop"], 1, /there is no \/etc\/nothing\.desktop/);
    await refused(["install", "no-such-domain", "link"], 1, /no-such-domain/);
    await refused(["install", ID], 2, /install DOMAIN APP/);
    await refused(["make", ID, "link"], 2, /install DOMAIN APP/);
  },
);
