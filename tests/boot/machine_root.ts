// The root folder that the machine boots from: Debian's, with what belongs to this machine above it in a tmpfs, so that
// nothing of it stays. To be called in a mount namespace of the test's own.

import { run } from "../lab/run.ts";

/** On a tmpfs that only the test's mount namespace has. */
const FOLDER = "/run/pvd-boot";
/** The machine's root folder, as the tests see it; its /run and /tmp are mounts that they do not see. */
export const ROOT = `${FOLDER}/root`;
/** alice sits at the console; bob is somewhere else. */
export const PEOPLE = ["alice", "bob"] as const;
export type Person = typeof PEOPLE[number];
/** Devices that a container is not given and a machine has, as the host sees them: for people to open, whatever is behind
 * them. A list of devices that stands in the way refuses before that is asked. */
export const DEVICE_NODES = `${FOLDER}/devices`;
export const DEVICES = {
  fuse: ["c", 10, 229],
  "dri/renderD128": ["c", 226, 128],
  video0: ["c", 81, 0],
} as const;
/** What the console prints when the person's shell takes commands. */
export const CONSOLE_READY = "<<console ready>>";

/** A login at the console without a password: PAM's service `login` makes the session, and for logind the console is at
 * the seat (systemd.exec(5), pam_systemd(8)). The rest is as console-getty.service has it. */
const CONSOLE_LOGIN = `[Unit]
Description=Login of alice at the console
After=systemd-user-sessions.service systemd-logind.service
[Service]
User=alice
PAMName=login
TTYPath=/dev/console
TTYReset=yes
TTYVHangup=yes
StandardInput=tty
StandardOutput=tty
StandardError=tty
WorkingDirectory=~
Environment=TERM=dumb PAGER=cat SYSTEMD_PAGER=cat
ExecStart=/bin/sh -l
SendSIGHUP=yes
[Install]
WantedBy=multi-user.target
`;

/** The terminal says nothing but what programs print; and the shell's own words are no part of that. */
const PROFILE = `stty -echo
PS1= PS2=
printf '%s\\n' '${CONSOLE_READY}'
`;

/** What would take the console, or start work of its own in the middle of a test. */
const MASKED = [
  "console-getty.service",
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "fstrim.timer",
];

/** Makes it, once. */
export async function makeMachineRoot(debian: string): Promise<void> {
  await run(["mount", "-n", "-t", "tmpfs", "-o", "mode=0755", "boot-run", "/run"]);
  for (const part of ["upper", "work", "root"]) Deno.mkdirSync(`${FOLDER}/${part}`, { recursive: true });
  const layers = `lowerdir=${debian},upperdir=${FOLDER}/upper,workdir=${FOLDER}/work`;
  await run(["mount", "-n", "-t", "overlay", "-o", layers, "boot-overlay", ROOT]);
  for (const person of PEOPLE) {
    await run(["chroot", ROOT, "useradd", "--create-home", "--shell", "/bin/sh", person]);
  }
  await makeDevices();
  Deno.writeTextFileSync(`${ROOT}/home/alice/.profile`, PROFILE);
  const units = `${ROOT}/etc/systemd/system`;
  Deno.writeTextFileSync(`${units}/console-login.service`, CONSOLE_LOGIN);
  Deno.mkdirSync(`${units}/multi-user.target.wants`, { recursive: true });
  Deno.symlinkSync("../console-login.service", `${units}/multi-user.target.wants/console-login.service`);
  for (const unit of MASKED) Deno.symlinkSync("/dev/null", `${units}/${unit}`);
  Deno.mkdirSync(`${ROOT}/var/log/journal`, { recursive: true });
  Deno.writeTextFileSync(`${ROOT}/etc/hostname`, "pvd-boot\n");
  Deno.writeTextFileSync(`${ROOT}/etc/hosts`, "127.0.0.1 localhost pvd-boot\n::1 localhost pvd-boot\n");
  Deno.writeTextFileSync(`${ROOT}/etc/resolv.conf`, "# the machine's own\nnameserver 2001:db8:ffff::53\n");
}

async function makeDevices(): Promise<void> {
  for (const [name, [kind, major, minor]] of Object.entries(DEVICES)) {
    const path = `${DEVICE_NODES}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await run(["mknod", path, kind, String(major), String(minor)]);
    Deno.chmodSync(path, 0o666);
  }
}
