// A program that would hand its work to a copy outside its PvD is told of before it starts, and can have a copy of its
// own. Runs in the lab, as alice, on a desktop of hers.

import { deepStrictEqual, match } from "node:assert/strict";
import { DOCUMENTED_IDS } from "../lab/lab.ts";
import { findUser } from "../lab/users.ts";
import {
  ID,
  inPvd,
  onDesktop,
  onDesktopTest,
  PERSON,
  SHARE,
  withOwner,
  writeFile,
  writeProgram,
} from "./desktop_session.ts";

const OTHER = DOCUMENTED_IDS.R2.explicit;
const REMOTE = "org.mozilla.firefox.ZGVmYXVsdA__";

onDesktopTest(
  "a browser whose copy outside owns its name on the bus: pvd says so before it starts one",
  async () => {
    const firefox = writeProgram("firefox");
    await withOwner(REMOTE, [], async () => {
      const { status, stdout, stderr } = await inPvd([firefox, "http://intranet/"]);
      deepStrictEqual([status, stdout], [0, "started\nhttp://intranet/\n"]);
      match(
        stderr,
        /^pvd: firefox already runs outside PvD \S+ \(process \d+, org\.mozilla\.firefox\.\S+ on the session bus\)[^\n]*`pvd run --new-instance`[^\n]*\n$/,
      );
    });
    deepStrictEqual(await inPvd([firefox]), { status: 0, stdout: "started\n", stderr: "" });
  },
);

onDesktopTest("a copy in the same PvD is no reason to warn, one in another PvD is", async () => {
  const firefox = writeProgram("firefox");
  await withOwner(REMOTE, ["pvd", "run", ID], async () => {
    deepStrictEqual(await inPvd([firefox]), { status: 0, stdout: "started\n", stderr: "" });
    const other = await onDesktop(["pvd", "run", OTHER, firefox]);
    deepStrictEqual([other.status, other.stdout], [0, "started\n"]);
    match(other.stderr, new RegExp(`^pvd: firefox already runs outside PvD ${OTHER} `));
  });
});

onDesktopTest(
  "a program that the bus starts by its desktop entry, and whose name is owned outside: pvd says so",
  async () => {
    const program = writeProgram("gnome-notes");
    const data = { XDG_DATA_DIRS: `${SHARE}:/usr/share` };
    const entry = `[Desktop Entry]\nType=Application\nName=Notes\nExec=${program} %U\nDBusActivatable=true\n`;
    writeFile(`${SHARE}/dbus-1/services/org.example.Notes.service`, "");
    writeFile(`${SHARE}/applications/org.example.Notes.desktop`, entry);
    await withOwner("org.example.Notes", [], async () => {
      const { status, stdout, stderr } = await inPvd([program], data);
      deepStrictEqual([status, stdout], [0, "started\n"]);
      match(
        stderr,
        /^pvd: gnome-notes already runs outside [^\n]*org\.example\.Notes[^\n]*dbus-run-session -- gnome-notes[^\n]*\n$/,
      );
      // Another program whose name resembles it is not meant.
      deepStrictEqual(await inPvd([writeProgram("notes")], data), {
        status: 0,
        stdout: "started\n",
        stderr: "",
      });
      writeFile(`${SHARE}/applications/org.example.Notes.desktop`, entry.replace("=true", "=false"));
      deepStrictEqual(await inPvd([program], data), { status: 0, stdout: "started\n", stderr: "" });
    });
  },
);

onDesktopTest("pvd run --new-instance gives the browser a profile of its own, and no warning", async () => {
  const firefox = writeProgram("firefox");
  await withOwner(REMOTE, [], async () => {
    const { status, stdout, stderr } = await onDesktop([
      "pvd",
      "run",
      "--new-instance",
      ID,
      firefox,
      "http://x/",
    ]);
    deepStrictEqual([status, stderr], [0, ""]);
    const [started, instance, profile, folder = "", url] = stdout.split("\n");
    deepStrictEqual([started, instance, profile, url], [
      "started",
      "--new-instance",
      "--profile",
      "http://x/",
    ]);
    const { mode, uid } = Deno.statSync(folder);
    deepStrictEqual([(mode ?? 0) & 0o7777, uid], [0o700, findUser(PERSON).uid]);
  });
  const vim = await onDesktop(["pvd", "run", "--new-instance", ID, "true"]);
  deepStrictEqual([vim.status, vim.stdout], [125, ""]);
  match(vim.stderr, /does not know how a second copy of true is started/);
});
