// Desktops: what graphical programs need goes on working in a PvD, a program that would hand its work to a copy outside
// is told of, and launchers in the menu start programs in the PvD. Runs in the lab, as alice, on a desktop of hers.

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { readSchema } from "../../client/schema_testing.ts";
import { DOCUMENTED_IDS, firstLine, run, runAs, spawnAs, until } from "../lab/lab.ts";
import { HOME_FOLDER } from "../lab/paths.ts";
import { findUser } from "../lab/users.ts";
import {
  desktopEnvironment,
  isInstalled,
  onDesktop,
  PERSON,
  runtimeFolder,
  startDesktop,
  startService,
  withOwner,
} from "./desktop_session.ts";

const ID = DOCUMENTED_IDS.R1.explicit;
const OTHER = DOCUMENTED_IDS.R2.explicit;
const HOME = `${HOME_FOLDER}/${PERSON}`;
const SHARE = `${HOME}/share`;
const BIN = `${HOME}/bin`;
const OWN = `${HOME}/.local/share/applications`;
const schema = readSchema();
const inPvd = (argv: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  onDesktop(["pvd", "run", ID, ...argv], environment);

/** A program that tells its arguments, by a name of its own. */
function writeProgram(name: string, script = 'printf "%s\\n" started "$@"'): string {
  Deno.mkdirSync(BIN, { recursive: true });
  Deno.writeTextFileSync(`${BIN}/${name}`, `#!/bin/sh\n${script}\n`);
  Deno.chmodSync(`${BIN}/${name}`, 0o755);
  return `${BIN}/${name}`;
}

function writeFile(path: string, text: string): void {
  Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
  Deno.writeTextFileSync(path, text);
}

/** Runs the tests' own actions on a desktop, which is there for each of them alone. */
function onDesktopTest(name: string, fn: () => Promise<void>): void {
  Deno.test(name, async () => {
    const end = await startDesktop();
    try {
      await fn();
    } finally {
      await end();
    }
  });
}

/** /tmp is the host's, and with it the sockets of X servers: those of the lab are to be the lab's own. */
async function ownX11Folder(): Promise<() => Promise<void>> {
  const folder = "/tmp/.X11-unix";
  const made = !existsAt(folder);
  Deno.mkdirSync(folder, { recursive: true });
  strictEqual((await run(["mount", "-n", "-t", "tmpfs", "-o", "mode=1777", "lab-x11", folder])).status, 0);
  return async () => {
    strictEqual((await run(["umount", "-n", folder])).status, 0);
    if (made) Deno.removeSync(folder);
  };
}

Deno.test("X11: a program in a PvD shows its windows through the socket in /tmp/.X11-unix, and not the abstract one", async () => {
  const unmount = await ownX11Folder();
  const server = spawnAs(PERSON, ["Xvfb", "-displayfd", "1", "-screen", "0", "64x64x24", "-nolisten", "tcp"]);
  try {
    const display = await firstLine(server);
    match(display, /^\d+$/);
    const inside = await inPvd(["xdpyinfo"], { DISPLAY: `:${display}` });
    strictEqual(inside.status, 0, inside.stderr);
    match(inside.stdout, /dimensions: +64x64 pixels/);
    const connect = `import socket; socket.socket(socket.AF_UNIX).connect("\\0/tmp/.X11-unix/X${display}")`;
    strictEqual((await onDesktop(["/usr/bin/python3", "-c", connect])).status, 0);
    match((await inPvd(["/usr/bin/python3", "-c", connect])).stderr, /ConnectionRefusedError/);
  } finally {
    server.kill("SIGTERM");
    await Promise.all([server.stdin.close(), server.stdout.cancel(), server.stderr.cancel()]);
    await server.status;
    await unmount();
  }
});

onDesktopTest("the session bus: a program in a PvD is on the same bus as those outside", async () => {
  const ask = [
    ...["gdbus", "call", "--session", "--dest", "org.freedesktop.DBus", "--object-path", "/"],
    ...["--method", "org.freedesktop.DBus.GetId"],
  ];
  const [inside, outside] = [await inPvd(ask), await onDesktop(ask)];
  strictEqual(inside.status, 0, inside.stderr);
  strictEqual(inside.stdout, outside.stdout);
});

const SERVICES = [
  {
    name: "Wayland",
    program: "weston",
    argv: ["weston", "--backend=headless-backend.so", "--socket=wayland-7", "--idle-time=0"],
    socket: "wayland-7",
    client: ["wayland-info"],
    environment: { WAYLAND_DISPLAY: "wayland-7" },
    says: /interface: 'wl_compositor'/,
  },
  {
    name: "PulseAudio",
    program: "pulseaudio",
    argv: [
      ...["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--load=module-native-protocol-unix"],
      "--load=module-null-sink",
    ],
    socket: "pulse/native",
    client: ["pactl", "list", "short", "sinks"],
    environment: {},
    says: /module-null-sink/,
  },
  {
    name: "PipeWire",
    program: "pipewire",
    argv: ["pipewire"],
    socket: "pipewire-0",
    client: ["pw-cli", "info", "0"],
    environment: {},
    says: /PipeWire:Interface:Core/,
  },
] as const;

for (const { name, program, argv, socket, client, environment, says } of SERVICES) {
  Deno.test({
    name: `${name}: a program in a PvD reaches the server outside through its socket in XDG_RUNTIME_DIR`,
    ignore: !await isInstalled(program) || !await isInstalled(client[0]),
    async fn() {
      const end = await startDesktop();
      try {
        const stop = await startService(argv, `${runtimeFolder()}/${socket}`);
        try {
          const { status, stdout, stderr } = await inPvd(client, environment);
          strictEqual(status, 0, stderr);
          match(stdout, says);
        } finally {
          await stop();
        }
      } finally {
        await end();
      }
    },
  });
}

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
    await until("the launcher's program has run", () => Promise.resolve(existsNow(`${HOME}/told`)));
    const told = Deno.readTextFileSync(`${HOME}/told`);
    ok(told.startsWith("--open\nhttp://intranet/a%20b\n"), told);
    match(told, /^nameserver 2001:db8:10::2$/m);
    Deno.removeSync(`${HOME}/told`);
    // Once more is the same file; the beginning of the id is what the person calls it.
    deepStrictEqual(await desktop("install", ID, "editor.desktop"), [installed]);
    deepStrictEqual(await desktop("remove", ID, "editor"), [installed]);
    deepStrictEqual([await desktop("list"), existsNow(file)], [[], false]);
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

function existsNow(path: string): boolean {
  return existsAt(path) && Deno.lstatSync(path).isFile;
}

function existsAt(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
