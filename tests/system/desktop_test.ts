// Desktops: what graphical programs need goes on working in a PvD: its windows, its session bus, its sound. Runs in the
// lab, as alice, on a desktop of hers.

import { match, strictEqual } from "node:assert/strict";
import { firstLine, run, spawnAs } from "../lab/lab.ts";
import {
  inPvd,
  isAnything,
  isInstalled,
  onDesktop,
  onDesktopTest,
  PERSON,
  runtimeFolder,
  startDesktop,
  startService,
} from "./desktop_session.ts";

/** /tmp is the host's, and with it the sockets of X servers: those of the lab are to be the lab's own. */
async function ownX11Folder(): Promise<() => Promise<void>> {
  const folder = "/tmp/.X11-unix";
  const made = !isAnything(folder);
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
