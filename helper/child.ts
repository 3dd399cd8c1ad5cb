// Starts a program in a domain, as the person who asked: one straight run of synchronous calls on this thread. The
// child sees the domain's resolver file and none of the local ways round it; cgroup, nice(1) and prlimit(1) give it
// what the person's own process has; setpriv(1) makes it that person, with no capability, now or later; env(1), by then
// already that person, gives it its environment. (The dynamic linker reads variables such as LD_PRELOAD, so nothing
// that still runs as root may see the person's environment.)

import { currentFolder, enterFolder, setUmask } from "../lib/linux/folder.ts";
import { type Home, inside, withOwnMounts } from "../lib/linux/namespace.ts";
import { withSoftOpenFiles } from "../lib/linux/resource.ts";
import { spawn } from "../lib/linux/spawn.ts";
import { type Inherited, inheritingArgv } from "./caller.ts";
import type { Domain } from "./domains.ts";
import { Failure } from "./failure.ts";
import type { Launch, LaunchDescriptors } from "./launch.ts";
import type { OwnView } from "./own_view.ts";

const SETPRIV = "/usr/bin/setpriv";
const ENV = "/usr/bin/env";
const SHELL = "/bin/sh";
const EQUALS = "=".charCodeAt(0);

/** The pid of the program; `own` is what it would inherit from here, `cgroups` where the unified hierarchy is mounted.
 * Throws Failure that names the domain and the step. */
export function startProgram(
  home: Home,
  view: OwnView,
  domain: Domain,
  launch: Launch,
  own: Inherited,
  cgroups: string | null,
  fds: LaunchDescriptors,
): number {
  const { id } = domain.record;
  const argv = programChain(launch, own, cgroups);
  const { openFiles } = launch.inherited;
  const first = new TextDecoder().decode(argv[0]);
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
      view.enter(domain);
      return inside(
        domain.namespace,
        home,
        () => withSoftOpenFiles(openFiles.soft, () => spawn(first, argv, [], fds.streams)),
      );
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
export function programChain(launch: Launch, own: Inherited, cgroups: string | null): Uint8Array[] {
  const { record, uid, gid, groups, inherited } = launch;
  const program = record.argv[0] ?? new Uint8Array();
  // env(1) would take a path with "=" in it for a variable.
  const wrapped = program.includes(EQUALS) ? [SHELL, "-c", 'exec "$0" "$@"'] : [];
  const words = [
    ...inheritingArgv(own, inherited, cgroups),
    SETPRIV,
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
