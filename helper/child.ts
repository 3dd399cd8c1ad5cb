// Starts a program in a domain, as the person who asked: one straight run of synchronous calls on this thread. The
// child sees the domain's resolver file and none of the local ways round it; setpriv(1) makes it that person, with
// no capability, now or later; env(1), by then already that person, gives it its environment. (The dynamic linker
// reads variables such as LD_PRELOAD, so nothing that still runs as root may see the person's environment.)

import { ENOENT, MS_BIND, O_PATH } from "../lib/linux/abi.ts";
import { LinuxError } from "../lib/linux/error.ts";
import { close, makeFolder, open } from "../lib/linux/fd.ts";
import { currentFolder, enterFolder, setUmask } from "../lib/linux/folder.ts";
import { type Home, inside, mount, withOwnMounts } from "../lib/linux/namespace.ts";
import { spawn } from "../lib/linux/spawn.ts";
import type { Domain } from "./domains.ts";
import { Failure } from "./failure.ts";
import type { Launch, LaunchDescriptors } from "./launch.ts";
import { resolverPath } from "./resolver_file.ts";

const SETPRIV = "/usr/bin/setpriv";
const ENV = "/usr/bin/env";
const SHELL = "/bin/sh";
const RESOLVER = "/etc/resolv.conf";
/** Services that answer for names from the host's network: nscd and avahi by their folders, so that a restarted one
 * stays hidden too; systemd-resolved by its sockets, because the resolver file is often a link into its folder. */
const FOLDERS_ROUND = ["/run/nscd", "/run/avahi-daemon"];
const SOCKETS_ROUND = [
  "/run/systemd/resolve/io.systemd.Resolve",
  "/run/systemd/resolve/io.systemd.Resolve.Monitor",
];
const NO_SOCKET = "/dev/null";
const EQUALS = "=".charCodeAt(0);

/** An empty folder, root's, that hides others. Made once at start. */
export const EMPTY_FOLDER = "/run/pvd-helper/empty";

/** The pid of the program. Throws Failure that names the domain and the step. */
export function startProgram(home: Home, domain: Domain, launch: Launch, fds: LaunchDescriptors): number {
  const { id } = domain.record;
  const before = setUmask(launch.record.umask);
  try {
    // From here the folder is the thread's, so the copy of the mount namespace takes it along.
    enterFolder(fds.folder);
    return withOwnMounts(home, () => {
      if (currentFolder() === null) {
        throw new Failure(
          "failed",
          `${id}: the working folder is not reachable for other programs; start in another`,
        );
      }
      hideHostResolvers(domain);
      return inside(domain.namespace, home, () => spawn(SETPRIV, setprivArguments(launch), [], fds.streams));
    });
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(
      "failed",
      `${id}: starting the program: ${error instanceof Error ? error.message : "failed"}`,
    );
  } finally {
    setUmask(before);
  }
}

/** Pure: the command that becomes the person's program. */
export function setprivArguments(launch: Launch): Uint8Array[] {
  const { record, uid, gid, groups } = launch;
  const program = record.argv[0] ?? new Uint8Array();
  // env(1) would take a path with "=" in it for a variable.
  const wrapped = program.includes(EQUALS) ? [SHELL, "-c", 'exec "$0" "$@"'] : [];
  const words = [
    "setpriv",
    `--reuid=${uid}`,
    `--regid=${gid}`,
    groups.length === 0 ? "--clear-groups" : `--groups=${groups.join(",")}`,
    "--inh-caps=-all",
    "--ambient-caps=-all",
    "--bounding-set=-all",
    "--no-new-privs",
    "--",
    ENV,
    "-i",
    "--",
  ];
  const encoder = new TextEncoder();
  return [
    ...words.map((word) => encoder.encode(word)),
    // Entries that are no assignment cannot be passed on by env, and mean nothing to programs.
    ...record.environment.filter((entry) => entry.indexOf(EQUALS) > 0),
    ...wrapped.map((word) => encoder.encode(word)),
    ...record.argv,
  ];
}

/** In the mount namespace of a child to be: the domain's resolver file, and none of the ways round it. */
export function hideHostResolvers(domain: Domain): void {
  try {
    mount(resolverPath(domain.handle), RESOLVER, "", MS_BIND);
  } catch (error) {
    const detail = error instanceof Error ? error.message : "failed";
    throw new Failure(
      "failed",
      `${domain.record.id}: putting the domain's resolvers over ${RESOLVER}: ${detail}`,
    );
  }
  for (const folder of FOLDERS_ROUND) if (isThere(folder)) mount(EMPTY_FOLDER, folder, "", MS_BIND);
  for (const socket of SOCKETS_ROUND) if (isThere(socket)) mount(NO_SOCKET, socket, "", MS_BIND);
}

export function isThere(path: string): boolean {
  try {
    close(open(path, O_PATH));
    return true;
  } catch (error) {
    if (error instanceof LinuxError && error.errno === ENOENT) return false;
    throw error;
  }
}

export function makeEmptyFolder(): void {
  makeFolder(EMPTY_FOLDER, 0o755);
}
