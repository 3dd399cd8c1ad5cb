// Network and mount namespaces of this thread (setns(2), unshare(2), mount_namespaces(7)). Namespaces belong to a
// thread, so entering one is a straight run of synchronous calls: `inside` takes a function that cannot await.

import * as abi from "./abi.ts";
import { must } from "./error.ts";
import { close, makeFolder, open, removeFile, statusOf } from "./fd.ts";
import { libc } from "./libc.ts";
import { cString } from "./memory.ts";

/** What is not a promise: a window must not be held open over an await. */
export type Synchronous<T> = T extends PromiseLike<unknown> ? never : T;

export interface Home {
  readonly network: number;
  readonly mount: number;
  /** The mount namespace of the machine, where it is another one: a confined service (systemd.exec(5)) sees a view of
   * its own, in which neither programs nor named namespaces may end up. Null: it is this process's own. */
  readonly machine: number | null;
}

/** The namespaces that this thread is in now, to come back to. Gives the thread a working folder and umask of its
 * own (CLONE_FS), which entering mount namespaces needs. Throws LinuxError. */
export function rememberHome(): Home {
  must("unshare", libc.unshare(abi.CLONE_FS), "CLONE_FS");
  const own = open("/proc/thread-self/ns/mnt", abi.O_RDONLY);
  const machine = open("/proc/1/ns/mnt", abi.O_RDONLY);
  const isConfined = statusOf(machine).identity !== statusOf(own).identity;
  if (!isConfined) close(machine);
  return {
    network: open("/proc/thread-self/ns/net", abi.O_RDONLY),
    mount: own,
    machine: isConfined ? machine : null,
  };
}

/** Runs `work` in the network namespace behind `fd`. A process that cannot come home must not go on: it ends. */
export function inside<T>(fd: number, home: Home, work: () => Synchronous<T>): Synchronous<T> {
  must("setns", libc.setns(fd, abi.CLONE_NEWNET), "network namespace");
  try {
    return work();
  } finally {
    comeHome(home.network, abi.CLONE_NEWNET);
  }
}

/** As `inside`, with the machine's mounts: a confined service may not see /proc/sys in its own, or not write there. */
export function insideOnMachine<T>(fd: number, home: Home, work: () => Synchronous<T>): Synchronous<T> {
  return onMachine(home, () => inside(fd, home, work));
}

/** Runs `work` in a copy of the machine's mount namespace that no other process sees: what it mounts is for the children
 * it starts. Mounts of the host still arrive, none goes back. The working folder stays where `work` finds it. */
export function withOwnMounts<T>(home: Home, work: () => Synchronous<T>): Synchronous<T> {
  return onMachine(home, () => {
    must("unshare", libc.unshare(abi.CLONE_NEWNS), "CLONE_NEWNS");
    try {
      mount("none", "/", "", abi.MS_REC | abi.MS_SLAVE);
      return work();
    } finally {
      comeHome(home.mount, abi.CLONE_NEWNS);
    }
  });
}

/** Runs `work` where the machine's own mounts are seen and made. The working folder stays what it is. */
function onMachine<T>(home: Home, work: () => Synchronous<T>): Synchronous<T> {
  if (home.machine === null) return work();
  // Entering a mount namespace leads to its root folder (setns(2)).
  const folder = open(".", abi.O_PATH | abi.O_DIRECTORY);
  try {
    // Threads that this one has started since share its folder with it, and then it may not enter (setns(2)).
    must("unshare", libc.unshare(abi.CLONE_FS), "CLONE_FS");
    must("setns", libc.setns(home.machine, abi.CLONE_NEWNS), "the machine's mount namespace");
    try {
      must("fchdir", libc.fchdir(folder), "working folder");
      return work();
    } finally {
      comeHome(home.mount, abi.CLONE_NEWNS);
    }
  } finally {
    close(folder);
  }
}

/** A new network namespace, in which `work` runs with its descriptor, and which is then bound to `path` so that it
 * lives on. Throws LinuxError, or what `work` throws; then nothing is left of it. */
export function makeNamespace(path: string, home: Home, work: (fd: number) => Synchronous<void>): number {
  return onMachine(home, () => makeNamespaceHere(path, home, work));
}

function makeNamespaceHere(path: string, home: Home, work: (fd: number) => Synchronous<void>): number {
  must("unshare", libc.unshare(abi.CLONE_NEWNET), "CLONE_NEWNET");
  try {
    const fd = open("/proc/thread-self/ns/net", abi.O_RDONLY);
    try {
      work(fd);
      bindTo(path);
      return fd;
    } catch (error) {
      close(fd);
      throw error;
    }
  } finally {
    comeHome(home.network, abi.CLONE_NEWNET);
  }
}

function bindTo(path: string): void {
  close(open(path, abi.O_RDONLY | abi.O_CREAT | abi.O_EXCL, 0));
  try {
    mount("/proc/thread-self/ns/net", path, "", abi.MS_BIND);
  } catch (error) {
    removeFile(path);
    throw error;
  }
}

/** The folder of named namespaces, shared with `ip netns` in the way that ip-netns(8) makes it. Throws LinuxError. */
export function shareNamespaceFolder(folder: string, home: Home): void {
  onMachine(home, () => shareFolderHere(folder));
}

function shareFolderHere(folder: string): void {
  makeFolder(folder, 0o755);
  const share = () =>
    libc.mount(cString(""), cString(folder), cString("none"), BigInt(abi.MS_SHARED | abi.MS_REC), NONE);
  if (share() === 0) return;
  // Not a mount point yet: it has to be one to be shared, so that removing a name reaches every mount namespace.
  mount(folder, folder, "none", abi.MS_BIND | abi.MS_REC);
  must("mount", share(), folder);
}

/** mount(2). Throws LinuxError. */
export function mount(source: string, target: string, type: string, flags: number, data = ""): void {
  const result = libc.mount(cString(source), cString(target), cString(type), BigInt(flags), cString(data));
  must("mount", result, target);
}

/** Takes a namespace's name away: whoever still uses it keeps it until done. */
export function removeNamespaceName(path: string, home: Home): void {
  onMachine(home, () => {
    // Lazily, and where nothing was mounted there is nothing to undo.
    libc.umount2(cString(path), abi.MNT_DETACH);
    removeFile(path);
  });
}

const NONE = cString("");

function comeHome(fd: number, kind: number): void {
  if (libc.setns(fd, kind) === 0) return;
  // Whatever this thread did next would happen in the wrong place.
  Deno.stderr.writeSync(new TextEncoder().encode("<2>cannot come back from a namespace: ending\n"));
  Deno.exit(70);
}
