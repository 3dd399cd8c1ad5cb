// Starts a program in a domain, as the person who asked: one straight run of synchronous calls on this thread. The
// child sees the domain's resolver file and none of the local ways round it; cgroup, nice(1) and prlimit(1) give it
// what the person's own process has; setpriv(1) makes it that person, with no capability, now or later; env(1), by then
// already that person, gives it its environment (program_chain.ts).

import { LinuxError } from "../lib/linux/error.ts";
import { currentFolder, enterFolder, setUmask } from "../lib/linux/folder.ts";
import { type Home, inside, withOwnMounts } from "../lib/linux/namespace.ts";
import { withSoftOpenFiles } from "../lib/linux/resource.ts";
import { spawn } from "../lib/linux/spawn.ts";
import type { Inherited } from "./caller.ts";
import type { Domain } from "./domains.ts";
import { Failure } from "./failure.ts";
import type { Launch, LaunchDescriptors } from "./launch.ts";
import type { OwnView } from "./own_view.ts";
import { programChain } from "./program_chain.ts";

/** errno(3): execve(2) takes no more of arguments and environment. */
const E2BIG = 7;

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
  const { argv, environment } = programChain(launch, own, cgroups);
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
        () =>
          spawn(
            first,
            argv,
            environment,
            fds.streams,
            // For the program alone: under a low limit the C library would refuse to note descriptors of ours.
            (call) => withSoftOpenFiles(openFiles.soft, call),
          ),
      );
    });
  } catch (error) {
    if (error instanceof Failure) throw error;
    if (error instanceof LinuxError && error.errno === E2BIG) {
      const what = "arguments and environment together are too long for the kernel";
      throw new Failure(
        "invalidArgument",
        `${what}, with what starts a program in a PvD: pass fewer or shorter ones`,
      );
    }
    throw new Failure(
      "failed",
      `${id}: starting the program: ${error instanceof Error ? error.message : "failed"}`,
    );
  } finally {
    setUmask(before);
  }
}
