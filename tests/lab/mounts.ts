// Makes /run, /etc and the folders of installed programs the lab's own: tmpfs and overlays in the lab's mount
// namespace, so that whatever is written there ends with it. /tmp and everything else stay the host's, because
// COMMAND's results are wanted afterwards.

import { HOME_FOLDER, LAB_FOLDER, LOG_FOLDER, NETNS_FOLDER, SETTINGS_FOLDER } from "./paths.ts";
import { run } from "./run.ts";
import { writeAccounts } from "./users.ts";

const OVERLAID = ["/etc", "/usr/lib", "/usr/bin", "/var/cache"];

/** To be called once, in a new mount namespace with private propagation. */
export async function privateFolders(): Promise<void> {
  await run(["mount", "-n", "-t", "tmpfs", "-o", "mode=0755,nosuid,nodev", "lab-run", "/run"]);
  for (const folder of [LAB_FOLDER, HOME_FOLDER, LOG_FOLDER, NETNS_FOLDER, SETTINGS_FOLDER, "/run/netns"]) {
    Deno.mkdirSync(folder, { recursive: true, mode: 0o755 });
  }
  Deno.mkdirSync("/run/lock");
  Deno.chmodSync("/run/lock", 0o1777);
  for (const folder of OVERLAID) await overlay(folder);
  writeEtc();
  await ownSysfs();
}

async function overlay(folder: string): Promise<void> {
  const own = `${LAB_FOLDER}/overlay${folder}`;
  for (const part of ["upper", "work"]) Deno.mkdirSync(`${own}/${part}`, { recursive: true, mode: 0o755 });
  const layers = `lowerdir=${folder},upperdir=${own}/upper,workdir=${own}/work`;
  await run(["mount", "-n", "-t", "overlay", "-o", layers, "lab-overlay", folder]);
}

function writeEtc(): void {
  writeAccounts();
  removeIfThere("/etc/netns");
  Deno.mkdirSync("/etc/netns", { mode: 0o755 });
  // Often a link into the host's /run; and a test has to be able to tell it from a domain's.
  removeIfThere("/etc/resolv.conf");
  Deno.writeTextFileSync("/etc/resolv.conf", "# the lab's client host\nnameserver 2001:db8:ffff::53\n");
  removeIfThere("/etc/hosts");
  Deno.writeTextFileSync("/etc/hosts", "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n");
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** /sys shows the links of the namespace it was mounted in: without this, the host's. */
async function ownSysfs(): Promise<void> {
  await run([
    "sh",
    "-c",
    `mkdir ${LAB_FOLDER}/cgroup && mount -n --rbind /sys/fs/cgroup ${LAB_FOLDER}/cgroup &&
     mount -n -t sysfs -o nosuid,nodev,noexec lab-sys /sys &&
     mount -n --rbind ${LAB_FOLDER}/cgroup /sys/fs/cgroup; umount -n -l ${LAB_FOLDER}/cgroup; rmdir ${LAB_FOLDER}/cgroup`,
  ]);
}
