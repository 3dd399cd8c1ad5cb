// What is on the machine, so that two states can be compared: every file with its content's sum, users, units, network.

import type { Machine } from "./machine.ts";

export type Inventory = ReadonlyMap<string, string>;

/** Written by Debian's own tools at every installation and removal, or by the machine as it runs. */
const NOT_OURS = [
  /^\/var\/(log|tmp|lib\/(dpkg|apt|systemd|pam|polkit-1)|cache\/(apt|debconf|ldconfig|man))(\/|$)/,
  // Backups that useradd(8) and systemd-sysusers(8) leave; and the users themselves are compared by name.
  /^\/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$/,
  /^\/etc\/(\.pwd\.lock|ld\.so\.cache|machine-id|mtab)$/,
  /^\/(home|root|mnt)(\/|$)/,
];

/** What a person would look at by `ls -lR`, `getent`, `systemctl`, `ip`. */
export async function takeInventory(machine: Machine): Promise<Inventory> {
  const found = new Map<string, string>();
  const files = await machine.check(
    "find / /run -xdev \\( -type f -o -type l -o -type d -o -type p -o -type s \\) -printf '%p\\t%y %m %u:%g %l\\n'",
  );
  for (const line of files.split("\n")) {
    const [path = "", what = ""] = line.split("\t");
    // Below /run is what runs: only what bears our name is compared.
    if (path === "" || NOT_OURS.some((pattern) => pattern.test(path))) continue;
    if (path.startsWith("/run") && !/pvd|netns/.test(path)) continue;
    found.set(path, what);
  }
  const sums = await machine.check(
    "find /etc /usr/lib/systemd /usr/share/dbus-1 /usr/share/polkit-1 -xdev -type f -exec md5sum {} +",
  );
  for (const line of sums.split("\n")) {
    const [sum = "", path = ""] = line.split("  ");
    if (found.has(path)) found.set(path, `${found.get(path)} ${sum}`);
  }
  const commands = {
    users: "getent passwd | cut -d: -f1,6,7",
    groups: "getent group | cut -d: -f1,4",
    units: "systemctl list-unit-files --no-legend --no-pager | awk '$2 != \"transient\" {print $1, $2}'",
    links: "ip -brief link | awk '{sub(/@.*/, \"\", $1); print $1}'",
    namespaces: "ip netns list",
    mounts: "awk '{print $2}' /proc/mounts | grep -E 'pvd|netns' || true",
    processes: "ps -eo args= | grep -E '[/]usr/lib/pvd|[m]ifpvd' || true",
  };
  for (const [name, command] of Object.entries(commands)) {
    for (const line of (await machine.check(command)).split("\n").filter((each) => each !== "")) {
      found.set(`${name}: ${line}`, "");
    }
  }
  return found;
}

/** Lines a person can read: what is more, what is less, what is otherwise. Empty: equal. Pure. */
export function difference(before: Inventory, after: Inventory): string[] {
  const more = [...after].filter(([what]) => !before.has(what)).map(([what, how]) => `left: ${what} ${how}`);
  const less = [...before].filter(([what]) => !after.has(what)).map(([what]) => `gone: ${what}`);
  const other = [...before].filter(([what, how]) => after.has(what) && after.get(what) !== how)
    .map(([what, how]) => `changed: ${what} ${how} -> ${after.get(what)}`);
  return [...more, ...less, ...other];
}
